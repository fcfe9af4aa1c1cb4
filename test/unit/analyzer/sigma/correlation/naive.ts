import type { Occurrence } from '../../../../../analyzer/sigma/correlation/contract.ts';
import type { Correlation } from '../../../../../analyzer/sigma/rule.ts';

/** An event of a group: all occurrences that rules found in it. */
interface Heard {
  readonly at: number;
  readonly turn: number;
  readonly occurrences: readonly Occurrence[];
}

interface Told {
  readonly id: string;
  readonly group: Readonly<Record<string, string | null>>;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

const field = ({ correlation }: Correlation, rule: string, name: string): string =>
  (Object.hasOwn(correlation.aliases, name) ? correlation.aliases[name]?.[rule] : undefined) ?? name;

const texts = (values: readonly unknown[]): readonly string[] =>
  values.filter((value) => value !== null && value !== undefined).map(String);

const combinations = (columns: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] =>
  columns.reduce<readonly (readonly unknown[])[]>(
    (rows, column) => rows.flatMap((row) => column.map((value) => [...row, value])),
    [[]],
  );

/** The number that the condition compares, straight from the definition, of all events in a window. */
export function measured(one: Correlation, events: readonly Heard[]): number | undefined {
  const { type, fields, percentile = 50 } = one.correlation;
  const numbers = () =>
    events.flatMap(({ occurrences }) => {
      const [found] = occurrences
        .map(({ rule, read }) => texts(read(field(one, rule, fields[0] ?? ''))).filter((text) => text.trim() !== ''))
        .map((values) => values.map(Number).filter(Number.isFinite))
        .filter(({ length }) => length > 0);
      return found ?? [];
    });
  switch (type) {
    case 'event_count':
      return events.length;
    case 'value_count': {
      const tuples = events.flatMap(({ occurrences }) =>
        occurrences.flatMap(({ rule, read }) =>
          combinations(fields.map((name) => texts(read(field(one, rule, name))))),
        ),
      );
      return tuples.length === 0 ? undefined : new Set(tuples.map((tuple) => JSON.stringify(tuple))).size;
    }
    case 'temporal':
      return new Set(events.flatMap(({ occurrences }) => occurrences.map(({ rule }) => rule))).size;
    case 'temporal_ordered':
      return longestFrom(one.correlation.rules, events);
    default: {
      const sorted = [...numbers()].sort((a, b) => a - b);
      if (sorted.length === 0) return undefined;
      const sum = sorted.reduce((total, number) => total + number, 0);
      if (type === 'value_sum') return sum;
      if (type === 'value_avg') return sum / sorted.length;
      const rank = ((type === 'value_median' ? 50 : percentile) / 100) * (sorted.length - 1);
      const [low = 0, high = 0] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
      return low + (high - low) * (rank % 1);
    }
  }
}

/** Longest choice of rules in list order that some events in a row of time show one after the other. */
function longestFrom(rules: readonly string[], events: readonly Heard[]): number {
  const [event, ...later] = events;
  if (event === undefined || rules.length === 0) return 0;
  const steps = event.occurrences.map(({ rule }) => rules.indexOf(rule)).filter((index) => index >= 0);
  return Math.max(longestFrom(rules, later), ...steps.map((step) => 1 + longestFrom(rules.slice(step + 1), later)));
}

function holds({ correlation }: Correlation, value: number | undefined): boolean {
  if (value === undefined) return false;
  return correlation.bounds.every(({ op, number }) => {
    if (op === 'gt') return value > number;
    if (op === 'gte') return value >= number;
    if (op === 'lt') return value < number;
    if (op === 'lte') return value <= number;
    return op === 'eq' ? value === number : value !== number;
  });
}

/** Rows of windows in a row (by their ends, no pause longer than the timespan between) in which the condition is true. */
export function rowsOf(one: Correlation, events: readonly Heard[]): readonly (readonly number[])[] {
  const { timespanMs } = one.correlation;
  const rows: number[][] = [];
  let open = false;
  let last = Number.NEGATIVE_INFINITY;
  for (const end of [...new Set(events.map(({ at }) => at))].sort((a, b) => a - b)) {
    const isTrue = holds(one, measured(one, inWindow(one, events, end)));
    if (isTrue && open && end - last <= timespanMs) rows.at(-1)?.push(end);
    else if (isTrue) rows.push([end]);
    open = isTrue;
    last = end;
  }
  return rows;
}

const inWindow = ({ correlation }: Correlation, events: readonly Heard[], end: number): readonly Heard[] =>
  events
    .filter(({ at }) => at <= end && at >= end - correlation.timespanMs)
    .sort((a, b) => a.at - b.at || a.turn - b.turn);

/**
 * Keeps every event for ever, and computes everything from the beginning at each. Rules are referred to by id. Knows no lists in group-by, no
 * correlations of correlations, no bounds.
 */
export function createNaive(one: Correlation) {
  const groups = new Map<string, Heard[]>();
  let turn = 0;
  return {
    groups,
    take(occurrences: readonly Occurrence[]): readonly Told[] {
      const shares = new Map<string, Occurrence[]>();
      for (const occurrence of occurrences.filter(({ rule }) => one.correlation.rules.includes(rule))) {
        const values = one.correlation.groupBy.map(
          (name) => texts(occurrence.read(field(one, occurrence.rule, name)))[0] ?? null,
        );
        const key = JSON.stringify(values);
        shares.set(key, [...(shares.get(key) ?? []), occurrence]);
      }
      turn += 1;
      return [...shares].flatMap(([key, share]) => told(key, { at: share[0]?.at ?? 0, turn, occurrences: share }));
    },
  };

  function told(key: string, event: Heard): readonly Told[] {
    if (measured(one, [event]) === undefined) return [];
    const before = groups.get(key) ?? [];
    const after = [...before, event];
    groups.set(key, after);
    const end = firstNew(before, after, event.at);
    if (end === undefined) return [];
    const window = inWindow(one, after, end);
    const values = JSON.parse(key) as readonly (string | null)[];
    const group = Object.fromEntries(one.correlation.groupBy.map((name, index) => [name, values[index] ?? null]));
    return [{ id: one.id, group, value: measured(one, window) ?? 0, from: window[0]?.at ?? 0, to: end }];
  }

  function firstNew(before: readonly Heard[], after: readonly Heard[], at: number): number | undefined {
    const high = Math.max(...before.map((one) => one.at), Number.NEGATIVE_INFINITY);
    if (at >= high) {
      const was = at - high <= one.correlation.timespanMs && holds(one, measured(one, inWindow(one, before, high)));
      return !was && holds(one, measured(one, inWindow(one, after, at))) ? at : undefined;
    }
    const old = new Set(rowsOf(one, before).flat());
    return rowsOf(one, after).find((row) => row.every((end) => !old.has(end)))?.[0];
  }
}
