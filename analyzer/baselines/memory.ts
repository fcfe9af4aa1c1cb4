import {
  baselineParts,
  isApproved,
  itemSchema,
  type Memory,
  memorySchema,
  type Phase,
  phases,
  type Requirement,
  type StoredItem,
  type StoredWorkload,
  watchedSchema,
  workloadSchema,
} from '../../shared/baseline-state.ts';
import { deriveId } from '../../shared/hash.ts';
import { keptText } from '../../shared/item-text.ts';
import { remembering } from '../memo.ts';
import { createTable, entityKey, type Handle, type Restored, type Table } from '../table.ts';
import { countsAlike, groupsOf } from './fold-places.ts';
import { createItemBytes } from './item-bytes.ts';
import { createKeys } from './keys.ts';

/**
 * Caps per partition; a memory that must give way goes with its items. A full table of items refuses nobody (a few noisy workloads would
 * mute all others): the items least worth keeping give way, wherever they are.
 */
const memoriesPerPartition = 4_096;
const itemsPerPartition = 50_000;
/** Items that one feature of one workload may hold. */
export const itemsPerMemory = 2_000;
/** Of the bytes of a workload one feature takes so much at most. */
export const featureShare = 1 / 4;
/** Features of hosts: one that gives way counts as watched from its next sighting on. */
const watchedPerPartition = 16_384;
/** A workload not seen for so long is forgotten. */
const forgetMs = 90 * 24 * 3_600_000;

/** Which memory: one feature of one workload on one host. */
export interface MemoryRef {
  readonly host: string;
  readonly workload: string;
  readonly feature: string;
}

/** The stored memories of a partition. */
export interface Memories {
  memory(ref: MemoryRef): Memory | undefined;
  setMemory(memory: Memory): void;
  item(ref: MemoryRef, key: string): StoredItem | undefined;
  setItem(key: string, item: StoredItem): void;
  deleteItem(ref: MemoryRef, key: string): void;
  /** The same of one that makes room for another: it is counted with those that gave way. */
  giveWay(ref: MemoryRef, key: string): void;
  /** Forgets all items of a memory. */
  clearItems(ref: MemoryRef): void;
  /** All items of a memory, with their keys. */
  items(ref: MemoryRef): readonly (readonly [key: string, item: StoredItem])[];
  /** The same without their keys. */
  itemValues(ref: MemoryRef): readonly StoredItem[];
  /** Items that count in a group (see fold-places.ts), and how many these are. */
  members(ref: MemoryRef, group: string): readonly (readonly [key: string, item: StoredItem])[];
  membersCount(ref: MemoryRef, group: string): number;
  /**
   * Whether a memory may take one more item: for its own number of them, and for the bytes of all items of its workload, of which one feature takes a quarter
   * at most, so that it cannot take the room of all others.
   */
  hasRoom(ref: MemoryRef, mostBytes?: number): boolean;
  setWorkload(workload: StoredWorkload): void;
  workload(host: string, id: string): StoredWorkload | undefined;
  /** When anything of the feature was seen first on the host; `now`, if that is now. */
  watchedSince(host: string, feature: string, now: number): number;
  /** Where these are kept, to be counted in place without being looked up. */
  readonly handles: {
    memory(ref: MemoryRef): Handle<Memory> | undefined;
    item(ref: MemoryRef, key: string): Handle<StoredItem> | undefined;
    watched(host: string, feature: string): Handle<unknown> | undefined;
    grown(memory: Handle<Memory>, item: Handle<StoredItem>): void;
  };
  /** What is due first: an item that is held or ripens, a digest to tell. Memories long unseen are forgotten on the way. */
  dueItem(now: number): readonly [key: string, item: StoredItem] | undefined;
  dueMemory(now: number): Memory | undefined;
  readonly tables: readonly Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>[];
}

/** An item's text as it is kept. */
export const itemText = (text: string): string => keptText(text);

/** How an item's canonical text becomes a key. */
export const itemKey: (canonical: string) => string = remembering((canonical) => deriveId(canonical), 16_384);

