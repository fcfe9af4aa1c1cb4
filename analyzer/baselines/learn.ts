import {
  isApproved,
  type Memory,
  phases,
  type Sighting,
  type StoredItem,
  slotsOf,
} from '../../shared/baseline-state.ts';
import { ripening } from './fold.ts';
import { heldBack } from './hold.ts';
import { counted, sighted, slotMs } from './learning.ts';
import { itemKey, type Memories, refOf } from './memory.ts';
import { note, overflow, withRoom } from './noting.ts';
import { quarantineMs } from './quarantine.ts';
import { aloneUntil } from './replicas/items.ts';
import { newItem, type Sight, type StoredSight, seenBy } from './sight.ts';

/** One sighting more while its phase learns. */
export function learn(memories: Memories, before: Memory, seen: StoredSight): Memory {
  const [held, known] = denied(before, confirmed(seen), seen);
  const sight = { ...seen, stored: known };
  const { key, stored, phase, now } = sight;
  if (stored === undefined && !memories.hasRoom(refOf(held), sight.mostBytes)) return overflow(held, sight);
  const memory = stored === undefined ? withRoom(held) : held;
  const young = ripeningAtFirst(stored ?? { ...newItem(memory, sight), ...heldAlone(sight) }, sight);
  const item = sighted(seenBy(young, sight), phase, {
    as: asWhat(sight),
    now,
    slotMs: slotMs(memory.needs),
  });
  const isHeld = item[phase]?.as === 'held';
  const holdUntil = isHeld ? (item.holdUntil ?? sight.heldUntil) : undefined;
  memories.setItem(key, holdUntil === undefined ? item : { ...item, holdUntil });
  const slots = { before: slotsOf(stored?.[phase]), after: slotsOf(item[phase]) };
  const after = item[phase]?.as === 'learned' ? counted(memory, phase, { ...slots, first: now, now }) : memory;
  if (stored === undefined) note(after, sight, item.text);
  return stored === undefined ? withEndings(memories, after, sight) : after;
}

/** A new item may show with others what they may end with, and be the same. Only of what is normal at any time, so that it never grows once that has learned. */
function withEndings(memories: Memories, memory: Memory, { feature: { endings }, phase }: StoredSight): Memory {
  const known = memory.endings ?? [];
  if (endings === undefined || phase !== 'steady' || known.length >= endings.most) return memory;
  const texts = memories
    .items(refOf(memory))
    .flatMap(([, { steady, fold, text }]) => (steady?.as === 'learned' && fold === undefined ? [text] : []));
  const found = endings.of(texts).filter((ending) => !known.includes(ending));
  return found.length === 0 ? memory : { ...memory, endings: [...known, ...found].slice(0, endings.most) };
}

/** What is learned in a phase for the first time, in its own name, may fold with others later; so may what was learned before there were folds. */
export function ripeningAtFirst(stored: StoredItem, { item, key, phase, now }: StoredSight): StoredItem {
  const isFirst = stored[phase] === undefined || (stored[phase].as === 'learned' && stored.places === undefined);
  return isFirst && key === itemKey(item.key) ? ripening(stored, { item, now, ripeMs: quarantineMs }) : stored;
}

/** Another replica shows what one alone had: it is learned with the next step, as if its time had come. */
function confirmed({ stored, lineage, heldUntil, now }: StoredSight): StoredItem | undefined {
  if (stored?.alone !== true || stored.lineage === lineage || heldUntil !== undefined) return stored;
  const { alone: _alone, ...rest } = stored;
  return { ...rest, holdUntil: now };
}

/** Siblings deny by now what was learned from one replica alone: it is held, for as long as if it had been held from the beginning. */
export function denied(
  memory: Memory,
  stored: StoredItem | undefined,
  { feature, denies, now }: StoredSight,
): readonly [Memory, StoredItem | undefined] {
  // How replicas compare is not compared.
  if (feature.compares === true) return [memory, stored];
  if (stored === undefined || stored.shared === true || stored.alone === true) return [memory, stored];
  const first = Math.min(...phases.flatMap((phase) => stored[phase]?.first ?? []));
  const until = aloneUntil(first, memory.needs);
  if (until === undefined || until <= now || !denies(stored)) return [memory, stored];
  let [after, item] = [memory, stored];
  for (const phase of phases) {
    const held = heldBack(after, item, { phase, until, now });
    if (held !== undefined) [after, item] = [held[0], { ...held[1], alone: true }];
  }
  return [after, item];
}

/** What was told as novel stays so: an approval may change that, time does not. */
function asWhat({ stored, phase, heldUntil, alone }: StoredSight): Sighting['as'] {
  if (isApproved(stored, phase)) return 'learned';
  if (stored?.told !== undefined) return 'novel';
  if (stored?.alone === true || (stored === undefined && alone !== undefined)) return 'held';
  return heldUntil === undefined ? 'learned' : 'held';
}

const heldAlone = ({ alone }: Sight): Partial<StoredItem> =>
  alone === undefined ? {} : { alone: true, holdUntil: alone };
