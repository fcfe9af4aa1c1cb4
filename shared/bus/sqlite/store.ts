import { UserError } from '../../errors.ts';
import type { SqliteDatabase } from '../../sqlite/open.ts';
import { partitionOf } from '../murmur2.ts';
import type { BusRecord, NewRecord, PartitionBounds } from '../port.ts';
import type { StoredTopic } from './schema.ts';

/** The log in one SQLite file. All calls are synchronous; the writing ones are meant to run inside `transaction`. */
export interface Store {
  topic(name: string): StoredTopic;
  /** Runs in one write transaction: all of it becomes visible, or nothing. */
  transaction<T>(work: () => T): T;
  append(topic: StoredTopic, records: readonly NewRecord[], now: number): void;
  /** At most `limit` records of a partition from an offset on, oldest first. */
  page(topic: StoredTopic, from: { partition: number; offset: number }, limit: number): BusRecord[];
  bounds(topic: StoredTopic, partition: number): PartitionBounds;
  /** Offset of the first record logged at or after a time; the end when there is none. */
  offsetAt(topic: StoredTopic, partition: number, logged: number): number;
}

interface LogRow {
  next: number;
  oldest: number;
  logged: number;
  bytes: number;
}

interface RecordRow {
  off: number;
  key: string;
  value: string | null;
  headers: string | null;
  at: number;
  logged: number;
}

/** What a record costs beside its texts, for retention by size. */
const recordOverhead = 40;

export const recordBytes = (record: { key: string; value: string | null; headers: string | null }): number =>
  record.key.length + (record.value?.length ?? 0) + (record.headers?.length ?? 0) + recordOverhead;

export function createStore(database: SqliteDatabase, topics: ReadonlyMap<string, StoredTopic>): Store {
  const logRow = database.prepare<[number, number], LogRow>(
    'SELECT next, oldest, logged, bytes FROM log WHERE topic = ? AND part = ?',
  );
  const logged = database.prepare<[number, number, number], { off: number; logged: number }>(
    'SELECT off, logged FROM record WHERE topic = ? AND part = ? AND off >= ? ORDER BY off LIMIT 1',
  );
  const page = database.prepare<[number, number, number, number], RecordRow>(
    'SELECT off, key, value, headers, at, logged FROM record WHERE topic = ? AND part = ? AND off >= ? ORDER BY off LIMIT ?',
  );
  const appendTo = appender(database);

  const boundsOf = (topic: StoredTopic, partition: number): PartitionBounds => {
    const row = logRow.get(topic.id, partition);
    return { partition, oldest: row?.oldest ?? 0, end: row?.next ?? 0 };
  };

  return {
    topic: (name) => {
      const topic = topics.get(name);
      if (topic === undefined)
        throw new UserError(`there is no topic ${name}`, { fix: 'name it when the bus is opened' });
      return topic;
    },
    transaction: (work) => database.transaction(work).immediate(),
    append: (topic, records, now) => {
      for (const [partition, ofPartition] of byPartition(topic, records)) {
        const row = logRow.get(topic.id, partition);
        if (row !== undefined) appendTo(topic, { partition, ...row }, ofPartition, now);
      }
    },
    page: (topic, { partition, offset }, limit) =>
      page.all(topic.id, partition, offset, limit).map((row) => toRecord(topic.name, partition, row)),
    bounds: boundsOf,
    offsetAt: (topic, partition, time) => {
      const { oldest, end } = boundsOf(topic, partition);
      // `logged` never decreases in a partition, so halving finds it; compaction leaves holes, hence "at or after the middle".
      let [low, high] = [oldest, end];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const row = logged.get(topic.id, partition, middle);
        if (row === undefined || row.logged >= time) high = middle;
        else low = row.off + 1;
      }
      return low;
    },
  };
}

type Appender = (
  topic: StoredTopic,
  log: LogRow & { partition: number },
  records: readonly NewRecord[],
  now: number,
) => void;

function appender(database: SqliteDatabase): Appender {
  const insert = database.prepare(
    'INSERT INTO record (topic, part, off, key, value, headers, at, logged) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const advance = database.prepare('UPDATE log SET next = ?, logged = ?, bytes = ? WHERE topic = ? AND part = ?');
  const supersede = keepLatest(database);
  return (topic, log, records, now) => {
    const loggedAt = Math.max(log.logged, Math.trunc(now));
    let { next, bytes } = log;
    for (const { key, value, headers, at } of records) {
      const headerText = headers === undefined ? null : JSON.stringify(headers);
      if (topic.compact) bytes -= supersede(topic, log.partition, { key, offset: next });
      insert.run(topic.id, log.partition, next, key, value, headerText, at, loggedAt);
      bytes += recordBytes({ key, value, headers: headerText });
      next += 1;
    }
    advance.run(next, loggedAt, bytes, topic.id, log.partition);
  };
}

/** Removes the record that a new one of the same key replaces; returns the bytes that frees. */
function keepLatest(database: SqliteDatabase) {
  const find = database.prepare<[number, number, string], { off: number }>(
    'SELECT off FROM latest WHERE topic = ? AND part = ? AND key = ?',
  );
  const set = database.prepare(
    'INSERT INTO latest (topic, part, key, off) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET off = excluded.off',
  );
  const remove = database.prepare<
    [number, number, number],
    { key: string; value: string | null; headers: string | null }
  >('DELETE FROM record WHERE topic = ? AND part = ? AND off = ? RETURNING key, value, headers');
  return (topic: StoredTopic, partition: number, { key, offset }: { key: string; offset: number }): number => {
    const old = find.get(topic.id, partition, key);
    set.run(topic.id, partition, key, offset);
    const removed = old === undefined ? undefined : remove.get(topic.id, partition, old.off);
    return removed === undefined ? 0 : recordBytes(removed);
  };
}

function byPartition(topic: StoredTopic, records: readonly NewRecord[]): ReadonlyMap<number, NewRecord[]> {
  const parts = new Map<number, NewRecord[]>();
  for (const record of records) {
    const partition = record.partition ?? partitionOf(record.key, topic.partitions);
    if (partition < 0 || partition >= topic.partitions) {
      throw new RangeError(`topic ${topic.name} has partitions 0 to ${topic.partitions - 1}, not ${partition}`);
    }
    const part = parts.get(partition);
    if (part === undefined) parts.set(partition, [record]);
    else part.push(record);
  }
  return parts;
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

function toRecord(topic: string, partition: number, row: RecordRow): BusRecord {
  return {
    topic,
    partition,
    offset: row.off,
    key: row.key,
    value: row.value,
    // Written by append from a record of strings.
    headers: row.headers === null ? noHeaders : (JSON.parse(row.headers) as Record<string, string>),
    at: row.at,
    logged: row.logged,
  };
}