export function createMemories(restored: Restored): Memories {
  const keyOf = createKeysOf();
  const items = createItems(restored, keyOf, (item) => itemWorth(item, memories.get(keyOf.memory(item))));
  const forgetItems = (ref: MemoryRef): void => {
    for (const [key] of items.table.group(keyOf.memory(ref))) items.delete(key);
  };
  const memories = createTable<Memory>({
    ...restored,
    part: baselineParts.memory,
    parse: (value) => memorySchema.parse(value),
    cap: memoriesPerPartition,
    worth: memoryWorth,
    wake: (memory) => memory.digest?.wakeAt ?? (memory.decided === undefined ? memory.seen + forgetMs : undefined),
    onEvict: (_key, memory) => forgetItems(refOf(memory)),
  });
  const workloads = createTable<StoredWorkload>({
    ...restored,
    part: baselineParts.workload,
    parse: (value) => workloadSchema.parse(value),
    cap: memoriesPerPartition,
    worth: (workload) => workload.seen,
    wake: (workload) => workload.seen + forgetMs,
  });
  const watched = createWatched(restored);
  const forgetWorkloads = (now: number): void => {
    for (let due = workloads.due(now); due !== undefined; due = workloads.due(now)) workloads.delete(due[0]);
  };

  return {
    memory: (ref) => memories.get(keyOf.memory(ref)),
    setMemory: (memory) => memories.set(keyOf.memory(refOf(memory)), memory),
    item: (ref, key) => items.table.get(keyOf.item(ref, key)),
    setItem: (key, item) => items.set(keyOf.item(item, key), item),
    deleteItem: (ref, key) => items.delete(keyOf.item(ref, key)),
    giveWay: (ref, key) => items.giveWay(keyOf.item(ref, key)),
    clearItems: forgetItems,
    items: (ref) => items.table.group(keyOf.memory(ref)).map(ownKey),
    itemValues: (ref) => items.table.valuesOf(keyOf.memory(ref)),
    members: (ref, group) => items.table.group(foldKey(ref, group)).map(ownKey),
    membersCount: (ref, group) => items.table.groupSize(foldKey(ref, group)),
    hasRoom: (ref, mostBytes = Number.POSITIVE_INFINITY) =>
      items.table.groupSize(keyOf.memory(ref)) < itemsPerMemory && items.hasBytes(ref, mostBytes),
    setWorkload: (workload) => workloads.set(keyOf.workload(workload.host.id, workload.workload.id), workload),
    workload: (host, id) => workloads.get(keyOf.workload(host, id)),
    watchedSince: watched.since,
    handles: {
      memory: (ref) => memories.handle(keyOf.memory(ref)),
      item: (ref, key) => items.table.handle(keyOf.item(ref, key)),
      watched: watched.handle,
      grown(memory, item) {
        memories.grown(memory);
        items.table.grown(item);
      },
    },
    dueItem(now) {
      const due = items.table.due(now);
      return due && ownKey(due);
    },
    dueMemory(now) {
      forgetWorkloads(now);
      for (let due = memories.due(now); due !== undefined; due = memories.due(now)) {
        const [key, memory] = due;
        if (memory.digest !== undefined) return memory;
        forgetItems(refOf(memory));
        memories.delete(key);
      }
      return undefined;
    },
    tables: [workloads, memories, items.counted, watched.table],
  };
}

/** The items of a partition, and how many bytes those of each workload take. */
function createItems(restored: Restored, keyOf: ReturnType<typeof createKeysOf>, worth: (item: StoredItem) => number) {
  const table = createTable<StoredItem>({
    ...restored,
    part: baselineParts.item,
    parse: (value) => itemSchema.parse(value),
    cap: itemsPerPartition,
    worth,
    groups: (item) => [keyOf.memory(item), ...groupsOf(item).map((group) => foldKey(item, group))],
    sameGroups: countsAlike,
    wake: (item) => item.holdUntil ?? item.ripeAt,
    onEvict: (key, item) => bytes.changed(key, item, undefined),
  });
  const bytes = createItemBytes(table.all());
  let gaveWay = 0;
  const drop = (key: string): void => {
    bytes.changed(key, table.get(key), undefined);
    table.delete(key);
  };
  return {
    table,
    counted: {
      takeChanges: table.takeChanges,
      next: table.next,
      takeEvicted(): number {
        const count = gaveWay + table.takeEvicted();
        gaveWay = 0;
        return count;
      },
    },
    set(key: string, item: StoredItem): void {
      bytes.changed(key, table.get(key), item);
      table.set(key, item);
    },
    delete: drop,
    giveWay(key: string): void {
      gaveWay += 1;
      drop(key);
    },
    hasBytes: (ref: MemoryRef, most: number): boolean =>
      bytes.of(ref) < most && bytes.ofFeature(ref) < most * featureShare,
  };
}

