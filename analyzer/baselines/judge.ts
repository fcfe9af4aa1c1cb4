import { type Memory, type Sighting, type StoredItem, slotsOf } from '../../shared/baseline-state.ts';
import type { FindingRecord } from '../../shared/finding.ts';
import { seenAgain } from './again.ts';
import { type HeldSight, heldWith } from './alone.ts';
import { withinDay } from './daily.ts';
import { deviation } from './deviation.ts';
import { aged } from './fade.ts';
import type { Known, Verdict } from './feature.ts';
import { standFor } from './fold.ts';
import { knownBy } from './known.ts';
import { learn } from './learn.ts';
import { counted, isLearning, sighted, slotMs } from './learning.ts';
import { isKnown, type Memories, refOf } from './memory.ts';
import { note, overflow, withRoom } from './noting.ts';
import { isJudgedByKind, makesRoom, newOfItsKind, perWeekOf } from './own-kind.ts';
import { newItem, type Sight, type StoredSight, seenBy, shown, withStored } from './sight.ts';

const hourMs = 3_600_000;
const none: readonly FindingRecord[] = [];

/** Learns from a sighting while its phase is learning, judges it afterwards. */
export function see(memories: Memories, memory: Memory, seen: Sight): readonly FindingRecord[] {
  const whole = withoutEnding(memories, memory, seen);
  const current = aged(memories, memory, whole);
  const sight = asFormerly(memories, current, whole);
  const storedSight = withStored(sight, standFor(memories, refOf(current), sight));
  if (seenAgain(memories, current, storedSight)) return none;
  const ref = refOf(current);
  const isFull = storedSight.stored === undefined && !memories.hasRoom(ref, storedSight.mostBytes);
  const isRoom = !isFull || makesRoom(memories, current, storedSight);
  const found = learnOrJudge(memories, current, { sight: storedSight, isRoom });
  const after = memories.memory(ref);
  // It took the place of another one.
  if (isFull && isRoom && after !== undefined)
    memories.setMemory({ ...after, fullSince: current.fullSince ?? sight.now });
  return found;
}

function learnOrJudge(
  memories: Memories,
  memory: Memory,
  { sight, isRoom }: { readonly sight: StoredSight; readonly isRoom: boolean },
): readonly FindingRecord[] {
  if (!isLearning(memory, sight.phase) || (isRoom && isJudgedByKind(memories, memory, sight)))
    return judge(memories, memory, sight);
  memories.setMemory(learn(memories, memory, sight));
  return none;
}

/** An item that is not known as it is, and ends with what makes no other one of it. */
function withoutEnding(memories: Memories, memory: Memory, sight: Sight): Sight {
  const { endings = [] } = memory;
  const { feature, phase, observation } = sight;
  if (feature.endings === undefined || endings.length === 0) return sight;
  const { stored } = standFor(memories, refOf(memory), sight);
  if (isKnown(stored, phase) || stored?.told !== undefined) return sight;
  const item = feature.endings.without(observation, endings);
  return item === undefined ? sight : { ...sight, item };
}

/** An item that says more than the one that is known. */
function asFormerly(memories: Memories, memory: Memory, sight: Sight): Sight {
  const { item, phase } = sight;
  if (item.formerly === undefined || isLearning(memory, phase)) return sight;
  if (standFor(memories, refOf(memory), sight).stored !== undefined) return sight;
  const { stored } = standFor(memories, refOf(memory), { item: item.formerly, phase });
  return isKnown(stored, phase) || stored?.told !== undefined ? { ...sight, item: item.formerly } : sight;
}

