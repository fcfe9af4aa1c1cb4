import { isApproved, type Memory, type Phase, type StoredItem, slotsOf } from '../../shared/baseline-state.ts';
import { counted, isLearning } from './learning.ts';

/**
 * What was learned in a phase is held back after all, and no longer counts towards the end of learning; undefined where it was not learned, somebody
 * approved it, or learning has ended.
 *
 * @param of.until when it is decided whether it is learned
 */
export function heldBack(
  memory: Memory,
  item: StoredItem,
  of: { readonly phase: Phase; readonly until: number; readonly now: number },
): readonly [Memory, StoredItem] | undefined {
  const { phase, until, now } = of;
  const sighting = item[phase];
  if (sighting?.as !== 'learned' || isApproved(item, phase) || !isLearning(memory, phase)) return undefined;
  const counts = { before: slotsOf(sighting), after: 0, first: sighting.first, now };
  return [counted(memory, phase, counts), { ...item, [phase]: { ...sighting, as: 'held' }, holdUntil: until }];
}
