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
  const newTimes = times.slice(start, place);
  const newValues = values.slice(start, place);
  for (const value of added) {
    newTimes.push(at);
    newValues.push(value);
  }
  for (let index = place; index < times.length; index += 1) {
    newTimes.push(times[index] ?? 0);
    newValues.push(values[index] ?? 0);
  }
  return { times: newTimes, values: newValues };
}

export const pick = ({ times, values }: Entries, keep: (index: number) => boolean): Entries => ({
  times: times.filter((_, index) => keep(index)),
  values: values.filter((_, index) => keep(index)),
});

export const newest = ({ times, values }: Entries, count: number): Entries => ({
  times: times.slice(-count),
  values: values.slice(-count),
});
