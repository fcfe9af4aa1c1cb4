import {
  type Memory,
  type Phase,
  type Progress,
  type Requirement,
  type Sighting,
  type StoredItem,
  slotsOf,
} from '../../shared/baseline-state.ts';
import { isUnstable } from '../../shared/unstable.ts';
import { newProbability, sightingsFor } from './coverage.ts';
import { hourOf, withHour } from './quantities/time.ts';

const hourMs = 3_600_000;

/**
 * Sightings so close together say no more than one about what else there is: a burst of a new thing would make it look well known. So many
 * of them go into the least time of learning as are needed at least, ms. (Incidence instead of abundance: A. Chao and R. K. Colwell,
 * "Thirty years of progeny from Chao's inequality", SORT 41, 2017.)
 */
export const slotMs = ({ hours, observations, newProbability: wanted }: Requirement): number =>
  (hours * hourMs) / Math.max(observations, sightingsFor(wanted));

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
  const progress = { ...old, ...tallied(old, { before, after }), first: Math.min(old.first, first), last: now };
  const reached = graduated(progress, memory, now);
  const of = memory.progress;
  return { ...memory, progress: phase === 'steady' ? { ...of, steady: reached } : { ...of, startup: reached } };
}

/** The same in place, of what was counted before. False where more would change (it may end learning); nothing was counted then. */
export function countedAgain(
  memory: Memory,
  phase: Phase,
  sighting: { readonly before: number; readonly after: number; readonly now: number },
): boolean {
  const { now } = sighting;
  const progress = memory.progress[phase];
  if (progress === undefined || now < progress.first) return false;
  const { sightings, once, newProbability: probable } = tallied(progress, sighting);
  if (progress.state !== 'steady') {
    const next = { ...progress, sightings, once, last: now, newProbability: probable };
    if (graduated(next, memory, now) !== next) return false;
  }
  progress.sightings = sightings;
  progress.once = once;
  progress.last = now;
  progress.newProbability = probable;
  return true;
}

function tallied(
  old: Progress,
  { before, after }: { readonly before: number; readonly after: number },
): Pick<Progress, 'sightings' | 'once' | 'newProbability'> {
  const sightings = Math.max(0, old.sightings + after - before);
  const once = Math.max(0, old.once + Number(after === 1) - Number(before === 1));
  return { sightings, once, newProbability: probability(old, { sightings, once }) };
}

/** What ended learning stays so: few sightings later do not make it less certain. */
function probability({ state, newProbability: before }: Progress, seen: Pick<Progress, 'sightings' | 'once'>): number {
  const now = newProbability(seen.sightings, seen.once);
  return state === 'steady' ? Math.min(before, now) : now;
}

/**
 * Learning by quiet, where there is little to see: a service that opened its one port weeks ago is learned, however few sightings that are.
 * The time watched is cut into slots. In the latter half of them `news` items were new;
 * the same bound as for sightings (coverage.ts) says how likely the next slot brings one.
 *
 * @param quiet.before when anything of this was seen last; nothing is decided while slots are not quiet: then sightings are many
 * @param quiet.news how many items are younger than a time, or not decided yet
 */
export function rested(
  memory: Memory,
  phase: Phase,
  { before, now, news }: { readonly before: number; readonly now: number; news(since: number): number },
): Memory {
  const { needs, since } = memory;
  const slot = slotMs(needs);
  if (since === undefined || slot === 0 || !isLearning(memory, phase)) return memory;
  // What had no room was new, and is not among the news.
  if (memory.fullSince !== undefined) return memory;
  const watched = now - since;
  if (watched < needs.hours * hourMs || now - before < slot) return memory;
  const probability = newProbability(watched / 2 / slot, news(now - watched / 2));
  if (probability > needs.newProbability) return memory;
  const old = memory.progress[phase];
  const progress: Progress = {
    sightings: old?.sightings ?? 0,
    once: old?.once ?? 0,
    first: Math.min(old?.first ?? since, since),
    last: old?.last ?? since,
    state: 'steady',
    since: now,
    newProbability: probability,
  };
  return { ...memory, progress: { ...memory.progress, [phase]: progress } };
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

/**
 * Learning ends by coverage: enough sightings, over enough time, with the next one unlikely enough to be new. Where that takes much longer than it
 * should, it goes on, and says so.
 */
function graduated(progress: Progress, { needs }: Memory, now: number): Progress {
  if (progress.state === 'steady') return progress;
  const isDone =
    progress.sightings >= needs.observations &&
    progress.last - progress.first >= needs.hours * hourMs &&
    progress.newProbability <= needs.newProbability;
  const state = isDone ? 'steady' : isUnstable(progress, needs) ? 'unstable' : 'learning';
  return state === progress.state ? progress : { ...progress, state, since: now };
}

export const isLearning = (memory: Memory, phase: Phase): boolean =>
  memory.mode !== 'enforce' && memory.progress[phase]?.state !== 'steady';

/** The item, seen once more in a phase; on which of the days that are counted once learning has ended. */
export function sighted(
  item: StoredItem,
  phase: Phase,
  seen: {
    readonly as: Sighting['as'];
    readonly now: number;
    readonly slotMs: number;
    readonly activeDay?: number | undefined;
  },
): StoredItem {
  const old = item[phase];
  const sighting: Sighting =
    old === undefined
      ? { as: seen.as, count: 1, first: seen.now, last: seen.now, slots: 1, slotAt: seen.now }
      : again(old, seen);
  if (old === undefined && seen.activeDay === undefined) sighting.hours = 0;
  noteWhen(sighting, seen);
  return phase === 'steady' ? { ...item, steady: sighting } : { ...item, startup: sighting };
}

/** The same in place, of what was seen before; in the next slot or in one that was counted already. */
export function sightedAgain(
  sighting: Sighting,
  seen: { readonly now: number; readonly isNext: boolean; readonly activeDay: number | undefined },
): void {
  // As of before slots were counted.
  sighting.slotAt ??= sighting.last;
  if (seen.isNext) {
    sighting.slots = slotsOf(sighting) + 1;
    sighting.slotAt = seen.now;
  }
  sighting.count += 1;
  sighting.last = seen.now;
  noteWhen(sighting, seen);
}

/** On which of the days that are counted once learning has ended; until then at which hours of the day. */
function noteWhen(
  sighting: Sighting,
  { now, activeDay }: { readonly now: number; readonly activeDay?: number | undefined },
): void {
  if (activeDay !== undefined) sighting.activeDay = activeDay;
  else if (sighting.hours !== undefined) sighting.hours = withHour(sighting.hours, hourOf(now));
}

function again(old: Sighting, { now, slotMs: slot }: { readonly now: number; readonly slotMs: number }): Sighting {
  const at = old.slotAt ?? old.last;
  const isSame = now - at < slot;
  const slots = slotsOf(old) + (isSame ? 0 : 1);
  return { ...old, count: old.count + 1, last: now, slots, slotAt: isSame ? at : now };
}
