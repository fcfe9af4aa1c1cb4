import { messageOf } from '../../shared/errors.ts';
import { createDetector, type Detector, type LinkedRules } from './compile.ts';
import type { Correlator, Occurrence } from './correlation/contract.ts';
import { createLineMatcher } from './engine/json-line.ts';
import { parseEvent } from './event-json.ts';
import { plainFields, remembered } from './fields.ts';
import { eventNumber } from './language/values.ts';
import type { RuleMatch } from './rule.ts';
import type { LogSource } from './taxonomy.ts';
import { applies } from './taxonomy.ts';

export interface EvaluatorOptions {
  /** Events are of this log source; without one every rule is tried on every event. */
  readonly logsource: LogSource | undefined;
  /** Field with the time of an event, for correlations. */
  readonly timeField: string | undefined;
  readonly correlator: Correlator;
  /** A line that is no JSON object, counted from 0; a rule that failed on an event. */
  readonly onProblem: (line: number, message: string) => void;
}

/** Rules over lines of JSON text, of which it holds one at a time. */
export interface Evaluator {
  /** Takes bytes; gives a line `{"i":…,"ids":[…]}` for each event in them that something was true of. */
  feed(chunk: Buffer): string;
  /** The last line, if no line break ended it. */
  end(): string;
  readonly detector: Detector;
  /** Lines so far; matches that filters hide; events without a time that correlations could not count. */
  readonly counts: { readonly lines: number; readonly hidden: number; readonly timeless: number };
}

const lineBreak = 0x0a;
/** Bytes; of what is longer nothing is kept. */
const longestLine = 16 * 1024 * 1024;
/** Windows tools begin a file with it. */
const byteOrderMark = Buffer.from('\ufeff');

/** Evaluates rules as the analyzer does, on events of any shape: fields are looked up as given, dotted paths walk into objects. */
export function createEvaluator(linked: LinkedRules, options: EvaluatorOptions): Evaluator {
  const { onProblem } = options;
  const logsource = options.logsource && inLowerCase(options.logsource);
  const rules = linked.rules.filter((rule) => logsource === undefined || applies(rule.logsource, logsource));
  const detector = createDetector({ rules, links: linked.links }, plainFields);
  const matcher = createLineMatcher(detector.matcher);
  const counts = { lines: 0, hidden: 0, timeless: 0 };
  const correlate = createCorrelation(linked, options, () => {
    counts.timeless += 1;
  });
  const rest = createRest();

  const onError = (entry: number, error: unknown): void =>
    onProblem(counts.lines, `rule ${rules[entry]?.label ?? ''} failed: ${messageOf(error)}`);
  const matchesIn = (buffer: Buffer, from: number, to: number): readonly RuleMatch[] => {
    try {
      const entries = matcher.match(buffer, { from, to }, onError);
      return entries.length === 0 ? none : detector.matchesOf(entries);
    } catch (error) {
      onProblem(counts.lines, error instanceof SyntaxError ? `is no JSON: ${error.message}` : messageOf(error));
      return none;
    }
  };
  /** The matcher lets some pass that is no JSON, where nobody looks; to read the event for correlations is to find that out. */
  const completedBy = (told: readonly RuleMatch[], line: number, parse: () => unknown): readonly string[] => {
    try {
      return correlate(told, parse);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      onProblem(line, `is no JSON: ${error.message}`);
      return [];
    }
  };
  const evaluate = (buffer: Buffer, start: number, to: number): string => {
    const from = counts.lines === 0 && buffer.indexOf(byteOrderMark, start) === start ? start + 3 : start;
    const matches = isBlank(buffer, from, to) ? none : matchesIn(buffer, from, to);
    const line = counts.lines;
    counts.lines += 1;
    if (matches.length === 0) return '';
    const told = matches.filter(({ hiddenBy }) => hiddenBy.length === 0);
    counts.hidden += matches.length - told.length;
    const ids = told.flatMap(({ rule }) => (linked.silent.has(rule.id) ? [] : rule.label));
    if (told.length > 0) ids.push(...completedBy(told, line, () => parseEvent(buffer.toString('utf8', from, to))));
    return ids.length === 0 ? '' : `${JSON.stringify({ i: line, ids })}\n`;
  };
  const evaluateRest = (last: Buffer): string => {
    rest.add(last);
    const line = rest.take();
    if (line !== undefined) return evaluate(line, 0, line.length);
    onProblem(counts.lines, `is longer than ${longestLine} bytes`);
    counts.lines += 1;
    return '';
  };
  return {
    detector,
    counts,
    feed(chunk) {
      let output = '';
      let from = 0;
      for (let to = chunk.indexOf(lineBreak); to >= 0; to = chunk.indexOf(lineBreak, from)) {
        if (rest.isEmpty()) output += evaluate(chunk, from, to);
        else output += evaluateRest(chunk.subarray(from, to));
        from = to + 1;
      }
      rest.add(chunk.subarray(from));
      return output;
    },
    end: () => (rest.isEmpty() ? '' : evaluateRest(Buffer.alloc(0))),
  };
}

