import { isNeverHidden } from '../../shared/never-hidden.ts';
import { expressionOf } from './language/detection.ts';
import type { Condition, Expression } from './language/expression.ts';
import { didYouMean } from './language/source.ts';
import type { Correlation, Filter, LinkedCorrelation, Place, Rule, RuleDocument, RuleProblem } from './rule.ts';
import type { LogSource } from './taxonomy.ts';

/** A filter at a rule: the rule is told where the expression holds too. */
export interface FilterLink {
  readonly filter: Filter;
  readonly expression: Expression;
}

export interface LinkedFilters {
  /** Those that are used. */
  readonly filters: readonly Filter[];
  readonly links: ReadonlyMap<Rule, readonly FilterLink[]>;
  /** Rules that a filter is about and may not hide, for their own sake or for a sequence that they feed; filters without any are left out. */
  readonly neverHidden: ReadonlyMap<Filter, readonly Rule[]>;
  readonly problems: readonly RuleProblem[];
}

/**
 * Puts filters to their rules (specification 2.1, "Filters"): by id or name, or all that the filter's log source covers. What is refused is
 * told, and the rule stays told. `correlations`: an inner one before those that refer to it.
 */
export function linkFilters(
  filters: readonly Filter[],
  documents: readonly RuleDocument[],
  correlations: readonly LinkedCorrelation[],
): LinkedFilters {
  const kept = createKept(correlations);
  const links = new Map<Rule, readonly FilterLink[]>();
  const neverHidden = new Map<Filter, readonly Rule[]>();
  const used: Filter[] = [];
  const problems: RuleProblem[] = [];
  for (const filter of filters) {
    const { rules, neverHidden: untouched, refused } = targetsOf(filter, documents, kept);
    problems.push(...refused, ...oddities(filter));
    if (refused.some(({ severity }) => severity === 'error')) continue;
    used.push(filter);
    if (untouched.length > 0) neverHidden.set(filter, untouched);
    const link = { filter, expression: expressionOf(filter.detection) };
    for (const rule of rules) links.set(rule, [...(links.get(rule) ?? []), link]);
  }
  return { filters: used, links, neverHidden, problems };
}

/** Why a rule is never hidden: its own row, or a sequence that it feeds, however far away. Undefined: it may be hidden. */
type WhyKept = (rule: Rule) => string | undefined;

function createKept(correlations: readonly LinkedCorrelation[]): WhyKept {
  const feeds = new Map<string, Correlation>();
  // Outer ones first, so that what they keep is known of the inner ones.
  for (const { correlation, rules } of correlations.toReversed()) {
    const kept = isNeverHidden(correlation.catalogue, correlation.level) ? correlation : feeds.get(correlation.id);
    if (kept !== undefined) for (const rule of rules) feeds.set(rule, feeds.get(rule) ?? kept);
  }
  return (rule) => {
    const fed = feeds.get(rule.id);
    if (isNeverHidden(rule.catalogue, rule.level))
      return `${rule.label} (${rule.catalogue.join(', ')}) is never hidden`;
    return fed && `${rule.label} feeds ${fed.label} (${fed.catalogue.join(', ')}), which is never hidden`;
  };
}

type Tell = (severity: RuleProblem['severity'], message: string) => void;

function targetsOf(filter: Filter, documents: readonly RuleDocument[], whyKept: WhyKept) {
  const refused: RuleProblem[] = [];
  const tellAt =
    (place: Place | undefined): Tell =>
    (severity, message) =>
      refused.push({ severity, file: filter.file, line: filter.line, column: 1, ...place, message });
  const rules: Rule[] = [];
  const neverHidden: Rule[] = [];
  const targets =
    filter.rules === 'any'
      ? documents.map((document) => ({ document, tell: tellAt(undefined) }))
      : named(filter.rules, documents, (index) => tellAt(filter.places.rules[index]));
  for (const { document, tell } of targets) {
    const why = document.kind === 'rule' ? whyKept(document) : undefined;
    if (document.kind !== 'rule') {
      if (filter.rules !== 'any')
        tell('error', `a filter is about detection rules; ${document.label} is a ${document.kind}`);
    } else if (!covers(filter.logsource, document.logsource)) {
      if (filter.rules !== 'any')
        tell('warning', `the filter's log source does not cover that of ${document.label}; it is not hidden`);
    } else if (why !== undefined) {
      tell('warning', `${why}; the filter does not apply to it`);
      neverHidden.push(document);
    } else rules.push(document);
  }
  return { rules, neverHidden, refused };
}

function named(
  references: readonly string[],
  documents: readonly RuleDocument[],
  tellAt: (index: number) => Tell,
): readonly { readonly document: RuleDocument; readonly tell: Tell }[] {
  const known = documents.flatMap(({ id, name }) => [id, ...(name === undefined ? [] : [name])]);
  return references.flatMap((reference, index) => {
    const tell = tellAt(index);
    const found = documents.filter(({ id, name }) => id === reference || name === reference);
    if (found.length === 0) tell('error', `there is no rule ${reference}${didYouMean(reference, known)}`);
    return found.map((document) => ({ document, tell }));
  });
}

/** Whether every event of the rule is one of the filter's log source. */
const covers = (filter: LogSource, rule: LogSource): boolean =>
  (['product', 'category', 'service'] as const).every((key) => filter[key] === undefined || filter[key] === rule[key]);

function oddities({ detection, file, line }: Filter): readonly RuleProblem[] {
  if (detection.conditions.some(hasNot)) return [];
  const message =
    'the condition has no "not": everything that it does not match is hidden; an exclusion is written "not selection"';
  return [{ severity: 'warning', file, line, column: 1, message }];
}

const hasNot = (condition: Condition): boolean =>
  condition.kind === 'not' || (condition.kind !== 'identifier' && condition.of.some(hasNot));
