import type { Memory, StoredItem } from '../../shared/baseline-state.ts';
import { knownBy } from './known.ts';
import { denied, ripeningAtFirst } from './learn.ts';
import { countedAgain, isLearning, sightedAgain, slotMs } from './learning.ts';
import type { Memories } from './memory.ts';
import { type StoredSight, seenBy } from './sight.ts';

/**
 * Most sightings are of what is learned, by whom and when it is known to be seen: then nothing changes but how often, in how many slots of time, and when
 * it was seen last. That is counted in place, as making item and memory anew with each of them was half of what items cost.
 *
 * @returns false where more may change; nothing was counted then
 */
export function seenAgain(memories: Memories, memory: Memory, sight: StoredSight): boolean {
  if (sight.stored === undefined || !countAgain(memory, sight)) return false;
  memories.setItem(sight.key, sight.stored);
  memories.setMemory(memory);
  return true;
}

/** The same where whoever keeps item and memory is told by the caller. */
export function countAgain(memory: Memory, sight: StoredSight): boolean {
  const { stored, phase, now } = sight;
  const sighting = stored?.[phase];
  if (stored === undefined || sighting?.as !== 'learned' || !isSettled(stored)) return false;
  const { slots } = sighting;
  if (slots === undefined) return false;
  const isNext = now - (sighting.slotAt ?? sighting.last) >= slotMs(memory.needs);
  if (seenBy(stored, sight) !== stored || !fits(memory, stored, sight)) return false;
  if (!countedAgain(memory, phase, { before: slots, after: slots + Number(isNext), now })) return false;
  const activeDay = isLearning(memory, phase) ? undefined : memory.progress[phase]?.active?.days;
  sightedAgain(sighting, { now, isNext, activeDay });
  return true;
}

/** Nobody has to decide anything about it. */
const isSettled = ({ told, holdUntil, alone }: StoredItem): boolean =>
  told === undefined && holdUntil === undefined && alone !== true;

/** It teaches nothing that is not known while its phase learns, and does not deviate afterwards. */
function fits(memory: Memory, stored: StoredItem, sight: StoredSight): boolean {
  const { feature, item, phase } = sight;
  if (isLearning(memory, phase))
    return ripeningAtFirst(stored, sight) === stored && denied(memory, stored, sight)[1] === stored;
  return (
    memory.progress[phase]?.state === 'steady' && feature.judges(item, knownBy(memory, stored, phase)) === undefined
  );
}
