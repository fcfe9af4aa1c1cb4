import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { TopicSpec } from '../topics.ts';
import { offsetOf, recordId } from './record-id.ts';
import type { Store } from './store.ts';
import { storedBytes } from './stored-bytes.ts';

/** Records removed in one transaction: some milliseconds, so that nobody waits long for the write lock. */
const sliceRows = 1_000;

/** Removes what is older or more than topics keep, slice by slice. */
export interface Retention {
  /** Removes one slice of a partition; false when nothing is left to remove. */
  slice(topic: string, partition: number): boolean;
  /** Removes the records before an offset, as many as there are. */
  removeBefore(topic: string, partition: number, offset: number): void;
}

export function createRetention(store: Store): Retention {
  const statements = prepare(store.database);

  const oldestOf = (log: number, { retention, partitions }: TopicSpec, limit: number) => {
    const { oldest, end, bytes } = store.table.state(log);
    const rows = statements.oldest.all(recordId(log, oldest), recordId(log, end), limit);
    const keep = { ms: retention.ms, bytes: retention.bytes / partitions };
    return { rows, going: goingOf(rows, keep, { now: store.clock(), bytes }) };
  };
  const removeOldest = (log: number, spec: TopicSpec): boolean => {
    // Asked without the write lock first: mostly there is nothing to do.
    if (oldestOf(log, spec, 1).going.rows === 0) return false;
    return store.write(() => {
      const { rows, going } = oldestOf(log, spec, sliceRows);
      const last = rows[going.rows - 1];
      if (last === undefined) return false;
      statements.remove.run(recordId(log, 0), last.id + 1);
      statements.advance.run(offsetOf(last.id) + 1, going.bytes, log);
      return going.rows === sliceRows;
    });
  };

  const removeTombstones = (log: number, { retention }: TopicSpec): boolean => {
    const find = (limit: number) =>
      statements.tombstones.all(recordId(log, 0), recordId(log + 1, 0), store.clock() - retention.ms, limit);
    if (find(1).length === 0) return false;
    return store.write(() => {
      const rows = find(sliceRows);
      for (const { id, key } of rows) {
        statements.remove.run(id, id + 1);
        statements.forget.run(log, key, id);
      }
      statements.shrink.run(
        rows.reduce((sum, { bytes }) => sum + bytes, 0),
        log,
      );
      return rows.length === sliceRows;
    });
  };

  return {
    slice(topic, partition) {
      const logs = store.table.topic(topic);
      const log = store.table.logOf(logs, partition);
      return logs.spec.cleanup === 'compact' ? removeTombstones(log, logs.spec) : removeOldest(log, logs.spec);
    },
    removeBefore(topic, partition, offset) {
      const log = store.table.logOf(store.table.topic(topic), partition);
      store.write(() => {
        const rows = statements.oldest.all(recordId(log, 0), recordId(log, offset), Number.MAX_SAFE_INTEGER);
        statements.remove.run(recordId(log, 0), recordId(log, offset));
        statements.advance.run(
          offset,
          rows.reduce((sum, { bytes }) => sum + bytes, 0),
          log,
        );
      });
    },
  };
}

interface Oldest {
  readonly id: number;
  readonly logged: number;
  readonly bytes: number;
}

/** How many of the oldest rows go, and how many bytes that frees. */
export function goingOf(
  rows: readonly Pick<Oldest, 'logged' | 'bytes'>[],
  keep: { readonly ms: number; readonly bytes: number },
  state: { readonly now: number; readonly bytes: number },
): { rows: number; bytes: number } {
  let freed = 0;
  let count = 0;
  for (const row of rows) {
    if (row.logged >= state.now - keep.ms && state.bytes - freed <= keep.bytes) break;
    freed += row.bytes;
    count += 1;
  }
  return { rows: count, bytes: freed };
}

function prepare(database: SqliteDatabase) {
  return {
    oldest: database.prepare<[number, number, number], Oldest>(
      `SELECT id, logged, ${storedBytes} AS bytes FROM records
       WHERE id >= ? AND id < ? ORDER BY id LIMIT ?`,
    ),
    tombstones: database.prepare<[number, number, number, number], { id: number; key: string; bytes: number }>(
      `SELECT id, key, ${storedBytes} AS bytes FROM records
       WHERE id >= ? AND id < ? AND value IS NULL AND logged < ? ORDER BY id LIMIT ?`,
    ),
    remove: database.prepare<[number, number]>('DELETE FROM records WHERE id >= ? AND id < ?'),
    forget: database.prepare<[number, string, number]>('DELETE FROM latest WHERE log = ? AND key = ? AND id = ?'),
    shrink: database.prepare<[number, number]>('UPDATE logs SET bytes = bytes - ? WHERE id = ?'),
    advance: database.prepare<[number, number, number]>('UPDATE logs SET oldest = ?, bytes = bytes - ? WHERE id = ?'),
  };
}
