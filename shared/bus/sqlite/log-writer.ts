import type { SqliteDatabase } from '../../sqlite/open.ts';
import { partitionOf } from '../murmur2.ts';
import type { NewRecord } from '../port.ts';
import type { LogTable, TopicLogs } from './log-table.ts';
import { recordId } from './record-id.ts';
import { bytesToStore, storedBytes } from './stored-bytes.ts';

/** Puts records into logs. Everything here runs inside the caller's write transaction. */
export interface LogWriter {
  /** @throws MalformedError for a record that is too large; an Error for a topic or partition that does not exist. */
  append(topic: string, records: readonly NewRecord[]): void;
}

export function createLogWriter(database: SqliteDatabase, table: LogTable, clock: () => number): LogWriter {
  const insert = database.prepare<[number, string, string | null, string | null, number, number]>(
    'INSERT INTO records (id, key, value, headers, at, logged) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const advance = database.prepare<[number, number, number, number]>(
    'UPDATE logs SET end = ?, logged = ?, bytes = bytes + ? WHERE id = ?',
  );
  const replace = createReplacing(database);

  const appendTo = (logs: TopicLogs, partition: number, records: readonly NewRecord[]): void => {
    const log = table.logOf(logs, partition);
    const state = table.state(log);
    const logged = Math.max(Math.floor(clock()), state.logged);
    let { end } = state;
    let bytes = 0;
    for (const record of records) {
      bytes += bytesToStore(record, logs.spec.name);
      const id = recordId(log, end);
      if (logs.spec.cleanup === 'compact') bytes -= replace(log, record.key, id);
      insert.run(id, record.key, record.value, headersText(record.headers), record.at, logged);
      end += 1;
    }
    advance.run(end, logged, bytes, log);
  };

  return {
    append(topic, records) {
      const logs = table.topic(topic);
      for (const [partition, placed] of byPartition(records, logs.spec.partitions)) appendTo(logs, partition, placed);
    },
  };
}

/** Compacts as it goes: the record that a key had before is removed. Gives the bytes that were freed. */
function createReplacing(database: SqliteDatabase): (log: number, key: string, id: number) => number {
  const find = database.prepare<[number, string], { id: number }>('SELECT id FROM latest WHERE log = ? AND key = ?');
  const note = database.prepare<[number, string, number]>(
    'INSERT INTO latest (log, key, id) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id',
  );
  const remove = database.prepare<[number], { bytes: number }>(
    `DELETE FROM records WHERE id = ? RETURNING ${storedBytes} AS bytes`,
  );
  return (log, key, id) => {
    const before = find.get(log, key);
    note.run(log, key, id);
    return before === undefined ? 0 : (remove.get(before.id)?.bytes ?? 0);
  };
}

function byPartition(records: readonly NewRecord[], partitions: number): Map<number, NewRecord[]> {
  const placed = new Map<number, NewRecord[]>();
  for (const record of records) {
    const partition = record.partition ?? partitionOf(record.key, partitions);
    const list = placed.get(partition);
    if (list) list.push(record);
    else placed.set(partition, [record]);
  }
  return placed;
}

function headersText(headers: NewRecord['headers']): string | null {
  if (headers === undefined) return null;
  const text = JSON.stringify(headers);
  return text === '{}' ? null : text;
}
