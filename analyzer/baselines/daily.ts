import type { Memory } from '../../shared/baseline-state.ts';
import type { Item } from './feature.ts';
import { itemKey } from './memory.ts';

const dayMs = 24 * 3_600_000;
/** So many texts of limits are counted in a day; beyond them each counts as spent. */
const mostCounted = 256;

/**
 * The memory, with one more finding of the item counted into its day (UTC). undefined: one of the item's limits is spent. A day that is over counts no more.
 */
export function withinDay(memory: Memory, { limits = [] }: Item, now: number): Memory | undefined {
  if (limits.length === 0) return memory;
  const day = Math.floor(now / dayMs);
  const counts = memory.toldToday !== undefined && day <= memory.toldToday.day ? memory.toldToday.counts : {};
  const after: Record<string, number> = { ...counts };
  for (const { of, most } of limits) {
    const key = itemKey(of);
    const count = (counts[key] ?? 0) + 1;
    if (count > most) return undefined;
    after[key] = count;
  }
  if (Object.keys(after).length > mostCounted) return undefined;
  return { ...memory, toldToday: { day: Math.max(day, memory.toldToday?.day ?? day), counts: after } };
}
