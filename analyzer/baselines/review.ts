import { type Memory, type Phase, type Sighting, type StoredItem, slotsOf } from '../../shared/baseline-state.ts';
import { type ReviewReason, reviewReasons } from '../../shared/review.ts';
import { slotMs } from './learning.ts';
import { type Memories, refOf } from './memory.ts';
import { around } from './quantities/time.ts';

/** Of one feature so many at most are asked about when learning ends. */
export const mostReviewed = 16;
/** Seen in so few slots of time, and first in so large a part at the end of learning: late. */
const fewSlots = 2;
const latePart = 0.25;
/** An hour in which, and beside which, at most such a share of what the busiest hour shows was seen is quiet; of fewer things than that none is. */
const quietShare = 0.25;
const fewestInBusiest = 4;

type Keyed = readonly [key: string, item: StoredItem];

/** What was learned and should be looked at. */
export interface ToReview {
  readonly key: string;
  readonly item: StoredItem;
  readonly why: readonly ReviewReason[];
}

/**
 * Learning has ended: what of it was learned late, by one replica alone or at night only is marked, once, for somebody to take away or approve. It is known all
 * the same: what was shown so while learning is mostly harmless, and nobody is told more than once of it.
 *
 * @param of.isAlone whether one of several live replicas alone showed an item
 * @returns what was marked, most suspicious first; nothing when it was asked about already, or where learning takes no time
 */
export function reviewed(
  memories: Memories,
  memory: Memory,
  of: { readonly phase: Phase; isAlone(item: StoredItem): boolean },
): readonly ToReview[] {
  const { phase } = of;
  const progress = memory.progress[phase];
  if (progress?.state !== 'steady' || progress.reviewed === true || slotMs(memory.needs) === 0) return none;
  memories.setMemory({ ...memory, progress: { ...memory.progress, [phase]: { ...progress, reviewed: true } } });
  const items = memories.items(refOf(memory));
  const busy = hoursOf(items, phase);
  const found = items
    .map(([key, item]) => ({ key, item, why: whyOf(item, { ...of, memory, busy }) }))
    .filter(({ why }) => why.length > 0)
    .toSorted((a, b) => b.why.length - a.why.length || firstOf(b.item) - firstOf(a.item) || (a.key < b.key ? -1 : 1))
    .slice(0, mostReviewed);
  const marks = new Map(found.map(({ key, why }) => [key, why]));
  for (const [key, item] of items) {
    const after = marked(withoutHours(item, phase), marks.get(key));
    if (after !== item) memories.setItem(key, after);
  }
  return found;
}

const none: readonly ToReview[] = [];

const firstOf = ({ startup, steady }: StoredItem): number => Math.max(startup?.first ?? 0, steady?.first ?? 0);

function marked(item: StoredItem, why: readonly ReviewReason[] | undefined): StoredItem {
  if (why === undefined) return item;
  const all = new Set([...(item.review ?? []), ...why]);
  return { ...item, review: reviewReasons.filter((reason) => all.has(reason)) };
}

/** At which hours it was seen matters only until this. */
function withoutHours(item: StoredItem, phase: Phase): StoredItem {
  const sighting = item[phase];
  if (sighting?.hours === undefined) return item;
  const { hours: _hours, ...rest } = sighting;
  return { ...item, [phase]: rest };
}

/** How many items were seen in each hour of the day (UTC). */
function hoursOf(items: readonly Keyed[], phase: Phase): readonly number[] {
  const busy = Array.from({ length: 24 }, () => 0);
  for (const [, item] of items) for (const hour of seenIn(item[phase])) busy[hour] = (busy[hour] ?? 0) + 1;
  return busy;
}

const seenIn = (sighting: Sighting | undefined): readonly number[] =>
  Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => ((sighting?.hours ?? 0) & (1 << hour)) !== 0);

function whyOf(
  item: StoredItem,
  of: {
    readonly phase: Phase;
    readonly memory: Memory;
    readonly busy: readonly number[];
    isAlone(item: StoredItem): boolean;
  },
): readonly ReviewReason[] {
  const sighting = item[of.phase];
  if (sighting?.as !== 'learned' || item.approved !== undefined) return [];
  // What is normal at any time is normal at the start too.
  if (of.phase === 'startup' && item.steady?.as === 'learned') return [];
  const is: Readonly<Record<ReviewReason, boolean>> = {
    late: isLate(sighting, of.memory, of.phase),
    alone: of.isAlone(item),
    // A start may be at any hour.
    night: of.phase === 'steady' && isAtNight(sighting, of.busy),
  };
  return reviewReasons.filter((reason) => is[reason]);
}

function isLate(sighting: Sighting, { progress }: Memory, phase: Phase): boolean {
  const { first, since } = progress[phase] ?? { first: 0, since: 0 };
  return slotsOf(sighting) <= fewSlots && sighting.first >= since - (since - first) * latePart;
}

/** Whether each hour that it was seen in, with those beside it, is quiet but for itself. */
function isAtNight(sighting: Sighting, busy: readonly number[]): boolean {
  const own = seenIn(sighting);
  const others = busy.map((count, hour) => count - Number(own.includes(hour)));
  const busiest = Math.max(...others);
  const isQuiet = (hour: number): boolean => around(hour).every((near) => (others[near] ?? 0) <= busiest * quietShare);
  return own.length > 0 && busiest >= fewestInBusiest && own.every(isQuiet);
}
