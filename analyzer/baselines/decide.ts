import {
  type Memory,
  type Phase,
  phases,
  type Requirement,
  type Sighting,
  type StoredItem,
} from '../../shared/baseline-state.ts';
import { type Decision, type DecisionAnswer, type Order, summaryOfOrder } from '../../shared/decision.ts';
import { cappedRef, cappedText } from '../capped.ts';
import { counted } from './learning.ts';
import { emptyMemory, itemText, type Memories, type MemoryRef, refOf } from './memory.ts';
import { decideQuantity, isQuantity, resetQuantities } from './quantities/decide.ts';
import type { QuantityStore } from './quantities/store.ts';

/** What an approval keeps of who and why, in UTF-16 units; the whole of it is in the answer. */
const longestNote = 256;

export interface Deciding {
  readonly memories: Memories;
  /** Names of the features that there are. */
  readonly features: readonly string[];
  readonly quantities: QuantityStore;
  readonly needs: Requirement;
  readonly now: number;
  /** Why nothing can be decided here. */
  readonly refusal?: string;
}

interface Outcome {
  readonly result: DecisionAnswer['result'];
  readonly text: string;
}

const applied = (text: string): Outcome => ({ result: 'applied', text });
const refused = (text: string): Outcome => ({ result: 'refused', text });

/** Obeys a decision about baselines, or says why not. What it names must be there: the state may have moved on since somebody looked. */
export function decide(decision: Decision, deciding: Deciding): DecisionAnswer {
  const { id, at, host, actor, reason, order } = decision;
  const { result, text } = deciding.refusal === undefined ? obey(decision, deciding) : refused(deciding.refusal);
  const made = { at, actor, reason, order: summaryOfOrder(order) };
  return { type: 'answer', decision: id, at: deciding.now, host: cappedRef(host), result, text, made };
}

function obey(decision: Decision, deciding: Deciding): Outcome {
  const { order, host } = decision;
  if (order.feature !== undefined && isQuantity(order.feature))
    return decideQuantity(deciding.quantities, host.id, { ...order, feature: order.feature });
  switch (order.type) {
    case 'approve':
      return ofItem(decision, { order, deciding, does: approve });
    case 'forget':
      return ofItem(decision, { order, deciding, does: forget });
    case 'reset':
      return withQuantities(decision, {
        order,
        deciding,
        outcome: ofMemories(decision, { order, deciding, does: reset }),
      });
    case 'mode':
      return ofMemories(decision, { order, deciding, does: (memory, to) => setMode(memory, to, order.mode) });
    case 'import':
      return takeProfile(decision, order, deciding);
  }
}

type Of<Type extends Order['type']> = Extract<Order, { type: Type }>;

interface KnownItem {
  readonly decision: Decision;
  readonly deciding: Deciding;
  readonly memory: Memory;
  readonly key: string;
  readonly item: StoredItem;
}

