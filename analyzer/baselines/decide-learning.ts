import { type Memory, phases } from '../../shared/baseline-state.ts';
import type { BaselineDecision } from '../../shared/decision.ts';
import type { Done } from '../../shared/decision-done.ts';
import { cappedRef } from '../capped.ts';
import { calledAs, concerns, unconcerned } from './concerns.ts';
import {
  applied,
  appliedTo,
  approvalOf,
  type Deciding,
  type Of,
  type Outcome,
  refused,
  unknownMemory,
} from './deciding.ts';
import { features as allFeatures } from './features/index.ts';
import { emptyMemory, itemText, type Memories, type MemoryRef, refOf } from './memory.ts';

/** Does something to the memories of one feature of a workload, or of all. */
export function ofMemories(
  decision: BaselineDecision,
  {
    order,
    deciding,
    does,
  }: {
    order: Of<'reset' | 'mode'>;
    deciding: Deciding;
    does: (memory: Memory, deciding: Deciding) => Omit<Done, 'feature'>;
  },
): Outcome {
  const all = memoriesOf(decision, order.workload, deciding);
  const [first] = all;
  const wanted = order.type === 'mode' && order.mode === 'enforce' ? withUnseen(all, deciding) : all;
  const named = wanted.filter(({ feature }) => order.feature === undefined || feature === order.feature);
  if (first === undefined || named.length === 0) return refused(unknownMemory(decision, order));
  const done = named.map((memory) => ({ feature: memory.feature, ...does(memory, deciding) }));
  return appliedTo(first.workload.name, done);
}

const memoriesOf = (
  { host }: BaselineDecision,
  workload: string,
  { memories, features }: Deciding,
): readonly Memory[] => features.flatMap((feature) => memories.memory({ host: host.id, workload, feature }) ?? []);

/** What a workload never showed is enforced too: otherwise its first time would be learned. */
function withUnseen(known: readonly Memory[], { features, needs, now }: Deciding): readonly Memory[] {
  const [first] = known;
  if (first === undefined) return [];
  const { host, workload } = first;
  const own = features.filter((name) => concerns(featureOf(name) ?? {}, workload));
  return own.map(
    (feature) =>
      known.find((memory) => memory.feature === feature) ?? emptyMemory({ host, workload, feature }, needs, now),
  );
}

/** What was seen but not yet told stays in the digest. */
export function reset(memory: Memory, { memories, needs, now }: Deciding): Omit<Done, 'feature'> {
  const count = memories.items(refOf(memory)).length;
  memories.clearItems(refOf(memory));
  const { host, workload, feature, digest } = memory;
  memories.setMemory({ ...emptyMemory({ host, workload, feature }, needs, now), ...(digest && { digest }) });
  return { text: 'learning begins anew', forgotten: count };
}

/** Whether a memory goes on learning. */
export function setMode(memory: Memory, deciding: Deciding, mode: Of<'mode'>['mode']): Omit<Done, 'feature'> {
  return { text: inMode(memory, deciding, mode) };
}

function inMode(memory: Memory, { memories, now }: Deciding, mode: Of<'mode'>['mode']): string {
  const { mode: before, enforcedAt: _since, ...rest } = memory;
  if (mode === 'enforce') {
    memories.setMemory({ ...rest, decided: now, mode, enforcedAt: memory.enforcedAt ?? now });
    return before === 'enforce' ? 'was enforced already' : 'enforced: nothing is learned, what is not known is high';
  }
  if (before !== 'enforce') return 'learned by itself already';
  memories.setMemory({ ...rest, decided: now });
  releaseHeld(memories, memory, now);
  return 'learns by itself again';
}

/** What was held when enforcing began is decided as if its time had come only now. */
function releaseHeld(memories: Memories, memory: Memory, now: number): void {
  for (const [key, item] of memories.items(refOf(memory))) {
    if (phases.some((phase) => item[phase]?.as === 'held')) memories.setItem(key, { ...item, holdUntil: now });
  }
}

const featureOf = (name: string) => allFeatures.find((feature) => feature.name === name);

/**
 * The items of a profile are known, by decision, instead of what was learned, also of a workload that was not seen yet, so that it is pinned
 * before it first runs; whether that is all there is, each host learns by itself.
 */
export function takeProfile(decision: BaselineDecision, order: Of<'import'>, deciding: Deciding): Outcome {
  const { memories, features, needs, now } = deciding;
  const { workload: id, feature, workloadName } = order;
  if (!features.includes(feature)) return refused(`there is no feature ${feature}; there are ${features.join(', ')}`);
  const ref: MemoryRef = { host: decision.host.id, workload: id, feature };
  const known = memories.memory(ref);
  const { host, workload, digest } = known ?? {
    host: cappedRef(decision.host),
    workload: cappedRef(calledAs({ id, name: workloadName }, decision.host)),
  };
  const refusal = unconcerned({ name: feature, ...featureOf(feature) }, workload);
  if (refusal !== undefined) return refused(refusal);
  memories.clearItems(ref);
  const mode = order.mode === 'enforce' ? { mode: order.mode, enforcedAt: now } : {};
  // What it may end with comes from the profile, too: nothing more is learned where it is enforced.
  const endings = featureOf(feature)?.endings?.of(order.items.map(({ text }) => text)) ?? [];
  memories.setMemory({
    ...emptyMemory({ host, workload, feature }, needs, now),
    ...(digest && { digest }),
    ...(endings.length > 0 && { endings: [...endings] }),
    ...mode,
    decided: now,
  });
  for (const { key, text, phases: in_ } of order.items) {
    const approved = { ...approvalOf(decision, now), ...(in_.includes('steady') ? {} : { startupOnly: true }) };
    const item = { host: ref.host, workload: id, feature, text: itemText(text), lineage: '', shared: true, approved };
    memories.setItem(key, item);
  }
  const count = order.items.length;
  const then = order.mode === 'enforce' ? 'enforced' : 'what else it does is learned';
  return applied(
    `${workload.name} (${feature}): ${count === 1 ? '1 item of the profile is' : `${count} items of the profile are`} known; ${then}`,
  );
}
