import { firstFrom, newest } from './entries.ts';
import type { Measure } from './measure.ts';

/** value_avg. */
export const averageMeasure = ({ keep }: { readonly keep: number }): Measure =>
  statistic(keep, (numbers) => numbers.reduce((total, number) => total + number, 0) / numbers.length);

/** value_percentile (0–100), and value_median as its 50: interpolated linearly between the two nearest ranks. */
export const percentileMeasure = ({
  percentile,
  keep,
}: {
  readonly percentile: number;
  readonly keep: number;
}): Measure =>
  statistic(keep, (numbers) => {
    const rank = (percentile / 100) * (numbers.length - 1);
    const below = Math.floor(rank);
    const low = select(numbers, below);
    if (rank === below) return low;
    // All behind the selected one are at least as high.
    let high = Number.POSITIVE_INFINITY;
    for (let index = below + 1; index < numbers.length; index += 1) high = Math.min(high, numbers[index] ?? high);
    return low + (high - low) * (rank - below);
  });

/** All of the window is needed; of more than fits, the newest stand for the rest. */
function statistic(keep: number, of: (numbers: Float64Array) => number): Measure {
  return {
    limit: keep,
    of: (values, from, to) => of(Float64Array.from({ length: to - from }, (_, index) => Number(values[from + index]))),
    shrink(entries, timespanMs) {
      const kept = newest(entries, Math.ceil((keep * 7) / 8));
      const dropped = entries.times[entries.times.length - kept.times.length - 1] ?? 0;
      const oldestNeeded = firstFrom(entries.times, (entries.times.at(-1) ?? 0) - timespanMs);
      const isLossy = oldestNeeded < entries.times.length - kept.times.length;
      return { ...kept, exactFrom: dropped + timespanMs + 1, isLossy };
    },
  };
}

/** Quickselect: orders in place so far that what belongs at `rank` stands there, nothing higher before and nothing lower behind it. */
function select(numbers: Float64Array, rank: number): number {
  let [left, right] = [0, numbers.length - 1];
  while (left < right) {
    const pivot = numbers[(left + right) >> 1] ?? 0;
    let [low, high] = [left, right];
    while (low <= high) {
      while ((numbers[low] ?? 0) < pivot) low += 1;
      while ((numbers[high] ?? 0) > pivot) high -= 1;
      if (low > high) break;
      const swapped = numbers[low] ?? 0;
      numbers[low] = numbers[high] ?? 0;
      numbers[high] = swapped;
      low += 1;
      high -= 1;
    }
    if (rank <= high) right = high;
    else if (rank >= low) left = low;
    else break;
  }
  return numbers[rank] ?? 0;
}
