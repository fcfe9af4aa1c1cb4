import type { NewRecord } from '../../shared/bus/port.ts';
import { topic as topics } from '../../shared/bus/topics.ts';
import { UnavailableError } from '../../shared/errors.ts';
import type { SqliteDatabase } from '../../shared/sqlite/open.ts';
import { encodeGap, isGap as isGapRecord, type Lost } from './expired.ts';
import { type Brief, type GapRow, prepareStatements, type Row, type Statements } from './statements.ts';

export interface SpoolStoreOptions {
  readonly database: SqliteDatabase;
  /** Most that may wait: bytes of keys, values and headers, and what a row costs beside them. */
  readonly bytes: number;
  /** Bytes that are free on the disk. */
  room(): number;
  /** Of a new file: numbers begin behind this one (default 0). */
  readonly after?: number;
}

/** Records that wait on disk, in the order in which they were put, and a copy of the collector's own state. One user at a time. */
export interface SpoolStore {
  /**
   * Resolves nothing later: when it returns, the records survive the process. With `latest` a record takes the place of the one of its key
   * that waits, at the end: state never stands before what it rests on.
   * @throws UnavailableError when it is full, and what SQLite throws (a full disk). State has no limit: there is one record of a key.
   */
  put(
    topic: string,
    records: readonly NewRecord[],
    options: { readonly at: number; readonly latest: boolean },
  ): Waiting;
  /** The first records, all of one topic; undefined: nothing waits. */
  head(limits: { readonly records: number; readonly bytes: number }): Head | undefined;
  /** These are durable elsewhere. @returns how many they were */
  remove(upTo: number): number;
  /**
   * Removes what was put before a time and stands behind `after`, state left out; one gap observation stays in its place. So much at a
   * time that nobody waits for it; the next call goes on.
   * @returns how many records it removed
   */
  expire(before: number, after: number): number;
  /** Keeps a copy of state that was or will be written; null removes. */
  remember(records: readonly Pick<NewRecord, 'key' | 'value'>[]): void;
  /** The copy: the latest value of each key. */
  remembered(): ReadonlyMap<string, string>;
  /** Records of a topic that wait, oldest first. */
  waiting(topic: string): readonly Pick<NewRecord, 'key' | 'value'>[];
  /** Counted along: asks no disk, and never throws. */
  size(): SpoolSize;
  /** When the oldest was put, ms. */
  oldest(): number | undefined;
  /** No log takes this record: the gap that tells so stands in its place. A gap that is refused itself is removed. Needs no room. */
  refuse(seq: number): void;
  close(): void;
}

export interface Waiting {
  /** Number of the last record put. */
  readonly upTo: number;
}

export interface Head {
  readonly topic: string;
  readonly records: readonly NewRecord[];
  readonly upTo: number;
}

export interface SpoolSize {
  readonly records: number;
  readonly bytes: number;
}

/** What a row and its place in the table take beside its texts. */
const rowBytes = 64;
const mostExpiring = 1_000;
/**
 * So much of the disk is left free. SQLite needs room to take records out again: its write-ahead log, 4 MB before it is written back, and as
 * much in the file. And a watch that takes a host's last bytes does harm of its own.
 */
const keptFree = 16 * 1_048_576;

export function createSpoolStore({ database, bytes: most, room, after = 0 }: SpoolStoreOptions): SpoolStore {
  const rows = prepareStatements(database, after);
  // Counted along: the sum over many rows would cost more than the work itself.
  let size: SpoolSize = rows.size();
  const freed = (removed: readonly { readonly bytes: number }[]): void => {
    const bytes = removed.reduce((total, row) => total + row.bytes, 0);
    size = { records: size.records - removed.length, bytes: size.bytes - bytes };
  };

  const put = database.transaction(([topic, records, { at, latest }]: Parameters<SpoolStore['put']>) => {
    let upTo = 0;
    for (const record of records) {
      if (latest) freed(rows.removeKey(topic, record.key));
      const bytes = bytesOf(record);
      upTo = rows.insert(topic, record, { at, bytes });
      size = { records: size.records + 1, bytes: size.bytes + bytes };
    }
    return { upTo };
  });
  const expire = database.transaction((limits: ExpiryLimits) => expireRows(rows, limits));
  const refuse = database.transaction((seq: number) => refuseRow(rows, seq));
  const remember = database.transaction((records: readonly Pick<NewRecord, 'key' | 'value'>[]) => {
    for (const { key, value } of records) rows.remember(key, value);
  });
  return {
    put(topic, records, options) {
      const more = records.reduce((bytes, record) => bytes + bytesOf(record), 0);
      if (!options.latest) refuseFull({ bytes: size.bytes + more, most, room: room() - more });
      try {
        return put([topic, records, options]);
      } catch (error) {
        // Rolled back: what was counted along is not so.
        size = rows.size();
        throw error;
      }
    },
    head(limits) {
      const taken = rows.head(limits);
      const last = taken.at(-1);
      if (last === undefined) {
        // Counted along or not: whoever sends must not look for it without an end.
        size = { records: 0, bytes: 0 };
        return undefined;
      }
      return { topic: last.topic, records: taken.map(recordOf), upTo: last.seq };
    },
    remove(upTo) {
      const removed = rows.removeUpTo(upTo);
      freed(removed);
      // What was freed goes back to the disk, not only to the next records.
      if (size.records === 0) rows.shrink();
      return removed.length;
    },
    expire(before, after) {
      if ((rows.oldest() ?? before) >= before) return 0;
      // A gap alone is what an earlier call left.
      if (rows.expiring(before, after, 2).every(isGap)) return 0;
      const count = expire({ before, after });
      size = rows.size();
      return count;
    },
    refuse: (seq) => {
      refuse(seq);
      size = rows.size();
    },
    remember,
    remembered: () => new Map(rows.remembered().map(({ key, value }) => [key, value])),
    waiting: (topic) => rows.ofTopic(topic),
    size: () => size,
    oldest: () => rows.oldest(),
    close: () => void database.close(),
  };
}

