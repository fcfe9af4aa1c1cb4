import {
  type Memory,
  type Progress,
  phases,
  type Requirement,
  type StoredItem,
  slotsOf,
} from '../../shared/baseline-state.ts';
import { newProbability } from './coverage.ts';
import { usualStratum } from './feature.ts';
import { standFor } from './fold.ts';
import { slotMs } from './learning.ts';
import { isKnown, itemsPerMemory, type Memories, refOf } from './memory.ts';
import { type Releases, releasedPerWeek } from './release.ts';
import type { StoredSight } from './sight.ts';
import { deniedPerWeek, type Evidence, evidenceOf, expectedPerWeek, noveltiesPerWeek, type Shown } from './surprise.ts';

const hourMs = 3_600_000;
/** So many items of one kind may take the place of those that another kind floods its memory with. */
const shareOfKind = itemsPerMemory / 8;
/** So many give way to one at most: an item is of no fixed size. */
const waysAtOnce = 8;

/**
 * How many novelties of the kind are expected in a week.
 *
 * @param memory as it was before the sighting was counted
 */
export function perWeekOf(memories: Memories, memory: Memory, sight: StoredSight): number {
  const { stored, denies } = sight;
  const of = shownOf(memories, memory, sight);
  const perWeek = Math.max(expectedPerWeek(of), releasedPerWeek(sight, () => releasesOf(memories, memory, of)) ?? 0);
  return stored?.alone === true && denies(stored) ? Math.min(perWeek, deniedPerWeek(stored, of)) : perWeek;
}

function releasesOf(memories: Memories, memory: Memory, shown: Shown): Releases {
  const { host, workload } = memory;
  const versions = memories.workload(host.id, workload.id)?.versions ?? [];
  const items = shown.items.filter((item) => item !== shown.own);
  return { versions, items, evidence: evidenceOf(shown) ?? { first: shown.now, until: shown.now } };
}

function shownOf(memories: Memories, memory: Memory, { phase, key: own, item, now }: StoredSight): Shown {
  const stratum = item.stratum === usualStratum ? undefined : item.stratum;
  const ref = refOf(memory);
  const { progress } = memory;
  return {
    items: memories.itemValues(ref),
    phase,
    progress: progress[phase],
    own: memories.item(ref, own),
    stratum,
    now,
  };
}

/**
 * While a feature learns: whether its learning has ended for the kind of an item that is not known, so that it is judged all the same. One kind that never
 * settles would hide the others for ever: a crawler that meets new addresses every hour has for all that never connected to a neighbour.
 */
export function isJudgedByKind(memories: Memories, memory: Memory, sight: StoredSight): boolean {
  const { phase, stored, item, mediumPerWeek } = sight;
  // A start is no time in which much would have been seen.
  if (phase !== 'steady' || item.stratum === undefined || item.stratum === usualStratum) return false;
  if (stored?.[phase] !== undefined || stored?.told !== undefined || isKnown(stored, phase)) return false;
  if (!hadItsTime(memory.progress[phase], memory.needs) || isFormerlyKnown(memories, memory, sight)) return false;
  return isAtRest(evidenceOf(shownOf(memories, memory, sight)), { needs: memory.needs, mediumPerWeek });
}

/**
 * A kind learns by quiet alone: sightings of the others say nothing about it. Either nothing of it was new in the latter half of the time, which has so
 * many slots that the next one brings something with at most the probability that is wanted (as `rested` in learning.ts asks of the feature); or so
 * little that what is new now is medium (surprise.ts). What was told and not decided, and the time since, is no evidence of either.
 */
export function isAtRest(
  evidence: Evidence | undefined,
  { needs, mediumPerWeek }: { readonly needs: Requirement; readonly mediumPerWeek: number },
): boolean {
  if (evidence === undefined || evidence.until <= evidence.first) return false;
  const { once, first, until, news } = evidence;
  const half = (until - first) / 2;
  if (noveltiesPerWeek({ once, first }, until, news) <= mediumPerWeek) return true;
  const slot = slotMs(needs);
  return slot > 0 && news(until - half) === 0 && newProbability(half / slot, 0) <= needs.newProbability;
}

/** As much was seen of the feature, of whatever kind, as learning takes at least. */
const hadItsTime = (progress: Progress | undefined, { observations, hours }: Requirement): boolean =>
  progress !== undefined && progress.sightings >= observations && progress.last - progress.first >= hours * hourMs;

/** The same was learned, or told, of an observation that said less. */
function isFormerlyKnown(memories: Memories, memory: Memory, { item: { formerly }, phase }: StoredSight): boolean {
  if (formerly === undefined) return false;
  const { stored } = standFor(memories, refOf(memory), { item: formerly, phase });
  return isKnown(stored, phase) || stored?.told !== undefined;
}

/** Of a feature that learns on: how likely the next slot of time brings something new of the kind. */
export function newOfItsKind(memories: Memories, memory: Memory, sight: StoredSight): number {
  const evidence = evidenceOf(shownOf(memories, memory, sight));
  const slot = slotMs(memory.needs);
  if (evidence === undefined || slot === 0) return 1;
  const { first, until, news } = evidence;
  const half = (until - first) / 2;
  return newProbability(half / slot, news(until - half));
}

/**
 * Makes room in a full memory for an item that is new. One of a kind that there are few of takes the place of one seen once of a kind
 * that the memory is full of: what is not kept could be neither learned nor told only once.
 *
 * @returns whether there is room now
 */
export function makesRoom(memories: Memories, memory: Memory, { item: { stratum }, mostBytes }: StoredSight): boolean {
  const ref = refOf(memory);
  if (stratum === undefined) return false;
  const counts = new Map<string | undefined, number>();
  for (const { stratum: kind } of memories.itemValues(ref)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if ((counts.get(stratum) ?? 0) >= shareOfKind) return false;
  const isMany = (kind: string | undefined): boolean => (counts.get(kind) ?? 0) > shareOfKind;
  for (let given = 0; given < waysAtOnce; given += 1) {
    const key = leastOf(memories.items(ref).filter(([, item]) => isMany(item.stratum) && isSeenOnce(item)));
    if (key === undefined) return false;
    memories.giveWay(ref, key);
    if (memories.hasRoom(ref, mostBytes)) return true;
  }
  return false;
}

/** The key of the one not seen for longest; of equals the first by key, however they are stored. */
function leastOf(items: ReturnType<Memories['items']>): string | undefined {
  let [least, seen]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const [key, item] of items) {
    const last = lastOf(item);
    if (last > seen || (last === seen && least !== undefined && key > least)) continue;
    [least, seen] = [key, last];
  }
  return least;
}

/** Nothing was decided about it either. */
const isSeenOnce = (item: StoredItem): boolean =>
  item.told === undefined &&
  item.approved === undefined &&
  item.holdUntil === undefined &&
  phases.reduce((sum, phase) => sum + slotsOf(item[phase]), 0) === 1;

const lastOf = (item: StoredItem): number => Math.max(...phases.map((phase) => item[phase]?.last ?? 0));