/** Since when each host is watched for each feature. */
function createWatched(restored: Restored) {
  const table = createTable<{ readonly since: number }>({
    ...restored,
    part: baselineParts.watched,
    parse: (value) => watchedSchema.parse(value),
    cap: watchedPerPartition,
    worth: ({ since }) => since,
  });
  const keys = createKeys((host, feature) => entityKey(host, baselineParts.watched, feature));
  const keyOf = (host: string, feature: string): string => keys.of(host, feature, '');
  return {
    table,
    handle: (host: string, feature: string) => table.handle(keyOf(host, feature)),
    since(host: string, feature: string, now: number): number {
      const key = keyOf(host, feature);
      const known = table.get(key);
      if (known === undefined) table.set(key, { since: now });
      return known?.since ?? now;
    },
  };
}

export const refOf = (memory: Memory): MemoryRef => ({
  host: memory.host.id,
  workload: memory.workload.id,
  feature: memory.feature,
});

/** A memory that has learned nothing yet. */
export const emptyMemory = (
  of: Pick<Memory, 'host' | 'workload' | 'feature'>,
  needs: Requirement,
  now: number,
): Memory => ({ ...of, since: now, seen: now, progress: {}, needs });

/** Whether an item is known in a phase. What is normal at any time is normal at the start too; the reverse does not hold. */
export const isKnown = (item: StoredItem | undefined, phase: Phase): boolean =>
  isApproved(item, phase) || item?.[phase]?.as === 'learned' || (phase === 'startup' && item?.steady?.as === 'learned');
/** Above all record times: a higher rank counts for more than any time. */
const rankStep = 2 ** 50;

/** What somebody decided is worth more than what was learned, and that more than what still learns. */
function memoryWorth({ decided, progress, seen }: Memory): number {
  if (decided !== undefined) return seen + rankStep;
  return progress.steady?.state === 'steady' ? seen : seen - rankStep;
}

/**
 * What somebody approved is worth most, then what is judged by: learned items of a phase that has ended. What was seen once while its memory still learns is worth least,
 * because that is what a flood is made of. Within a rank the one not seen for longest goes first.
 */
function itemWorth(item: StoredItem, memory: Memory | undefined): number {
  const seen = phases.flatMap((phase) => item[phase] ?? []);
  const isJudgedBy = phases.some(
    (phase) => item[phase]?.as === 'learned' && memory?.progress[phase]?.state === 'steady',
  );
  const isSeenOnce = item.told === undefined && seen.reduce((sum, { count }) => sum + count, 0) <= 1;
  const rank = item.approved !== undefined ? 3 : isJudgedBy ? 2 : Number(!isSeenOnce);
  return rank * rankStep + Math.max(0, ...seen.map(({ last }) => last));
}

const workloadKey = (host: string, id: string): string => entityKey(host, baselineParts.workload, id);

const memoryKey = (host: string, workload: string, feature: string): string =>
  entityKey(host, baselineParts.memory, workload, feature);

/** Keys in the tables of memories, items and workloads. */
function createKeysOf() {
  const keys = createKeys(memoryKey, itemsKey);
  const workloads = createKeys(workloadKey);
  return {
    memory: ({ host, workload, feature }: MemoryRef): string => keys.of(host, workload, feature),
    item: ({ host, workload, feature }: MemoryRef, key: string): string => keys.part(host, workload, feature, key),
    workload: (host: string, id: string): string => workloads.of(host, id, ''),
  };
}

const foldKey = ({ host, workload, feature }: MemoryRef, group: string): string =>
  entityKey(host, 'fold', workload, feature, group);

const ownKey = ([key, item]: readonly [string, StoredItem]): readonly [string, StoredItem] => [
  key.slice(key.lastIndexOf('/') + 1),
  item,
];

const itemsKey = (host: string, workload: string, feature: string, key: string): string =>
  entityKey(host, baselineParts.item, workload, feature, key);
