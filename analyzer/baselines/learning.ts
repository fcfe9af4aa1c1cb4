import type { Memory, Phase, Progress, Sighting, StoredItem } from '../../shared/baseline-state.ts';
import { newProbability } from './coverage.ts';

const hourMs = 3_600_000;

/**
 * Counts sightings of one item, `before` of which were counted already, into a phase's progress. Once learning has ended that no longer
 * decides anything but how surprising the next novelty is.
 */
export function counted(
  memory: Memory,
  phase: Phase,
  sighting: { readonly before: number; readonly after: number; readonly first: number; readonly now: number },
): Memory {
  const { before, after, first, now } = sighting;
  const old: Progress = memory.progress[phase] ?? {
    state: 'learning',
    since: now,
    sightings: 0,
    once: 0,
    first,
    last: now,
    newProbability: 1,
  };
  const sightings = old.sightings + after - before;
  const once = old.once + Number(after === 1) - Number(before === 1);
  const progress = {
    ...old,
    sightings,
    once,
    first: Math.min(old.first, first),
    last: now,
    newProbability: newProbability(sightings, once),
  };
  return { ...memory, progress: { ...memory.progress, [phase]: graduated(progress, memory, now) } };
}

/** Items that were counted `before` so often each are one item now, counted `after` times. That alone does not end learning. */
export function regrouped(
  memory: Memory,
  phase: Phase,
  { before, after }: { readonly before: readonly number[]; readonly after: number },
): Memory {
  const old = memory.progress[phase];
  if (old === undefined) return memory;
  const once = Math.max(0, old.once - before.filter((count) => count === 1).length + Number(after === 1));
  const progress = { ...old, once, newProbability: newProbability(old.sightings, once) };
  return { ...memory, progress: { ...memory.progress, [phase]: progress } };
}

/** Learning ends by coverage: enough sightings, over enough time, with the next one unlikely enough to be new. */
function graduated(progress: Progress, { needs }: Memory, now: number): Progress {
  if (progress.state === 'steady') return progress;
  const isDone =
    progress.sightings >= needs.observations &&
    progress.last - progress.first >= needs.hours * hourMs &&
    progress.newProbability <= needs.newProbability;
  return isDone ? { ...progress, state: 'steady', since: now } : progress;
}

export const isLearning = (memory: Memory, phase: Phase): boolean =>
  memory.mode !== 'enforce' && memory.progress[phase]?.state !== 'steady';

/** The item, seen once more in a phase; on which of the days that are counted once learning has ended. */
export function sighted(
  item: StoredItem,
  phase: Phase,
  seen: { readonly as: Sighting['as']; readonly now: number; readonly activeDay?: number | undefined },
): StoredItem {
  const old = item[phase];
  const day = seen.activeDay === undefined ? {} : { activeDay: seen.activeDay };
  const sighting: Sighting =
    old === undefined
      ? { as: seen.as, count: 1, first: seen.now, last: seen.now, ...day }
      : { ...old, count: old.count + 1, last: seen.now, ...day };
  return { ...item, [phase]: sighting };
}
