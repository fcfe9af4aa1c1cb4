import type { Observation } from '../../shared/observation.ts';
import { createTable, entityKey, type Restored, type Table } from '../table.ts';
import { type Container, containerFrom, containerSchema, pendingMs, predecessorOf, wakeOf } from './lineage.ts';

/** So many containers are remembered per partition; those that ended go first, then those not seen for longest. */
const containersPerPartition = 8_192;

/** The containers of a partition's hosts, each with its lineage. */
export interface Containers {
  get(host: string, id: string | undefined): Container | undefined;
  set(container: Container): void;
  delete(container: Container): void;
  /** Notes a snapshot: a container seen for the first time continues the lineage of one that ended, waits for one that lives, or begins its own. */
  note(observation: Observation, now: number): Container | undefined;
  due(now: number): Container | undefined;
  /** The containers that had to give way since the last call. */
  takeForgotten(): readonly Container[];
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createContainers(restored: Restored): Containers {
  let forgotten: Container[] = [];
  const table = createTable<Container>({
    ...restored,
    part: 'container',
    parse: (value) => containerSchema.parse(value),
    cap: containersPerPartition,
    // Ended ones count as older than any that lives: record times are below 2^53, so half of one is an order of its own.
    worth: (container) => (container.endedAt === undefined ? container.seen : container.seen - Number.MAX_SAFE_INTEGER),
    groups: slotsOf,
    wake: wakeOf,
    onEvict: (_key, container) => forgotten.push(container),
  });
  const get = (host: string, id: string | undefined): Container | undefined =>
    id === undefined ? undefined : table.get(keyOf(host, id));
  const set = (container: Container): void => table.set(keyOf(container.host.id, container.id), container);

  const place = (fresh: Container, now: number): Container => {
    const inSlot = slotsOf(fresh).flatMap((slot) => table.group(slot).map(([, container]) => container));
    const predecessor = predecessorOf(fresh, inSlot);
    if (predecessor === undefined) return fresh;
    if (predecessor.endedAt !== undefined) {
      set({ ...predecessor, successor: fresh.id });
      return { ...fresh, lineage: predecessor.lineage, predecessor: predecessor.id };
    }
    // Already gone itself: it cannot be what the living one is replaced by.
    if (fresh.endedAt !== undefined) return fresh;
    set({ ...predecessor, successor: fresh.id });
    return { ...fresh, predecessor: predecessor.id, pendingUntil: now + pendingMs };
  };

  return {
    get,
    set,
    delete: (container) => table.delete(keyOf(container.host.id, container.id)),
    note(observation, now) {
      const fresh = containerFrom(observation, now);
      if (fresh === undefined) return undefined;
      const known = get(fresh.host.id, fresh.id);
      const container =
        known?.configHash === undefined ? place({ ...fresh, ...endOf(known) }, now) : seenAgain(known, fresh);
      if (container !== known) set(container);
      return container;
    },
    due: (now) => table.due(now)?.[1],
    takeForgotten() {
      const taken = forgotten;
      forgotten = [];
      return taken;
    },
    table,
  };
}

/** Containers are looked up by the slots they may replace each other in, so that a new one costs the same however many there are. */
const slotsOf = ({ host, name, place }: Container): readonly string[] => [
  JSON.stringify([host.id, 'name', name]),
  ...(place === undefined ? [] : [JSON.stringify([host.id, 'place', place])]),
];

const keyOf = (host: string, id: string): string => entityKey(host, 'container', id);

/** What is kept of a container that was heard to end before its first snapshot came. */
const endOf = (known: Container | undefined): Partial<Container> =>
  known?.endedAt === undefined
    ? {}
    : {
        endedAt: known.endedAt,
        ...(known.holdUntil === undefined ? {} : { holdUntil: known.holdUntil }),
        ...(known.forgetAt === undefined ? {} : { forgetAt: known.forgetAt }),
      };

/** Its slot stays that of its creation; its configuration may have been updated. */
function seenAgain(known: Container, fresh: Container): Container {
  const isSame = known.configHash === fresh.configHash && known.seen === fresh.seen;
  return isSame
    ? known
    : { ...known, seen: fresh.seen, ...(fresh.configHash === undefined ? {} : { configHash: fresh.configHash }) };
}
