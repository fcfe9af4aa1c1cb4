/** A time from–to, ms since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Sorted, and what overlaps or touches as one. */
export function merged(intervals: readonly Interval[]): readonly Interval[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else if (to >= from) result.push({ from, to });
  }
  return result;
}

/** What is left of `whole` without `taken`; both merged. */
export function without(whole: readonly Interval[], taken: readonly Interval[]): readonly Interval[] {
  return whole.flatMap((interval) => {
    const left: Interval[] = [];
    let { from } = interval;
    for (const hole of taken) {
      if (hole.to <= from || hole.from >= interval.to) continue;
      if (hole.from > from) left.push({ from, to: hole.from });
      from = Math.max(from, hole.to);
    }
    return from < interval.to ? [...left, { from, to: interval.to }] : left;
  });
}

export const lengthOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { from, to }) => sum + (to - from), 0);