interface ExpiryLimits {
  readonly before: number;
  readonly after: number;
}

/** @returns how many records were lost that no earlier gap told of */
function expireRows(rows: Statements, { before, after }: ExpiryLimits): number {
  const old = rows.expiring(before, after, mostExpiring);
  const last = old.at(-1);
  if (last === undefined) return 0;
  const lost = sum(old.map(lostOf));
  const gap = gapOf(rows, old, lost);
  for (const { seq } of old) rows.removeOne(seq);
  if (gap !== undefined) rows.insertGap({ ...gap, seq: last.seq, put: last.put });
  return lost.count - sum(old.filter(isGap).map(lostOf)).count;
}

/** The gap for rows that go, told of the host of the last one that can be read. */
function gapOf(rows: Statements, old: readonly Brief[], lost: Lost): Omit<GapRow, 'seq' | 'put'> | undefined {
  for (const { seq } of old.toReversed()) {
    const row = rows.one(seq);
    if (row === undefined) continue;
    const gap = encodeGap(lost, row.value, 'spool-expired');
    if (gap !== undefined)
      return { topic: row.topic, ...gap, bytes: bytesOf(gap.record), since: lost.from, lost: lost.count };
  }
  return undefined;
}

function refuseRow(rows: Statements, seq: number): void {
  const row = rows.one(seq);
  if (row === undefined) return;
  rows.removeOne(seq);
  const lost = { from: row.at, to: row.at, count: 1 };
  const gap =
    row.topic === topics.observations && !isGapRecord(row.value)
      ? encodeGap(lost, row.value, 'sensor-failed')
      : undefined;
  if (gap !== undefined) rows.insertGap({ ...row, ...gap, bytes: bytesOf(gap.record), since: row.at, lost: 1 });
}

/** State is not refused: it is one row a key, and what rests on it would be sent again. @throws UnavailableError */
function refuseFull({ bytes, most, room }: { bytes: number; most: number; room: number }): void {
  const megabytes = (count: number): number => Math.round(count / 1_048_576);
  if (bytes > most) throw new UnavailableError(`the spool is full (${megabytes(most)} MB), and the brokers are away`);
  if (room < keptFree)
    throw new UnavailableError(`the disk of the spool is full: its last ${megabytes(keptFree)} MB are not used`);
}

function bytesOf({ key, value, headers }: NewRecord): number {
  const texts = [key, value ?? '', ...Object.entries(headers ?? {}).flat()];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), rowBytes);
}

function recordOf({ key, value, headers, at, partition }: Row): NewRecord {
  return {
    key,
    value,
    at,
    ...(headers === null ? {} : { headers: JSON.parse(headers) as Record<string, string> }),
    ...(partition === null ? {} : { partition }),
  };
}

const isGap = ({ lost }: Brief): boolean => lost > 0;

/** A row stands for itself, or, if it is a gap, for all that it tells of. */
const lostOf = (row: Brief): Lost => ({ from: row.since ?? row.at, to: row.at, count: Math.max(1, row.lost) });

const sum = (parts: readonly Lost[]): Lost => ({
  from: Math.min(...parts.map(({ from }) => from)),
  to: Math.max(...parts.map(({ to }) => to)),
  count: parts.reduce((count, part) => count + part.count, 0),
});
