import type { NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { SqliteDatabase } from '../../shared/sqlite/open.ts';

/** A record that waits. */
export interface Row {
  readonly seq: number;
  readonly topic: string;
  readonly key: string;
  readonly value: string | null;
  /** JSON object of texts. */
  readonly headers: string | null;
  /** When it happened, ms. */
  readonly at: number;
  readonly partition: number | null;
  readonly bytes: number;
  /** When it was put here, ms. */
  readonly put: number;
  /** A gap: when what it tells of began (ms), and how many records it stands for. */
  readonly since: number | null;
  readonly lost: number;
}

const tables = `
  CREATE TABLE IF NOT EXISTS spool (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key TEXT NOT NULL, value TEXT, headers TEXT, at NUMERIC NOT NULL,
    partition INTEGER, bytes INTEGER NOT NULL, put INTEGER NOT NULL, since NUMERIC, lost INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS spool_state ON spool (topic, key) WHERE topic = '${topic.collectorState}';
`;

/** What is known of a record without its texts. */
export type Brief = Pick<Row, 'seq' | 'at' | 'put' | 'since' | 'lost'>;

/**
 * The SQL of the spool, prepared. AUTOINCREMENT: the number of a record that was sent is never given to another; `after` keeps that so in a new
 * file, in whose place another one was, whose numbers somebody may still hold.
 */
export function prepareStatements(database: SqliteDatabase, after: number) {
  // Before the first table: afterwards it would take a VACUUM.
  if (database.pragma('auto_vacuum', { simple: true }) === 0) {
    database.pragma('auto_vacuum = INCREMENTAL');
    database.exec('VACUUM');
  }
  database.exec(tables);
  if (after > 0) database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('spool', ?)").run(after);
  const insert = database.prepare<unknown[]>(
    'INSERT INTO spool (topic, key, value, headers, at, partition, bytes, put) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertGap = database.prepare<unknown[]>(
    'INSERT INTO spool (seq, topic, key, value, headers, at, bytes, put, since, lost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const removeKey = database.prepare<[string, string], { bytes: number }>(
    `DELETE FROM spool WHERE topic = ? AND key = ? AND topic = '${topic.collectorState}' RETURNING bytes`,
  );
  const removeOne = database.prepare<[number]>('DELETE FROM spool WHERE seq = ?');
  const removeUpTo = database.prepare<[number], { bytes: number }>('DELETE FROM spool WHERE seq <= ? RETURNING bytes');
  const all = database.prepare<[], Row>('SELECT * FROM spool ORDER BY seq');
  const one = database.prepare<[number], Row>('SELECT * FROM spool WHERE seq = ?');
  // Without the values: a thousand of them may be more than a process should hold.
  const behind = database.prepare<[number, string], Brief>(
    'SELECT seq, at, put, since, lost FROM spool WHERE seq > ? AND topic = ? ORDER BY seq',
  );
  const ofTopic = database.prepare<[string], { key: string; value: string | null }>(
    'SELECT key, value FROM spool WHERE topic = ? ORDER BY seq',
  );
  const size = database.prepare<[], { records: number; bytes: number }>(
    'SELECT count(*) AS records, coalesce(sum(bytes), 0) AS bytes FROM spool',
  );
  const oldest = database.prepare<[], { put: number }>('SELECT put FROM spool ORDER BY seq LIMIT 1');

  return {
    insert(of: string, record: NewRecord, { at, bytes }: { at: number; bytes: number }): number {
      const { key, value, headers, partition = null } = record;
      const text = headers === undefined ? null : JSON.stringify(headers);
      return Number(insert.run(of, key, value, text, record.at, partition, bytes, at).lastInsertRowid);
    },
    insertGap({ seq, topic: of, record, bytes, put, since, lost }: GapRow): void {
      const headers = JSON.stringify(record.headers ?? {});
      insertGap.run(seq, of, record.key, record.value, headers, record.at, bytes, put, since, lost);
    },
    removeKey: (of: string, key: string) => removeKey.all(of, key),
    removeOne: (seq: number) => void removeOne.run(seq),
    removeUpTo: (seq: number) => removeUpTo.all(seq),
    head: (most: HeadLimits) => headOf(all.iterate(), most),
    one: (seq: number) => one.get(seq),
    /** Observations behind a number that were put before a time, and gaps among them; at most so many. */
    expiring(before: number, after: number, most: number): readonly Brief[] {
      const found: Brief[] = [];
      for (const row of behind.iterate(after, topic.observations)) {
        if (row.put >= before || found.length >= most) break;
        found.push(row);
      }
      return found;
    },
    ofTopic: (name: string) => ofTopic.all(name),
    size: () => size.get() ?? { records: 0, bytes: 0 },
    oldest: () => oldest.get()?.put,
    ...prepareState(database),
    shrink(): void {
      database.pragma('incremental_vacuum');
      database.pragma('wal_checkpoint(TRUNCATE)');
    },
  };
}

interface HeadLimits {
  readonly records: number;
  readonly bytes: number;
}

/** The first rows, of one topic, as far as they fit; the first always does. Not more is read: a record may be large. */
function headOf(rows: Iterable<Row>, most: HeadLimits): readonly Row[] {
  const taken: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += row.bytes;
    const fits = taken.length < most.records && bytes <= most.bytes && row.topic === taken[0]?.topic;
    if (taken.length > 0 && !fits) break;
    taken.push(row);
  }
  return taken;
}

function prepareState(database: SqliteDatabase) {
  const remember = database.prepare<[string, string]>(
    'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const forget = database.prepare<[string]>('DELETE FROM state WHERE key = ?');
  const remembered = database.prepare<[], { key: string; value: string }>('SELECT key, value FROM state');
  return {
    remember: (key: string, value: string | null) => void (value === null ? forget.run(key) : remember.run(key, value)),
    remembered: () => remembered.all(),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;

export interface GapRow {
  readonly seq: number;
  readonly topic: string;
  readonly record: NewRecord;
  readonly bytes: number;
  readonly put: number;
  readonly since: number;
  readonly lost: number;
}
