import { createDetector, type Detector, type LinkedRules, linkRules } from '../../../analyzer/sigma/compile.ts';
import type { Occurrence } from '../../../analyzer/sigma/correlation/contract.ts';
import { createCorrelator } from '../../../analyzer/sigma/correlation/correlator.ts';
import { createMemoryStore } from '../../../analyzer/sigma/correlation/memory-store.ts';
import { createLineMatcher } from '../../../analyzer/sigma/engine/json-line.ts';
import { createEvaluator } from '../../../analyzer/sigma/evaluate.ts';
import { plainFields } from '../../../analyzer/sigma/fields.ts';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import type { Rule, RuleDocument, RuleMatch, RuleProblem } from '../../../analyzer/sigma/rule.ts';
import { applies } from '../../../analyzer/sigma/taxonomy.ts';
import type { PlainEvent } from './oracle.ts';
import type { SetOptions } from './oracle-set.ts';

/** A way to run rules that must answer as the second evaluator does. */
export interface EngineAdapter {
  readonly name: string;
  readonly readsBytes: boolean;
  /** Ids for each event. `lines` are the same events as JSON text in odd spellings; who reads no bytes leaves them. */
  readonly evaluate: (
    rules: string,
    events: readonly PlainEvent[],
    lines: readonly string[],
    options?: SetOptions,
  ) => readonly (readonly string[])[];
}

/** Every engine that is compared. */
export const engines: readonly EngineAdapter[] = [
  {
    name: 'objects',
    readsBytes: false,
    evaluate: (rules, events, _, options = {}) => {
      const { detector, idsOf } = open(rules, options);
      return events.map((event, number) => idsOf(event, number, detector.match(event, rethrow)));
    },
  },
  {
    name: 'lines of bytes',
    readsBytes: true,
    evaluate: (rules, events, lines, options = {}) => {
      const { detector, idsOf } = open(rules, options);
      const matcher = createLineMatcher(detector.matcher);
      // All in one buffer, as they come from a stream.
      const buffer = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      let from = 0;
      return events.map((event, number) => {
        const to = buffer.indexOf(0x0a, from);
        const found = matcher.match(buffer, { from, to }, (_entry, error) => rethrow(undefined, error));
        from = to + 1;
        return idsOf(event, number, detector.matchesOf(found));
      });
    },
  },
  {
    name: 'stream',
    readsBytes: true,
    evaluate: (rules, events, lines, options = {}) => {
      const { documents, linked } = link(rules, options);
      const evaluator = createEvaluator(linked, {
        logsource: options.logsource,
        timeField: options.timeField,
        correlator: createCorrelator(linked.correlations, createMemoryStore()),
        onProblem: (_line, message) => rethrow(undefined, message),
      });
      const bytes = Buffer.from(lines.join('\n'));
      const output = chunksOf(bytes, 1 + (bytes.length % 97)).map((chunk) => evaluator.feed(chunk));
      return idsIn(output.join('') + evaluator.end(), events.length, documents);
    },
  },
];

const chunksOf = (bytes: Buffer, size: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

/** Ids by event, in the order of the documents: that of the output is nobody's promise. */
function idsIn(output: string, events: number, documents: readonly RuleDocument[]): readonly (readonly string[])[] {
  const order = documents.map(({ label }) => label);
  const ids = Array.from({ length: events }, (): readonly string[] => []);
  for (const line of output.split('\n').filter((text) => text !== '')) {
    const told = JSON.parse(line) as { readonly i: number; readonly ids: readonly string[] };
    ids[told.i] = [...told.ids].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  }
  return ids;
}

const rethrow = (_rule: unknown, error: unknown): never => {
  throw error;
};

interface Open {
  readonly detector: Detector;
  readonly idsOf: (event: PlainEvent, number: number, matches: readonly RuleMatch[]) => readonly string[];
}

/** Rules must be without errors. */
function link(text: string, options: SetOptions): { documents: readonly RuleDocument[]; linked: LinkedRules } {
  const { documents, problems } = read(text, options);
  const linked = linkRules(documents);
  const [wrong] = [...problems, ...linked.problems].filter(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw new Error(`${wrong.line}:${wrong.column} ${wrong.message}\n${text}`);
  return { documents, linked };
}

function open(text: string, options: SetOptions): Open {
  const { documents, linked } = link(text, options);
  const { logsource } = options;
  const rules = linked.rules.filter((rule) => logsource === undefined || applies(rule.logsource, logsource));
  const correlate = correlating(linked, options);
  return {
    detector: createDetector({ rules, links: linked.links }, plainFields),
    idsOf(event, number, matches) {
      const told = matches.filter(({ hiddenBy }) => hiddenBy.length === 0).map(({ rule }) => rule);
      const ids = new Set([...told.map(({ id }) => id), ...correlate(event, number, told)]);
      return documents.flatMap(({ id, label }) => (ids.has(id) && !linked.silent.has(id) ? [label] : []));
    },
  };
}

/** Runs the correlations of a set; gives the ids of those that an event completes. */
function correlating(
  { correlations }: LinkedRules,
  { timeField }: SetOptions,
): (event: PlainEvent, number: number, rules: readonly Rule[]) => readonly string[] {
  const correlator = createCorrelator(correlations, createMemoryStore());
  const read = (event: PlainEvent, field: string): readonly unknown[] => plainFields(field)(event).values;
  return (event, number, rules) => {
    const [value] = timeField === undefined ? [number] : read(event, timeField);
    const at = typeof value === 'number' ? value * 1_000 : Date.parse(String(value));
    const occurrences = rules.map(({ id }): Occurrence => ({ rule: id, at, read: (field) => read(event, field) }));
    return correlator.take(occurrences, '').map(({ correlation }) => correlation.id);
  };
}

interface Read {
  readonly documents: readonly RuleDocument[];
  readonly problems: readonly RuleProblem[];
}

function read(text: string, { placeholders = {} }: SetOptions): Read {
  const given = { placeholders: new Map(Object.entries(placeholders)) };
  const { documents, problems } = parseRuleFile(text, 'rules.yml', given);
  return { documents: documents.map(({ rule }) => rule), problems };
}

/** `line:column severity message` of whatever there is to say about the rules of a file. */
export function problemsWithEngine(rules: string, options: SetOptions = {}): readonly string[] {
  const { documents, problems } = read(rules, options);
  return [...problems, ...linkRules(documents).problems].map(
    ({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`,
  );
}
