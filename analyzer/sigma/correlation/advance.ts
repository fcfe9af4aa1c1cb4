import type { GroupState } from './contract.ts';
import { firstAfter, firstFrom, insert } from './entries.ts';
import type { Measure } from './measure.ts';

/** How the windows of one correlation are kept and judged. */
export interface WindowRule {
  readonly timespanMs: number;
  /** An event that comes so long after a later one of its group is still put in its place. */
  readonly latenessMs: number;
  readonly measure: Measure;
  readonly holds: (value: number) => boolean;
}

/** A window in which the condition became true. */
export interface Fired {
  readonly value: number;
  /** First and last time in it. */
  readonly from: number;
  readonly to: number;
}

export interface Advanced {
  readonly state: GroupState;
  readonly fired?: Fired;
  /** `late`: the event came too late and was not counted. `saturated`: more is in the window than is kept. */
  readonly note?: 'late' | 'saturated';
}

/**
 * Takes an event into its group. A window reaches from one of the events back over the timespan, both ends included. The condition is looked at
 * in every window that ends at this event or, when it came late, at one after it; it fires when it is true in one of them and was not in
 * the one before it, as if all events had come in order. What is then true again and again is told once; events that are more than a
 * timespan apart share no window, so what comes after such a pause is told anew.
 */
export function advance(
  rule: WindowRule,
  state: GroupState | undefined,
  event: { readonly at: number; readonly added: GroupState['values'] },
): Advanced {
  const high = state?.times.at(-1);
  if (state !== undefined && high !== undefined && event.at < high) return advanceLate(rule, { state, high }, event);
  const wasTrue = state !== undefined && high !== undefined && state.open && event.at - high <= rule.timespanMs;
  const { state: next, isLossy } = taken(rule, state, { ...event, high: event.at });
  const window = lookAt(rule, next, event.at);
  return {
    state: { ...next, open: window.isTrue },
    ...(window.isTrue && !wasTrue ? { fired: window } : {}),
    ...(isLossy ? { note: 'saturated' } : {}),
  };
}

type Open = Omit<GroupState, 'open'>;

function taken(
  { timespanMs, latenessMs, measure }: WindowRule,
  state: Open | undefined,
  { at, added, high }: { readonly at: number; readonly added: GroupState['values']; readonly high: number },
): { readonly state: Open; readonly isLossy: boolean } {
  let entries = insert(state ?? { times: [], values: [] }, at, { added, from: high - timespanMs - latenessMs });
  let exactFrom = state?.exactFrom;
  let isLossy = false;
  while (entries.times.length > measure.limit) {
    const shrunk = measure.shrink(entries, timespanMs);
    entries = { times: shrunk.times, values: shrunk.values };
    exactFrom = Math.max(shrunk.exactFrom, exactFrom ?? shrunk.exactFrom);
    isLossy ||= shrunk.isLossy;
  }
  return { state: { ...entries, ...(exactFrom === undefined ? {} : { exactFrom }) }, isLossy };
}

function lookAt(rule: WindowRule, { times, values }: Open, end: number): Fired & { readonly isTrue: boolean } {
  const from = firstFrom(times, end - rule.timespanMs);
  const to = firstAfter(times, end);
  if (from === to) return { isTrue: false, value: 0, from: end, to: end };
  const value = rule.measure.of(values, from, to);
  return { isTrue: rule.holds(value), value, from: times[from] ?? end, to: end };
}

/** Entries that are looked at for one late event, and windows at least: of more windows, the first and the last. */
const most = { entries: 32_768, windows: 16 };

function advanceLate(
  rule: WindowRule,
  { state, high }: { readonly state: GroupState; readonly high: number },
  event: { readonly at: number; readonly added: GroupState['values'] },
): Advanced {
  const { at } = event;
  if (at < high - rule.latenessMs) return { state, note: 'late' };
  const { state: next, isLossy } = taken(rule, state, { ...event, high });
  const note: Pick<Advanced, 'note'> = isLossy ? { note: 'saturated' } : {};
  const ends = endsAround(next, at, rule.timespanMs).filter((end) => end >= (next.exactFrom ?? end));
  const [first] = ends;
  if (first === undefined) return { state: { ...next, open: state.open }, ...note };

  const open = ends.at(-1) === high ? lookAt(rule, next, high).isTrue : state.open;
  const fired = firstUntold(rule, ends, { before: state, after: next });
  return { state: { ...next, open }, ...(fired === undefined ? {} : { fired }), ...note };
}

/** Different times from `at` on over a timespan. */
function endsAround({ times }: Open, at: number, timespanMs: number): readonly number[] {
  const after = [...new Set(times.slice(firstFrom(times, at), firstAfter(times, at + timespanMs)))];
  const windows = Math.max(most.windows, Math.floor(most.entries / times.length));
  return after.length <= windows ? after : [...after.slice(0, windows - 1), after.at(-1) ?? at];
}

/** Windows in a row in which the condition is true are told together: of a row in which it was true nowhere before, its first is new. */
function firstUntold(
  rule: WindowRule,
  ends: readonly number[],
  { before, after }: { readonly before: GroupState; readonly after: Open },
): Fired | undefined {
  const wasTrue = (end: number | undefined, neighbour: number): boolean => {
    if (end === undefined || Math.abs(end - neighbour) > rule.timespanMs) return false;
    // What is not known any more was told if it was true.
    return end < (before.exactFrom ?? end) || lookAt(rule, before, end).isTrue;
  };
  const hadEnd = (end: number): boolean => before.times[firstFrom(before.times, end)] === end;
  const neighbours = { first: ends[0] ?? 0, last: ends.at(-1) ?? 0 };
  let run: { readonly fired: Fired; isTold: boolean } | undefined;
  let continues = wasTrue(before.times[firstFrom(before.times, neighbours.first) - 1], neighbours.first);
  for (const end of ends) {
    const now = lookAt(rule, after, end);
    if (now.isTrue) {
      run ??= { fired: now, isTold: continues };
      run.isTold ||= hadEnd(end) && lookAt(rule, before, end).isTrue;
    } else {
      if (run?.isTold === false) return run.fired;
      run = undefined;
    }
    continues = false;
  }
  const goesOn = wasTrue(before.times[firstAfter(before.times, neighbours.last)], neighbours.last);
  return run?.isTold === false && !goesOn ? run.fired : undefined;
}