function ofItem(
  decision: Decision,
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

function approve({ decision, deciding, memory, key, item }: KnownItem): Outcome {
  const { memories, now } = deciding;
  const { told: _told, holdUntil: _holdUntil, places: _places, ripeAt: _ripeAt, ...rest } = item;
  let approved: StoredItem = { ...rest, approved: approvalOf(decision, now) };
  let after: Memory = { ...memory, decided: now };
  for (const phase of phases) {
    const sighting = item[phase];
    if (sighting === undefined || sighting.as === 'learned') continue;
    approved = { ...approved, [phase]: { ...sighting, as: 'learned' } satisfies Sighting };
    // Once a phase has learned, what is told is counted as it comes.
    if (isSteady(memory, phase)) continue;
    after = counted(after, phase, { before: 0, after: sighting.count, first: sighting.first, now });
  }
  memories.setMemory(after);
  memories.setItem(key, approved);
  return applied(`${item.text}: normal for ${memory.workload.name} from now on (${memory.feature})`);
}

function forget({ deciding, memory, key, item }: KnownItem): Outcome {
  const { memories, now } = deciding;
  let after: Memory = { ...memory, decided: now };
  for (const phase of phases) {
    const sighting = item[phase];
    if (sighting?.as !== 'learned' || isSteady(memory, phase)) continue;
    after = counted(after, phase, { before: sighting.count, after: 0, first: sighting.first, now });
  }
  memories.setMemory(after);
  memories.deleteItem(refOf(memory), key);
  const next =
    memory.mode === 'enforce' || isSteady(memory, 'steady')
      ? 'the next sighting is told as new'
      : 'it is still learning, so the next sighting goes into the digest and is learned again';
  return applied(`${item.text}: forgotten for ${memory.workload.name} (${memory.feature}); ${next}`);
}

const isSteady = (memory: Memory, phase: Phase): boolean => memory.progress[phase]?.state === 'steady';

const approvalOf = ({ actor, reason }: Decision, at: number): NonNullable<StoredItem['approved']> => ({
  by: cappedText(actor.name, longestNote),
  at,
  reason: cappedText(reason, longestNote),
});

function ofMemories(
  decision: Decision,
  {
    order,
    deciding,
    does,
  }: { order: Of<'reset' | 'mode'>; deciding: Deciding; does: (memory: Memory, deciding: Deciding) => string },
): Outcome {
  const { host } = decision;
  const named = order.feature === undefined ? deciding.features : [order.feature];
  const memories = named.flatMap(
    (feature) => deciding.memories.memory({ host: host.id, workload: order.workload, feature }) ?? [],
  );
  const [first] = memories;
  if (first === undefined) return refused(unknownMemory(decision, order));
  const done = memories.map((memory) => `${memory.feature}: ${does(memory, deciding)}`);
  return applied(`${first.workload.name}: ${done.join('; ')}`);
}

/** All of a workload is its numbers too. */
function withQuantities(
  { host }: Decision,
  { order, deciding, outcome }: { order: Of<'reset'>; deciding: Deciding; outcome: Outcome },
): Outcome {
  if (order.feature !== undefined) return outcome;
  const done = resetQuantities(deciding.quantities, { host: host.id, workload: order.workload }).join('; ');
  if (done === '') return outcome;
  return applied(outcome.result === 'applied' ? `${outcome.text}; ${done}` : done);
}

/** What was seen but not yet told stays in the digest. */
function reset(memory: Memory, { memories, needs, now }: Deciding): string {
  const count = memories.items(refOf(memory)).length;
  memories.clearItems(refOf(memory));
  const { host, workload, feature, digest } = memory;
  memories.setMemory({ ...emptyMemory({ host, workload, feature }, needs, now), ...(digest && { digest }) });
  return `${count} items forgotten, learning begins anew`;
}

function setMode(memory: Memory, { memories, now }: Deciding, mode: Of<'mode'>['mode']): string {
  const { mode: before, enforcedAt: _since, ...rest } = memory;
  if (mode === 'enforce') {
    memories.setMemory({ ...rest, decided: now, mode, enforcedAt: memory.enforcedAt ?? now });
    return before === 'enforce' ? 'was enforced already' : 'enforced: nothing is learned, what is not known is high';
  }
  memories.setMemory({ ...rest, decided: now });
  releaseHeld(memories, memory, now);
  return before === 'enforce' ? 'learns by itself again' : 'learned by itself already';
}

/** What was held when enforcing began is decided as if its time had come only now. */
function releaseHeld(memories: Memories, memory: Memory, now: number): void {
  for (const [key, item] of memories.items(refOf(memory))) {
    if (phases.some((phase) => item[phase]?.as === 'held')) memories.setItem(key, { ...item, holdUntil: now });
  }
}

/** The items of a profile are known, by decision, instead of what was learned; whether that is all there is, each host learns by itself. */
function takeProfile(decision: Decision, order: Of<'import'>, deciding: Deciding): Outcome {
  const { memories, features, needs, now } = deciding;
  const { workload: id, feature, workloadName } = order;
  if (!features.includes(feature)) return refused(`there is no feature ${feature}; there are ${features.join(', ')}`);
  const ref: MemoryRef = { host: decision.host.id, workload: id, feature };
  const known = memories.memory(ref);
  memories.clearItems(ref);
  const { host, workload, digest } = known ?? {
    host: cappedRef(decision.host),
    workload: cappedRef({ id, name: workloadName }),
  };
  const mode = order.mode === 'enforce' ? { mode: order.mode, enforcedAt: now } : {};
  memories.setMemory({
    ...emptyMemory({ host, workload, feature }, needs, now),
    ...(digest && { digest }),
    ...mode,
    decided: now,
  });
  for (const { key, text, phases: in_ } of order.items) {
    const approved = { ...approvalOf(decision, now), ...(in_.includes('steady') ? {} : { startupOnly: true }) };
    const item = { host: ref.host, workload: id, feature, text: itemText(text), lineage: '', shared: true, approved };
    memories.setItem(key, item);
  }
  const then = order.mode === 'enforce' ? 'enforced' : 'what else it does is learned';
  return applied(`${workload.name} (${feature}): ${order.items.length} items of the profile are known; ${then}`);
}

const unknownMemory = (
  { host }: Decision,
  order: { readonly workload: string; readonly feature?: string | undefined },
) =>
  `the workload ${order.workload} has no baseline${order.feature === undefined ? '' : ` of ${order.feature}`} on ${host.name}`;