/** What of a line came so far; of one that is too long only that it is. */
function createRest() {
  let parts: Buffer[] = [];
  let length = 0;
  return {
    isEmpty: () => length === 0,
    add(part: Buffer): void {
      length += part.length;
      // A copy: the chunk belongs to whoever gave it.
      if (length > longestLine) parts = [];
      else if (part.length > 0) parts.push(Buffer.from(part));
    },
    /** The whole line, or undefined when it is too long. */
    take(): Buffer | undefined {
      const line = length > longestLine ? undefined : Buffer.concat(parts);
      parts = [];
      length = 0;
      return line;
    },
  };
}

const none: readonly RuleMatch[] = [];

/** As rules have theirs. */
const inLowerCase = ({ product, category, service }: LogSource): LogSource => ({
  ...(product && { product: product.toLowerCase() }),
  ...(category && { category: category.toLowerCase() }),
  ...(service && { service: service.toLowerCase() }),
});

/** White space only: no event, as at the end of many files. */
function isBlank(buffer: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = buffer[at] ?? 0;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

/** Labels of the correlations that became true with an event. */
function createCorrelation(
  { correlations, silent }: LinkedRules,
  { correlator, timeField }: Pick<EvaluatorOptions, 'correlator' | 'timeField'>,
  onTimeless: () => void,
): (matches: readonly RuleMatch[], event: () => unknown) => readonly string[] {
  const heard = new Set(correlations.flatMap(({ rules }) => rules));
  const fields = remembered(plainFields);
  const read = (field: string, event: unknown): readonly unknown[] => fields(field)(event).values;
  return (matches, parse) => {
    const relevant = matches.filter(({ rule }) => heard.has(rule.id));
    if (relevant.length === 0) return [];
    const event = parse();
    const at = timeField === undefined ? undefined : timeOf(read(timeField, event)[0]);
    if (at === undefined) {
      onTimeless();
      return [];
    }
    const occurrences = relevant.map(
      ({ rule }): Occurrence => ({ rule: rule.id, at, read: (field) => read(field, event) }),
    );
    const completed = correlator.take(occurrences, '').map(({ correlation }) => correlation);
    // Several groups of one may become true at one event.
    return [...new Set(completed)].flatMap(({ id, label }) => (silent.has(id) ? [] : label));
  };
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?$/;

/** Milliseconds since the epoch of RFC 3339 text (UTC when it names no zone) or of epoch seconds (numbers from 10^11 on are milliseconds). */
export function timeOf(value: unknown): number | undefined {
  const number = eventNumber(value);
  if (number !== undefined) return Math.abs(number) < 1e11 ? number * 1_000 : number;
  const written = typeof value === 'string' ? rfc3339.exec(value) : null;
  if (written === null) return undefined;
  const time = Date.parse(`${written[0].replace(' ', 'T')}${written[1] === undefined ? 'Z' : ''}`);
  return Number.isNaN(time) ? undefined : time;
}
