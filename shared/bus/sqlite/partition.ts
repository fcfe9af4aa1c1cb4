import { setImmediate as immediate } from 'node:timers/promises';
import { UnavailableError } from '../../errors.ts';
import type { BusGap, BusRecord, NewRecord } from '../port.ts';
import type { OwnedPartition, PartitionCommit, Taken } from '../stage-runner.ts';
import { asUnavailable, type Store } from './store.ts';

export interface PartitionOptions {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly stateTopic: string | undefined;
  /** What the position must still say when we commit. */
  readonly epoch: number;
  readonly signal: AbortSignal;
}

/** A partition that was taken in this epoch. Its position moves only while the epoch stands (compare-and-set). */
export function openPartition(store: Store, options: PartitionOptions): OwnedPartition {
  const { database, table, reader, wakeups } = store;
  const { group, topic, partition, stateTopic, epoch, signal } = options;
  const log = table.logOf(table.topic(topic), partition);
  const place = { topic, partition };
  const position = database
    .prepare<[string, number, number], number>(
      'SELECT offset FROM positions WHERE "group" = ? AND log = ? AND epoch = ?',
    )
    .pluck();
  const move = database.prepare<[number, string, number, number]>(
    'UPDATE positions SET offset = ? WHERE "group" = ? AND log = ? AND epoch = ?',
  );
  let offset: number | undefined;
  let taken: readonly BusRecord[] = [];

  // In one read, or retention could remove records between asking for the oldest offset and reading the page: a gap that nobody tells.
  const look = (size: number): Taken => store.read(() => lookNow(size));
  const lookNow = (size: number): Taken => {
    offset ??= position.get(group, log, epoch);
    if (offset === undefined) throw fenced(options);
    const { oldest, end } = table.state(log);
    const from = Math.max(offset, oldest);
    taken = reader.page(place, { from, to: end, size });
    const gap: BusGap | undefined = offset < oldest ? { ...place, from: offset, to: oldest } : undefined;
    return { records: taken, lag: end - from, ...(gap ? { gap } : {}) };
  };

  const positionAfter = (done: number): number | undefined =>
    taken[done]?.offset ?? following(taken[done - 1]) ?? offset;

  const write = ({ outputs, state, done }: PartitionCommit): readonly string[] =>
    store.write((writer) => {
      const next = positionAfter(done);
      if (next === undefined || move.run(next, group, log, epoch).changes !== 1) throw fenced(options);
      const topics = new Map<string, NewRecord[]>();
      for (const output of outputs) recordsFor(topics, output.topic).push(output.record);
      const at = Math.floor(store.clock());
      if (stateTopic !== undefined)
        for (const { key, value } of state) recordsFor(topics, stateTopic).push({ key, value, at, partition });
      for (const [name, records] of topics) writer.append(name, records);
      offset = next;
      return [...topics.keys()];
    });

  return {
    restore: () => Promise.resolve(restored(store, { topic: stateTopic, partition })),
    async take(size, waitMs) {
      // The database answers at once, so without this a backlog would keep timers and sockets waiting until it is done.
      await immediate();
      const found = look(size);
      if (found.records.length > 0 || waitMs <= 0) return found;
      await wakeups.wait(topic, waitMs, signal);
      return look(size);
    },
    async commit(commit) {
      const before = offset;
      try {
        store.appended(write(commit));
      } catch (error) {
        offset = before;
        throw asUnavailable(error);
      }
    },
  };
}

const following = (record: BusRecord | undefined): number | undefined => (record ? record.offset + 1 : undefined);

const fenced = ({ group, topic, partition }: PartitionOptions): Error =>
  new UnavailableError(`${topic}/${partition} of group ${group} was taken over by another instance`);

function recordsFor(topics: Map<string, NewRecord[]>, topic: string): NewRecord[] {
  const records = topics.get(topic) ?? [];
  topics.set(topic, records);
  return records;
}

const restorePage = 1_000;

function restored(
  { table, reader }: Store,
  { topic, partition }: { topic: string | undefined; partition: number },
): ReadonlyMap<string, string> {
  const state = new Map<string, string>();
  if (topic === undefined) return state;
  const { oldest, end } = table.state(table.logOf(table.topic(topic), partition));
  // The partition is ours, so nobody else writes its state meanwhile: pages need no common read.
  for (let from = oldest; from < end; ) {
    const records = reader.page({ topic, partition }, { from, to: end, size: restorePage });
    for (const { key, value } of records) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    from = following(records.at(-1)) ?? end;
  }
  return state;
}