function judge(memories: Memories, memory: Memory, sight: StoredSight): readonly FindingRecord[] {
  const { key, stored, phase, now } = sight;
  const verdict = sight.feature.judges(sight.item, knownIn(memories, memory, sight));
  const isNovel = verdict !== undefined && !wasTold(memory, stored);
  const within = isNovel ? withinDay(memory, sight.item, now) : memory;
  if (within === undefined) return beyondDay(memories, memory, sight);
  if (isNovel && stored === undefined && !memories.hasRoom(refOf(memory), sight.mostBytes))
    return withoutRoom(memories, memory, { ...sight, verdict });
  const roomy = stored === undefined ? withRoom(within) : within;
  const item = seenBy(stored ?? newItem(memory, sight), sight);
  const activeDay = memory.progress[phase]?.active?.days;
  const seen = sighted(item, phase, {
    as: verdict === undefined ? 'learned' : 'novel',
    now,
    activeDay,
    slotMs: slotMs(memory.needs),
  });
  memories.setItem(key, isNovel ? told(seen, now) : seen);
  // What was held was not counted.
  const before = stored?.[phase]?.as === 'held' ? 0 : slotsOf(stored?.[phase]);
  const slots = slotsOf(seen[phase]);
  // Where somebody ended learning, nothing counts towards it.
  if (memory.progress[phase]?.state === 'steady')
    memories.setMemory(counted(roomy, phase, { before, after: slots, first: now, now }));
  else if (roomy !== memory) memories.setMemory(roomy);
  if (!isNovel) return [];
  const others = heldWith(memories, memory, sight);
  // As surprising as the rarest of them: who shows again what came but once says nothing against the others.
  const perWeek = Math.min(
    perWeekOf(memories, memory, sight),
    ...others.map((other) => perWeekOf(memories, other.memory, other.sight)),
  );
  const first: FindingRecord = { type: 'finding', finding: deviation(memory, { ...sight, verdict }, perWeek) };
  return [first, ...others.flatMap((other) => toldWith(memories, other, perWeek))];
}

/** Another item of the same replica: it was not seen just now, but is told with the one that was. */
function toldWith(memories: Memories, { memory, sight }: HeldSight, perWeek: number): readonly FindingRecord[] {
  const { key, stored, phase, now } = sight;
  const verdict = sight.feature.judges(sight.item, knownBy(memory, stored, phase));
  if (verdict === undefined) return [];
  memories.setItem(key, told(stored, now));
  // Two of them may be of one memory.
  const counting = memories.memory(refOf(memory)) ?? memory;
  const sighting = stored[phase];
  if (counting.progress[phase]?.state === 'steady' && sighting !== undefined)
    memories.setMemory(counted(counting, phase, { before: 0, after: slotsOf(sighting), first: sighting.first, now }));
  return [{ type: 'finding', finding: deviation(memory, { ...sight, verdict }, perWeek) }];
}

/** Where learning goes on, an item is judged by what is known of its own kind. */
function knownIn(memories: Memories, memory: Memory, sight: StoredSight): Known {
  const known = knownBy(memory, sight.stored, sight.phase);
  return isLearning(memory, sight.phase) ? { ...known, newProbability: newOfItsKind(memories, memory, sight) } : known;
}

/** As many of the kind as a day brings were told: it goes into the digest, and the next day it is new again. */
function beyondDay(memories: Memories, memory: Memory, sight: StoredSight): readonly FindingRecord[] {
  memories.setMemory(memory);
  note(memory, sight, shown(sight.item), true);
  return [];
}

/** There is no room to remember it: it is told all the same, but of such only one an hour; the others go into the digest. */
function withoutRoom(
  memories: Memories,
  memory: Memory,
  sight: StoredSight & { readonly verdict: Verdict },
): readonly FindingRecord[] {
  const { now } = sight;
  if (memory.fullToldAt !== undefined && now - memory.fullToldAt < hourMs) {
    memories.setMemory(overflow(memory, sight));
    return [];
  }
  memories.setMemory({ ...memory, fullSince: memory.fullSince ?? now, fullToldAt: now });
  return [{ type: 'finding', finding: deviation(memory, sight, perWeekOf(memories, memory, sight)) }];
}

/** Once for good; what was told before enforcing began, once more. */
const wasTold = ({ enforcedAt }: Memory, stored: StoredItem | undefined): boolean =>
  stored?.told !== undefined && (enforcedAt === undefined || stored.told >= enforcedAt);

/** An item that was held back when learning ended is judged like any other, and from then on it is no longer to be learned. */
function told({ holdUntil: _decided, alone: _alone, ...item }: StoredItem, now: number): StoredItem {
  const novel = (sighting: Sighting): Sighting => (sighting.as === 'held' ? { ...sighting, as: 'novel' } : sighting);
  return {
    ...item,
    ...(item.startup === undefined ? {} : { startup: novel(item.startup) }),
    ...(item.steady === undefined ? {} : { steady: novel(item.steady) }),
    told: now,
  };
}
