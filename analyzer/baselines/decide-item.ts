import {
  type Memory,
  type Phase,
  phases,
  type Sighting,
  type StoredItem,
  slotsOf,
} from '../../shared/baseline-state.ts';
import type { BaselineDecision } from '../../shared/decision.ts';
import { applied, approvalOf, type Deciding, type Of, type Outcome, refused, unknownMemory } from './deciding.ts';
import { counted } from './learning.ts';
import { type MemoryRef, refOf } from './memory.ts';

/** An item that the state knows, and what is to be done with it. */
interface KnownItem {
  readonly decision: BaselineDecision;
  readonly deciding: Deciding;
  readonly memory: Memory;
  readonly key: string;
  readonly item: StoredItem;
}

/** Finds the item that an order names. */
export function ofItem(
  decision: BaselineDecision,
  {
    order,
    deciding,
    does,
  }: { order: Of<'approve' | 'forget'>; deciding: Deciding; does: (known: KnownItem) => Outcome },
): Outcome {
  const ref: MemoryRef = { host: decision.host.id, workload: order.workload, feature: order.feature };
  const memory = deciding.memories.memory(ref);
  if (memory === undefined) return refused(unknownMemory(decision, order));
  const item = deciding.memories.item(ref, order.key);
  if (item !== undefined) return does({ decision, deciding, memory, key: order.key, item });
  return refused(`${memory.workload.name} is not known to have shown ${order.key} in ${order.feature}`);
}

/** Known in every phase, and counted as learned. */
export function approve({ decision, deciding, memory, key, item }: KnownItem): Outcome {
  const { memories, now } = deciding;
  const {
    told: _told,
    holdUntil: _holdUntil,
    alone: _alone,
    places: _places,
    ripeAt: _ripeAt,
    review: _review,
    ...rest
  } = item;
  let approved: StoredItem = { ...rest, approved: approvalOf(decision, now) };
  let after: Memory = { ...memory, decided: now };
  for (const phase of phases) {
    const sighting = item[phase];
    if (sighting === undefined || sighting.as === 'learned') continue;
    approved = { ...approved, [phase]: { ...sighting, as: 'learned' } satisfies Sighting };
    // Once a phase has learned, what is told is counted as it comes.
    if (isSteady(memory, phase)) continue;
    after = counted(after, phase, { before: 0, after: slotsOf(sighting), first: sighting.first, now });
  }
  memories.setMemory(after);
  memories.setItem(key, approved);
  return applied(`${item.text}: normal for ${memory.workload.name} from now on (${memory.feature})`);
}

/** The next sighting is new. */
export function forget({ deciding, memory, key, item }: KnownItem): Outcome {
  const { memories, now } = deciding;
  const { fullSince: _room, ...roomy } = memory;
  let after: Memory = { ...roomy, decided: now };
  for (const phase of phases) {
    const sighting = item[phase];
    if (sighting?.as !== 'learned' || isSteady(memory, phase)) continue;
    after = counted(after, phase, { before: slotsOf(sighting), after: 0, first: sighting.first, now });
  }
  memories.setMemory(after);
  memories.deleteItem(refOf(memory), key);
  const fold = memories.items(refOf(memory)).find(([, other]) => standsFor(other, item));
  if (fold !== undefined)
    return applied(
      `${item.text}: forgotten for ${memory.workload.name} (${memory.feature}); ${fold[1].text} stands for it too, so the next sighting fits until that is forgotten`,
    );
  const next =
    memory.mode === 'enforce' || isSteady(memory, 'steady')
      ? 'the next sighting is told as new'
      : `it is still learning, so the next sighting goes into the digest and is learned again${item.stratum === undefined ? '' : ', or is told where its kind rests'}`;
  return applied(`${item.text}: forgotten for ${memory.workload.name} (${memory.feature}); ${next}`);
}

/** Whether an item differs from the members of a fold in its open place only, as far as the texts are kept. */
function standsFor({ fold, text }: StoredItem, item: StoredItem): boolean {
  const [before = '', after, ...more] = text.split('<*>');
  if (fold === undefined || after === undefined || more.length > 0) return false;
  return item.text.length > before.length + after.length && item.text.startsWith(before) && item.text.endsWith(after);
}

const isSteady = (memory: Memory, phase: Phase): boolean => memory.progress[phase]?.state === 'steady';
