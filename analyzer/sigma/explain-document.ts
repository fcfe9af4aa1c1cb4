import type { LinkedRules } from './compile.ts';
import type { Occurrence } from './correlation/contract.ts';
import { type FieldOf, type GroupValues, groupsOf } from './correlation/groups.ts';
import { type Explanation, explainDetection, type Subject } from './explain.ts';
import type { Correlation, Filter, LinkedCorrelation, Rule, RuleDocument } from './rule.ts';
import { applies, type LogSource } from './taxonomy.ts';
import { correlationWords } from './words.ts';

/** An event, and what it is; without log sources every rule is tried on it. */
export interface ExplainedEvent extends Subject {
  readonly sources: readonly LogSource[] | undefined;
}

interface Named {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly file: string;
  readonly line: number;
}

interface AboutLogSource {
  readonly asks: LogSource;
  /** Of the event. */
  readonly has: readonly LogSource[] | undefined;
  readonly applies: boolean;
}

export interface RuleExplanation extends Named {
  readonly kind: 'rule';
  readonly logsource: AboutLogSource;
  readonly detection: Explanation;
  /** Those that the rule is under. */
  readonly filters: readonly FilterExplanation[];
  /** It is true of the event, and applies to it. */
  readonly matches: boolean;
  /** A match that no filter hides. */
  readonly heard: boolean;
  /** It only feeds a sequence. */
  readonly silent: boolean;
}

export interface FilterExplanation extends Named {
  readonly kind: 'filter';
  readonly logsource: AboutLogSource;
  /** What it is false of is hidden. */
  readonly detection: Explanation;
  readonly hides: boolean;
}

export interface SequenceExplanation extends Named {
  readonly kind: 'sequence';
  /** When it is complete, in words. */
  readonly asks: string;
  readonly rules: readonly (RuleExplanation | SequenceExplanation)[];
  /** What the event adds; nothing when none of the rules is true of it. */
  readonly adds: readonly Addition[];
  readonly silent: boolean;
}

/** What an event adds to one group of a sequence, by way of one rule. */
export interface Addition {
  /** Label of the rule. */
  readonly rule: string;
  readonly group: Readonly<Record<string, string | null>>;
  /** What is counted, in words. */
  readonly counts: string;
  /** Values of the fields that are counted, summed, … by their names in the rule's events. */
  readonly values: Readonly<Record<string, readonly unknown[]>>;
}

export type DocumentExplanation = RuleExplanation | FilterExplanation | SequenceExplanation;

/** What a document says of one event, part by part. It must be one of those linked. */
export function explainDocument(
  document: RuleDocument,
  event: ExplainedEvent,
  linked: LinkedRules,
): DocumentExplanation {
  if (document.kind === 'filter') return explainFilter(document, event);
  if (document.kind === 'rule') return explainRule(document, event, linked);
  const found = linked.correlations.find(({ correlation }) => correlation.id === document.id);
  return explainCorrelation(
    found ?? { correlation: document, rules: [], hash: document.hash, fields: new Map() },
    event,
    linked,
  );
}

const named = ({ id, label, title, file, line }: Named): Named => ({ id, label, title, file, line });

const aboutLogSource = (asks: LogSource, { sources }: ExplainedEvent): AboutLogSource => ({
  asks,
  has: sources,
  applies: sources === undefined || sources.some((source) => applies(asks, source)),
});

function explainFilter(filter: Filter, event: ExplainedEvent): FilterExplanation {
  const logsource = aboutLogSource(filter.logsource, event);
  const detection = explainDetection(filter.detection, event);
  const hides = logsource.applies && !detection.holds;
  return { kind: 'filter', ...named(filter), logsource, detection, hides };
}

function explainRule(rule: Rule, event: ExplainedEvent, { links, silent }: LinkedRules): RuleExplanation {
  const logsource = aboutLogSource(rule.logsource, event);
  const detection = explainDetection(rule.detection, event);
  const filters = (links.get(rule) ?? []).map(({ filter }) => explainFilter(filter, event));
  const matches = logsource.applies && detection.holds;
  return {
    kind: 'rule',
    ...named(rule),
    logsource,
    detection,
    filters,
    matches,
    heard: matches && !filters.some((filter) => !filter.detection.holds),
    silent: silent.has(rule.id),
  };
}

function explainCorrelation(one: LinkedCorrelation, event: ExplainedEvent, linked: LinkedRules): SequenceExplanation {
  const { correlation } = one;
  const rules = one.rules.flatMap((id): (RuleExplanation | SequenceExplanation)[] => {
    const rule = linked.rules.find((known) => known.id === id);
    if (rule !== undefined) return [explainRule(rule, event, linked)];
    const inner = linked.correlations.find((known) => known.correlation.id === id);
    return inner === undefined ? [] : [explainCorrelation(inner, event, linked)];
  });
  return {
    kind: 'sequence',
    ...named(correlation),
    asks: correlationWords(correlation.correlation),
    rules,
    adds: rules.flatMap((rule) => (rule.kind === 'rule' && rule.heard ? additions(rule, one, event) : [])),
    silent: linked.silent.has(correlation.id),
  };
}

function additions(
  { id, label }: RuleExplanation,
  { correlation, fields: aliases, rules }: LinkedCorrelation,
  { event, fields }: ExplainedEvent,
): readonly Addition[] {
  const { groupBy, fields: counted } = correlation.correlation;
  const fieldOf: FieldOf = (rule, name) => aliases.get(rule)?.get(name) ?? name;
  const occurrence: Occurrence = { rule: id, at: 0, read: (field) => fields(field)(event).values };
  const names = counted.map((name) => fieldOf(id, name));
  const values = Object.fromEntries(names.map((name) => [name, occurrence.read(name)]));
  return groupsOf(occurrence, groupBy, fieldOf).groups.map((group: GroupValues) => ({
    rule: label,
    group: Object.fromEntries(groupBy.map((name, index) => [name, group[index] ?? null])),
    counts: countsWords(correlation, { step: rules.indexOf(id) + 1, of: rules.length, names }),
    values,
  }));
}

function countsWords(
  { correlation: { type } }: Correlation,
  { step, of, names }: { readonly step: number; readonly of: number; readonly names: readonly string[] },
): string {
  switch (type) {
    case 'event_count':
      return 'one event';
    case 'temporal':
      return `one of ${of} rules`;
    case 'temporal_ordered':
      return `rule ${step} of ${of}`;
    case 'value_count':
      return `the values of ${names.join(', ')}`;
    default:
      return `the numbers in ${names.join(', ')}`;
  }
}
