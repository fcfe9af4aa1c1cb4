import type { GroupState } from './contract.ts';

/** What is kept of a group, ordered by time. */
export type Entries = Pick<GroupState, 'times' | 'values'>;

/** Index of the first time that is not before `time`. */
export function firstFrom(times: readonly number[], time: number): number {
  return search(times, (one) => one < time);
}

/** Index of the first time that is after `time`. */
export function firstAfter(times: readonly number[], time: number): number {
  return search(times, (one) => one <= time);
}

function search(times: readonly number[], isBefore: (time: number) => boolean): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(times[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** With what one event adds, behind what happened at the same time; without what happened before `from`. */
export function insert(
  { times, values }: Entries,
  at: number,
  { added, from }: { readonly added: GroupState['values']; readonly from: number },
): Entries {
  const start = firstFrom(times, from);
  const place = firstAfter(times, at);
  // Joined, not pushed: an array that grows takes more room than it needs, and there are many of them.
  return {
    times: between(times, start, place).concat(
      added.map(() => at),
      times.slice(place),
    ),
    values: between(values, start, place).concat(added, values.slice(place)),
  };
}

const between = <T>(all: readonly T[], from: number, to: number): readonly T[] =>
  from === 0 && to === all.length ? all : all.slice(from, to);

export const pick = ({ times, values }: Entries, keep: (index: number) => boolean): Entries => ({
  times: times.filter((_, index) => keep(index)),
  values: values.filter((_, index) => keep(index)),
});

export const newest = ({ times, values }: Entries, count: number): Entries => ({
  times: times.slice(-count),
  values: values.slice(-count),
});
