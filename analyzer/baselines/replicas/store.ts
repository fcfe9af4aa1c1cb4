import type { StoredItem } from '../../../shared/baseline-state.ts';
import { deriveId } from '../../../shared/hash.ts';
import type { Observation } from '../../../shared/observation.ts';
import { createTable, entityKey, type Restored, type Table } from '../../table.ts';
import { createKeys } from '../keys.ts';
import { type Compared, compared, type Seen } from './compare.ts';
import { deniedBy, fewestForItems, isOfOne } from './items.ts';
import { fewestReplicas, isAlive, type Replica, replicaSchema, type Siblings } from './replica.ts';

const replicasPerPartition = 8_192;
/** Of one kind so many are remembered; those that come later are compared with nobody. */
const mostSiblings = 64;
/** A container that showed nothing for so long counts as gone (record time). */
const silentMs = 3_600_000;
/** Of one that goes on showing things that is written so often. */
const writtenMs = 300_000;

/** The live containers of each workload, as far as they can be siblings. */
export interface Replicas {
  /** Takes what an observation says of its container; its replica where there are enough siblings to compare it with. */
  note(observation: Observation, now: number): Replica | undefined;
  /** Whether the siblings of its container deny an item that it alone shows; two are enough. */
  denies(observation: Observation, item: StoredItem): boolean;
  /** Whether it is alive with siblings, and one of them alone showed an item, so often that this is hardly chance. */
  isAlone(observation: Observation, item: StoredItem): boolean;
  /** Compares what it showed with what its siblings did. */
  compare(replica: Replica, seen: Seen): readonly Compared[];
  /** Drops those that showed nothing for long. */
  settle(now: number): void;
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createReplicas(restored: Restored): Replicas {
  const keys = createKeys((host, container) => entityKey(host, 'replica', container));
  const groups = createKeys((host, workload, kind) => entityKey(host, 'siblings', workload, kind));
  const kinds = createKeys((image, configuration) => deriveId(image, configuration));
  const keyOf = ({ host, container }: Pick<Replica, 'host' | 'container'>): string => keys.of(host, container, '');
  const groupOf = ({ host, workload, kind }: Replica): string => groups.of(host, workload, kind);
  const table = createTable<Replica>({
    ...restored,
    part: 'replica',
    parse: (value) => replicaSchema.parse(value),
    cap: replicasPerPartition,
    worth: ({ seen }) => seen,
    groups: (replica) => [groupOf(replica)],
    sameGroups: (before, after) => before.workload === after.workload && before.kind === after.kind,
    wake: ({ seen }) => seen + silentMs,
  });
  const siblingsOf = (replica: Replica): Siblings => table.group(groupOf(replica)).map(([, one]) => one);
  return {
    note(observation, now) {
      const { host, workload, container } = observation;
      if (workload === undefined || container === undefined) return undefined;
      const key = keyOf({ host: host.id, container: container.id });
      const alive = isAlive(observation);
      if (alive === false) table.delete(key);
      // What siblings have in common; nobody's sibling while the sensor does not know its configuration.
      if (alive !== true || container.config_hash === undefined) return undefined;
      const kind = kinds.of(container.image.id, container.config_hash, '');
      const known = table.get(key);
      const replica = current(known, { host: host.id, workload: workload.id, container: container.id, kind, now });
      const group = groupOf(replica);
      if (replica !== known) {
        if (known?.kind !== kind && table.groupSize(group) >= mostSiblings) return undefined;
        table.set(key, replica);
      }
      return table.groupSize(group) >= fewestReplicas ? replica : undefined;
    },
    denies({ host, container }, item) {
      const replica = container && table.get(keyOf({ host: host.id, container: container.id }));
      return replica !== undefined && deniedBy(item, () => siblingsOf(replica), fewestForItems) !== undefined;
    },
    isAlone({ host, container }, item) {
      const replica = container && table.get(keyOf({ host: host.id, container: container.id }));
      return replica !== undefined && isOfOne(item, () => siblingsOf(replica));
    },
    compare(replica, seen) {
      if (seen.shown.length === 0 && seen.read.length === 0) return none;
      const [after, outcomes] = compared(replica, () => siblingsOf(replica), seen);
      // A slot that grew is the same one, and must be written all the same.
      if (after !== replica || seen.read.length > 0) table.set(keyOf(replica), after);
      return outcomes;
    },
    settle(now) {
      for (let due = table.due(now); due !== undefined; due = table.due(now)) table.delete(due[0]);
    },
    table,
  };
}

const none: readonly Compared[] = [];

/** An update of a running container makes it another one's sibling, or nobody's. */
function current(
  known: Replica | undefined,
  seen: Pick<Replica, 'host' | 'workload' | 'container' | 'kind'> & { readonly now: number },
): Replica {
  const { now } = seen;
  if (known === undefined || known.kind !== seen.kind || known.workload !== seen.workload) {
    const { host, workload, container, kind } = seen;
    return { host, workload, container, kind, since: now, seen: now, over: [], runs: {} };
  }
  return now - known.seen < writtenMs ? known : { ...known, seen: now };
}
