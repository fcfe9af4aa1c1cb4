import { type Entries, newest, pick } from './entries.ts';
import { type Measure, type Shrunk, slack } from './measure.ts';

/** value_count and temporal: how many different values, or rules, counted up to what decides the condition. */
export function distinctMeasure({ need, keep }: { readonly need: number; readonly keep: number }): Measure {
  const limit = Math.min(keep, need + slack);
  return {
    limit,
    of(values, from, to) {
      const seen = new Set<number | string>();
      for (let index = from; index < to; index += 1) {
        const value = values[index];
        if (value !== undefined) seen.add(value);
        if (seen.size > need) break;
      }
      return seen.size;
    },
    shrink: (entries) => shrink(entries, { need, count: need + slack > keep ? Math.ceil((keep * 7) / 8) : need + 1 }),
  };
}

/** To windows at the end each value matters once, at the last time that it was seen, and only so many of them as decide the condition. */
function shrink(entries: Entries, { need, count }: { readonly need: number; readonly count: number }): Shrunk {
  const last = new Map(entries.values.map((value, index) => [value, index]));
  const latest = pick(entries, (index) => last.get(entries.values[index] ?? 0) === index);
  const isLossy = latest.times.length > count && need > count;
  return { ...newest(latest, count), exactFrom: entries.times.at(-1) ?? 0, isLossy };
}
