import { compare } from './oracle.ts';
import { numberOf, writtenAs } from './oracle-event.ts';

/** A rule that was true at an event, or an inner correlation that fired there. */
export interface Happening {
  /** The document, by its place in the set. */
  readonly document: number;
  /** Number of the event. */
  readonly event: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly read: (field: string) => readonly unknown[];
}

/** A correlation as its document writes it, with its references resolved to places in the set. */
export interface PlainCorrelation {
  readonly type: string;
  readonly documents: readonly number[];
  readonly seconds: number;
  readonly groupBy: readonly string[];
  readonly aliases: Readonly<Record<string, Readonly<Record<number, string>>>>;
  readonly fields: readonly string[];
  readonly percentile: number;
  /** Operator and number. */
  readonly bounds: readonly (readonly [string, number])[];
}

/** What one happening adds to its group. */
interface Entry {
  readonly at: number;
  readonly event: number;
  /** Place of its rule in `rules`. */
  readonly rule: number;
  /** Tuples of values, or single numbers; types that look at no field have one empty tuple. */
  readonly values: readonly (readonly unknown[])[];
}

interface Group {
  readonly values: Readonly<Record<string, string | null>>;
  /** Everything that ever came. */
  readonly entries: Entry[];
  wasTrue: boolean;
}

/** A group in which the condition became true, and the happening that made it so. */
export interface Fired {
  readonly values: Group['values'];
  readonly by: Happening;
}

/**
 * One correlation over everything that ever happened, worked out anew at each event. It fires at the event with which its condition becomes
 * true: it was not at the event before, or nothing of that is left in the window. Events come in the order of their times.
 */
export function createCorrelationOracle(correlation: PlainCorrelation) {
  const groups = new Map<string, Group>();
  /** All that happened at one event. */
  return (happenings: readonly Happening[]): readonly Fired[] => {
    const touched = new Map<Group, { readonly entries: Entry[]; by: Happening }>();
    for (const happening of happenings) {
      const rule = correlation.documents.indexOf(happening.document);
      const values = valuesOf(correlation, happening);
      if (rule < 0 || values.length === 0) continue;
      const group = groupOf(groups, correlation, happening);
      const added = touched.get(group) ?? { entries: [], by: happening };
      added.entries.push({ at: happening.at, event: happening.event, rule, values });
      added.by = happening;
      touched.set(group, added);
    }
    return [...touched].flatMap(([group, { entries, by }]) =>
      fires(group, entries, correlation) ? [{ values: group.values, by }] : [],
    );
  };
}

/** A field by the name that the rule has for it. */
const read = ({ aliases }: PlainCorrelation, { document, read: of }: Happening, name: string): readonly unknown[] =>
  of(aliases[name]?.[document] ?? name);

/** All combinations of the values of the fields. What has no value, or no number where numbers are asked for, adds nothing. */
function valuesOf(correlation: PlainCorrelation, happening: Happening): Entry['values'] {
  let tuples: Entry['values'] = [[]];
  for (const field of correlation.fields) {
    const found = read(correlation, happening, field);
    const values =
      correlation.type === 'value_count' ? found.filter((value) => value !== null) : found.flatMap(numberOf);
    tuples = tuples.flatMap((tuple) => values.map((value) => [...tuple, value]));
  }
  return tuples;
}

function groupOf(groups: Map<string, Group>, correlation: PlainCorrelation, happening: Happening): Group {
  const values = Object.fromEntries(
    correlation.groupBy.map((name) => {
      const [value] = read(correlation, happening, name);
      return [name, value === undefined || value === null ? null : writtenAs(value)];
    }),
  );
  const key = JSON.stringify(values);
  const group = groups.get(key) ?? { values, entries: [], wasTrue: false };
  groups.set(key, group);
  return group;
}

function fires(group: Group, added: readonly Entry[], correlation: PlainCorrelation): boolean {
  const from = (added[0]?.at ?? 0) - correlation.seconds;
  const isLeft = (entry: Entry): boolean => entry.at >= from;
  const wasTrue = group.wasTrue && group.entries.some(isLeft);
  group.entries.push(...added);
  group.wasTrue = holds(group.entries.filter(isLeft), correlation);
  return group.wasTrue && !wasTrue;
}

function holds(window: readonly Entry[], correlation: PlainCorrelation): boolean {
  const value = measure(window, correlation);
  return correlation.bounds.every(([operator, number]) => compare(operator, value, number));
}

function measure(window: readonly Entry[], { type, percentile }: PlainCorrelation): number {
  switch (type) {
    case 'event_count':
      return new Set(window.map(({ event }) => event)).size;
    case 'value_count':
      return new Set(window.flatMap(({ values }) => values.map((tuple) => JSON.stringify(tuple.map(writtenAs))))).size;
    case 'temporal':
      return new Set(window.map(({ rule }) => rule)).size;
    case 'temporal_ordered':
      return longestChain(window);
    case 'value_sum':
      return sum(numbersOf(window));
    case 'value_avg':
      return sum(numbersOf(window)) / numbersOf(window).length;
    case 'value_median':
      return percentileOf(numbersOf(window), 50);
    case 'value_percentile':
      return percentileOf(numbersOf(window), percentile);
    default:
      throw new Error(`${type} is not known here`);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** An event counts once, also when several rules found it. */
const numbersOf = (window: readonly Entry[]): readonly number[] =>
  window
    .filter(({ event }, index) => window.findIndex((other) => other.event === event) === index)
    .flatMap(({ values }) => values.flat().map(Number));

/** The most rules that were true one after another in the order of the list; one event is one place in that order. */
function longestChain(window: readonly Entry[]): number {
  const lengths: number[] = [];
  for (const entry of window) {
    const before = lengths.filter((_, place) => {
      const earlier = window[place];
      return earlier !== undefined && earlier.rule < entry.rule && earlier.event < entry.event;
    });
    lengths.push(1 + Math.max(0, ...before));
  }
  return Math.max(0, ...lengths);
}

/** Linear interpolation between the two nearest ranks. */
function percentileOf(numbers: readonly number[], percentile: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * percentile) / 100;
  const low = sorted[Math.floor(rank)] ?? 0;
  const high = sorted[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}
