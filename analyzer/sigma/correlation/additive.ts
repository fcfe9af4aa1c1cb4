import { type Entries, newest } from './entries.ts';
import { type Measure, type Shrunk, slack } from './measure.ts';

/** event_count: how many. Of a count that decides the condition no more is kept than decides it. */
export function countMeasure({ need, keep }: { readonly need: number; readonly keep: number }): Measure {
  if (need > keep) return additive(keep);
  const limit = Math.min(keep, need + slack);
  return { limit, of: sum, shrink: (entries, timespanMs) => drop(entries, { need, limit, timespanMs }) };
}

/** value_sum. */
export const sumMeasure = ({ keep }: { readonly keep: number }): Measure => additive(keep);

/** Neighbours are added up at the time of the later one: they leave the window late by what was between them. */
const additive = (limit: number): Measure => ({ limit, of: sum, shrink: addUpPairs });

function sum(values: Entries['values'], from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index += 1) total += Number(values[index]);
  return total;
}

function drop(
  entries: Entries,
  { need, limit, timespanMs }: { readonly need: number; readonly limit: number; readonly timespanMs: number },
): Shrunk {
  const kept = newest(entries, limit);
  const dropped = entries.times[entries.times.length - limit - 1] ?? 0;
  const exactFrom = Math.min(kept.times[need - 1] ?? 0, dropped + timespanMs + 1);
  return { ...kept, exactFrom, isLossy: false };
}

function addUpPairs({ times, values }: Entries): Shrunk {
  const last = times.length - 1;
  const kept: { times: number[]; values: number[] } = { times: [], values: [] };
  for (let index = last % 2; index <= last; index += 2) {
    const pair = index === 0 ? [values[0]] : [values[index - 1], values[index]];
    kept.times.push(times[index] ?? 0);
    kept.values.push(pair.reduce<number>((total, value) => total + Number(value), 0));
  }
  return { ...kept, exactFrom: times[last] ?? 0, isLossy: true };
}
