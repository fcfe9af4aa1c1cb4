import { isRecord, type Observation } from '../../shared/observation.ts';
import { compileRules } from './compile.ts';
import { completeSample } from './complete-sample.ts';
import type { Occurrence } from './correlation/contract.ts';
import { createCorrelator } from './correlation/correlator.ts';
import { createMemoryStore } from './correlation/memory-store.ts';
import { createMatcher } from './engine/matcher.ts';
import { timeOf } from './evaluate.ts';
import { observationFields } from './fields.ts';
import { expressionOf } from './language/detection.ts';
import type { ParsedDocument } from './language/document.ts';
import type { Correlation, Filter, Rule, RuleDocument, RuleSet } from './rule.ts';
import { applies, type LogSource, logSourcesOf } from './taxonomy.ts';

/** What became of one sample of a document. */
export interface SampleResult {
  readonly kind: RuleDocument['kind'];
  readonly rule: string;
  readonly title: string;
  readonly file: string;
  /** What the sample says it is. */
  readonly note: string;
  readonly expected: boolean;
  /** The rule is true of it, the filter hides it, the sequence is completed by it. */
  readonly matched: boolean;
}

type Sample = Readonly<Record<string, unknown>>;

/**
 * Tries every sample under `samples: {match, ignore}` on its own document: log source and detection. Those of sequences are lists of events with
 * times, which run through the rules and sequences `among` which it stands.
 */
export function runSamples(
  documents: readonly ParsedDocument[],
  among: readonly RuleDocument[] = documents.map(({ rule }) => rule),
): readonly SampleResult[] {
  let set: RuleSet | undefined;
  const setAmong = (): RuleSet => {
    set ??= compileRules(among);
    return set;
  };
  return documents.flatMap(({ rule, attributes: { samples } }) => {
    if (!isRecord(samples)) return [];
    const matches = tryOf(rule, setAmong);
    const run = (list: unknown, expected: boolean): SampleResult[] =>
      (Array.isArray(list) ? list.filter(isRecord) : []).map((sample) => {
        const { note, ...partial } = sample;
        const { kind, id, title, file } = rule;
        return {
          kind,
          rule: id,
          title,
          file,
          note: typeof note === 'string' ? note : '',
          expected,
          matched: matches(partial),
        };
      });
    return [...run(samples.match, true), ...run(samples.ignore, false)];
  });
}

function tryOf(document: RuleDocument, among: () => RuleSet): (sample: Sample) => boolean {
  switch (document.kind) {
    case 'rule':
      return matching(document);
    case 'filter':
      return hiding(document);
    case 'correlation':
      return completing(document, among());
  }
}

function matching(rule: Rule): (sample: Sample) => boolean {
  const { match } = compileRules([rule]);
  return (sample) => match(completeSample(rule, sample)).length > 0;
}

function hiding(filter: Filter): (sample: Sample) => boolean {
  const { match } = createMatcher([{ expression: expressionOf(filter.detection), further: [] }], observationFields);
  return (sample) => {
    const observation = completeSample(filter, sample);
    return (
      logSourcesOf(observation).some((source) => applies(filter.logsource, source)) && match(observation).length === 0
    );
  };
}

function completing(correlation: Correlation, set: RuleSet): (sample: Sample) => boolean {
  const logsource = logSourceOf(correlation, set);
  return ({ events }) => {
    const correlator = createCorrelator(set.correlations, createMemoryStore());
    let at = 0;
    return (Array.isArray(events) ? events.filter(isRecord) : []).some((event) => {
      at = timeOf(event.at) ?? at;
      const observation = { ...completeSample({ logsource }, event), at };
      return correlator
        .take(occurrencesOf(set, observation), observation.host.id)
        .some((completed) => completed.correlation.id === correlation.id);
    });
  };
}

/** What correlations hear of an observation: what a filter hides feeds nothing. */
const occurrencesOf = (set: RuleSet, observation: Observation): readonly Occurrence[] =>
  set
    .match(observation)
    .flatMap(({ rule, hiddenBy }) =>
      hiddenBy.length > 0
        ? []
        : { rule: rule.id, at: observation.at, read: (field) => observationFields(field)(observation).values },
    );

/** That of the first rule, however deep: what an event is that does not say it. */
function logSourceOf({ id }: Correlation, set: RuleSet): LogSource {
  const [first] = set.correlations.find((one) => one.correlation.id === id)?.rules ?? [];
  const inner = set.correlations.find((one) => one.correlation.id === first);
  if (inner !== undefined) return logSourceOf(inner.correlation, set);
  return set.rules.find((rule) => rule.id === first)?.logsource ?? {};
}
