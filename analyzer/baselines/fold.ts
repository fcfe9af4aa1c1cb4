import { type Memory, type Phase, type Sighting, type StoredItem, slotsOf } from '../../shared/baseline-state.ts';
import type { Item } from './feature.ts';
import { groupName, placesOf } from './fold-places.ts';
import { isLearning, regrouped } from './learning.ts';
import { isKnown, itemKey, itemText, type Memories, type MemoryRef, refOf } from './memory.ts';

/** So many items that differ in one place only stay as they are; one more, and they fold into one. */
export const foldAbove = 8;
/** Items ripen on the minute, so that many of them make one wake-up. */
const minuteMs = 60_000;

/** What a sighting is of: a stored item or the fold that stands for it, or nothing that is stored yet. */
export interface Stand {
  readonly key: string;
  readonly stored: StoredItem | undefined;
}

/** What is stored of an item has the first word, whatever that is; where it says nothing of a phase, a fold that is known then may cover it. */
export function standFor(
  memories: Memories,
  ref: MemoryRef,
  of: { readonly item: Item; readonly phase: Phase },
): Stand {
  const { item, phase } = of;
  const key = itemKey(item.key);
  const stored = memories.item(ref, key);
  if (isKnown(stored, phase) || stored?.told !== undefined || stored?.[phase] !== undefined) return { key, stored };
  for (const place of placesOf(item.pieces)) {
    const fold = memories.item(ref, place.key);
    if (isKnown(fold, phase)) return { key: place.key, stored: fold };
  }
  return { key, stored };
}

/**
 * An item that is learned in a phase for the first time: it counts towards folds when quarantine can no longer take it back, `ripeMs` from
 * now. A fold itself, what was told, and what somebody approved, never does.
 */
export function ripening(
  stored: StoredItem,
  { item, now, ripeMs }: { readonly item: Item; readonly now: number; readonly ripeMs: number },
): StoredItem {
  const places = placesOf(item.pieces);
  const isApart = stored.fold !== undefined || stored.told !== undefined || stored.approved !== undefined;
  if (places.length === 0 || isApart) return stored;
  return { ...stored, places: [...places], ripeAt: Math.ceil((now + ripeMs) / minuteMs) * minuteMs };
}

/** An item is ripe: it folds with others where there are enough, if its memory is still learning. */
export function ripen(memories: Memories, key: string, { ripeAt: _due, ...item }: StoredItem): void {
  const memory = memories.memory(item);
  const learning = (['steady', 'startup'] as const).filter(
    (phase) => memory !== undefined && isLearning(memory, phase) && item[phase]?.as === 'learned',
  );
  if (learning.length === 0) {
    const { places: _none, ...rest } = item;
    memories.setItem(key, rest);
    return;
  }
  memories.setItem(key, item);
  for (const phase of learning) foldWhereMany(memories, item, { key, phase });
}

function foldWhereMany(memories: Memories, ref: MemoryRef, { key, phase }: { key: string; phase: Phase }): void {
  const item = memories.item(ref, key);
  const memory = memories.memory(ref);
  if (item === undefined || memory === undefined) return;
  for (const place of item.places ?? []) {
    const fold = memories.item(ref, place.key);
    const isFold = fold !== undefined && isKnown(fold, phase);
    const group = groupName(place.key, phase);
    if (!isFold && memories.membersCount(ref, group) <= foldAbove) continue;
    const members = (isFold ? [[key, item] as const] : memories.members(ref, group)).filter(
      // What is normal at any time stands for itself in the fold of what is normal at the start.
      ([, member]) => phase === 'steady' || member.steady === undefined,
    );
    const text = itemText(`${item.text.slice(0, place.from)}<*>${item.text.slice(place.to)}`);
    foldMembers(memories, memory, { key: place.key, fold: fold ?? { ...emptyFold(item), text }, members });
    return;
  }
}

type Members = readonly (readonly [key: string, item: StoredItem])[];

/** Members become one item: their counts add up, and what was seen once no longer was. */
function foldMembers(
  memories: Memories,
  memory: Memory,
  { key, fold, members }: { readonly key: string; readonly fold: StoredItem; readonly members: Members },
): void {
  if (members.length === 0) return;
  for (const [member] of members) memories.deleteItem(refOf(memory), member);
  const byAge = [...members].sort((a, b) => firstSeen(a[1]) - firstSeen(b[1]) || (a[0] < b[0] ? -1 : 1));
  const folded = byAge.reduce((sum, [, member]) => withMember(sum, member), fold);
  memories.setItem(key, folded);
  const { fullSince: _room, ...after } = (['startup', 'steady'] as const).reduce(
    (sum, phase) =>
      regrouped(sum, phase, {
        before: [fold, ...members.map(([, member]) => member)].map((item) => slotsOf(item[phase])),
        after: slotsOf(folded[phase]),
      }),
    memory,
  );
  memories.setMemory(after);
}

const firstSeen = ({ startup, steady }: StoredItem): number =>
  Math.min(startup?.first ?? Number.POSITIVE_INFINITY, steady?.first ?? Number.POSITIVE_INFINITY);

const emptyFold = ({ host, workload, feature, text, lineage }: StoredItem): StoredItem => ({
  host,
  workload,
  feature,
  text,
  lineage,
  fold: { members: 0 },
});

function withMember(fold: StoredItem, member: StoredItem): StoredItem {
  const { startup, steady, versions } = member;
  const isShared = fold.shared === true || member.shared === true || fold.lineage !== member.lineage;
  return {
    ...fold,
    ...(isShared ? { shared: true } : {}),
    example: fold.example ?? member.example ?? member.text,
    fold: { members: (fold.fold?.members ?? 0) + 1 },
    ...(startup && { startup: together(fold.startup, startup) }),
    ...(steady && { steady: together(fold.steady, steady) }),
    ...(versions && {
      versions: {
        oldest: Math.min(versions.oldest, fold.versions?.oldest ?? versions.oldest),
        newest: Math.max(versions.newest, fold.versions?.newest ?? versions.newest),
      },
    }),
  };
}

function together(one: Sighting | undefined, other: Sighting): Sighting {
  if (one === undefined) return other;
  const days = [one.activeDay, other.activeDay].filter((day) => day !== undefined);
  return {
    as: 'learned',
    count: one.count + other.count,
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
    slots: slotsOf(one) + slotsOf(other),
    slotAt: Math.max(one.slotAt ?? one.last, other.slotAt ?? other.last),
    ...(days.length > 0 && { activeDay: Math.max(...days) }),
    ...(one.hours !== undefined && other.hours !== undefined && { hours: one.hours | other.hours }),
  };
}
