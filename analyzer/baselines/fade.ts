import type { Memory, Phase, Progress, StoredItem } from '../../shared/baseline-state.ts';
import { type Memories, refOf } from './memory.ts';

const dayMs = 24 * 3_600_000;
/** What was learned is forgotten after so many days on which its workload was active without showing it: what runs once a month stays. */
export const fadeDays = 60;
/** Of one memory at most so much fades on one day, so that no step grows long; the rest on the next. */
export const fadesAtOnce = 200;

/**
 * Counts the days (UTC) on which a workload shows anything in a phase that has learned; on each new one, what it no longer does fades. Days
 * on which it is stopped do not count, nor do days without a start for what belongs to a start.
 */
export function aged(
  memories: Memories,
  memory: Memory,
  { phase, now }: { readonly phase: Phase; readonly now: number },
): Memory {
  const progress = memory.progress[phase];
  if (progress?.state !== 'steady' || !isNewDay(progress, now)) return memory;
  const last = Math.floor(now / dayMs);
  const active = { days: (progress.active?.days ?? 0) + 1, last };
  const older = { ...memory, progress: { ...memory.progress, [phase]: { ...progress, active } } };
  return memory.mode === 'enforce' ? older : letFade(memories, older, { phase, days: active.days });
}

/** Whether it is the first time on a day that anything is shown. */
export const isNewDay = ({ active }: Progress, now: number): boolean =>
  active === undefined || Math.floor(now / dayMs) > active.last;

function letFade(memories: Memories, memory: Memory, at: { readonly phase: Phase; readonly days: number }): Memory {
  const gone = memories
    .items(refOf(memory))
    .filter(([, item]) => isFaded(item, at))
    .slice(0, fadesAtOnce);
  let isRoom = false;
  for (const [key, item] of gone) {
    const { startup, steady, ...rest } = item;
    const other = at.phase === 'startup' ? steady && { steady } : startup && { startup };
    if (other !== undefined) memories.setItem(key, { ...rest, ...other });
    else {
      memories.deleteItem(refOf(memory), key);
      isRoom = true;
    }
  }
  const { fullSince: _full, ...roomy } = memory;
  return isRoom ? roomy : memory;
}

/**
 * What somebody approved never fades. What was told and is left undecided fades like what was learned, and is told anew when it comes back: a flood of novelty
 * must not take the room of all that will ever be new.
 */
export function isFaded(item: StoredItem, { phase, days }: { readonly phase: Phase; readonly days: number }): boolean {
  const sighting = item[phase];
  if (sighting === undefined || item.approved !== undefined) return false;
  if (sighting.as !== 'learned' && item.told === undefined) return false;
  return days - 1 - (sighting.activeDay ?? 0) >= fadeDays;
}
