import { type Memory, type Phase, phases, type StoredItem } from '../../shared/baseline-state.ts';
import { mostParts } from './combine.ts';
import type { Feature } from './feature.ts';
import { isLearning } from './learning.ts';
import { type Memories, refOf } from './memory.ts';
import type { StoredSight } from './sight.ts';

/** An item that is held, as one replica alone showed it. */
interface Held {
  readonly feature: Feature;
  readonly memory: Memory;
  readonly phase: Phase;
  readonly key: string;
  readonly item: StoredItem;
}

/** Such an item as if it had been seen just now, and the memory that it is of. */
export interface HeldSight {
  readonly memory: Memory;
  readonly sight: StoredSight & { readonly stored: StoredItem };
}

/**
 * What else the replica alone showed while learning, of whatever feature, that shows one thing of it again: a leader does a dozen things that its siblings do
 * not, and that is one thing to decide, not a dozen. Where learning goes on, what chance explains is not among it: another one may show it yet. The oldest
 * first, in an order that does not depend on how they are stored; what is more than a finding has parts is told with the next of them.
 */
export function heldWith(memories: Memories, memory: Memory, sight: StoredSight): readonly HeldSight[] {
  if (sight.stored?.alone !== true || sight.stored.lineage !== sight.lineage) return [];
  const firstOf = ({ phase, item }: Held): number => item[phase]?.first ?? 0;
  return sight.features
    .flatMap((feature) => heldOf(memories, { memory, feature }, sight))
    .toSorted((a, b) => firstOf(a) - firstOf(b) || (idOf(a) < idOf(b) ? -1 : 1))
    .slice(0, mostParts - 1)
    .map((held) => ({ memory: held.memory, sight: sightOf(held, sight) }));
}

/** Those of one feature of the same workload. */
function heldOf(
  memories: Memories,
  { memory: { host, workload }, feature }: { readonly memory: Memory; readonly feature: Feature },
  sight: StoredSight,
): readonly Held[] {
  const memory = memories.memory({ host: host.id, workload: workload.id, feature: feature.name });
  if (memory === undefined) return [];
  const isOwn = feature.name === sight.feature.name;
  return memories.items(refOf(memory)).flatMap(([key, item]) => {
    if (item.alone !== true || item.lineage !== sight.lineage || (isOwn && key === sight.key)) return [];
    const phase = phases.find((one) => item[one]?.as === 'held' && (!isLearning(memory, one) || sight.denies(item)));
    return phase === undefined ? [] : [{ feature, memory, phase, key, item }];
  });
}

const idOf = ({ feature, key }: Held): string => `${feature.name}/${key}`;

const sightOf = ({ feature, phase, key, item }: Held, sight: StoredSight): HeldSight['sight'] => ({
  ...sight,
  feature,
  phase,
  key,
  stored: item,
  item: { key, text: item.text, fields: {}, ...(item.stratum === undefined ? {} : { stratum: item.stratum }) },
});
