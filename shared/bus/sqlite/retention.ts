import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { TopicSpec } from '../topics.ts';
import type { StoredTopic } from './schema.ts';
import { recordBytes } from './store.ts';

/** Records deleted in one transaction: some milliseconds, so that nobody who appends waits for long. */
const slice = 1_000;

/** Applies retention once; `pause` is awaited between slices. Resolves with the number of records deleted. */
export async function retain(
  database: SqliteDatabase,
  topics: readonly { readonly spec: TopicSpec; readonly stored: StoredTopic }[],
  { now, pause }: { now: number; pause: () => Promise<void> },
): Promise<number> {
  const deleteSlice = slicer(database);
  let deleted = 0;
  for (const { spec, stored } of topics) {
    for (let partition = 0; partition < stored.partitions; partition += 1) {
      const limits = { before: now - spec.retention.ms, bytes: Math.floor(spec.retention.bytes / stored.partitions) };
      for (let count = slice; count === slice; deleted += count) {
        count = deleteSlice(stored, partition, limits);
        if (count === slice) await pause();
      }
    }
  }
  return deleted;
}

interface Limits {
  readonly before: number;
  readonly bytes: number;
}

interface OldRow {
  off: number;
  key: string;
  value: string | null;
  headers: string | null;
  logged: number;
}

/** Deletes the oldest records beyond the limits, at most one slice. On compacted topics only tombstones grow old. */
function slicer(database: SqliteDatabase): (topic: StoredTopic, partition: number, limits: Limits) => number {
  const oldest = database.prepare<[number, number, number], OldRow>(
    'SELECT off, key, value, headers, logged FROM record WHERE topic = ? AND part = ? ORDER BY off LIMIT ?',
  );
  const tombstones = database.prepare<[number, number, number, number], OldRow>(
    'SELECT off, key, value, headers, logged FROM record WHERE topic = ? AND part = ? AND value IS NULL AND logged < ? ORDER BY off LIMIT ?',
  );
  const size = database.prepare<[number, number], { bytes: number }>(
    'SELECT bytes FROM log WHERE topic = ? AND part = ?',
  );
  const remove = database.prepare('DELETE FROM record WHERE topic = ? AND part = ? AND off = ?');
  const forget = database.prepare('DELETE FROM latest WHERE topic = ? AND part = ? AND key = ? AND off = ?');
  const shrink = database.prepare(
    'UPDATE log SET bytes = bytes - ?, oldest = max(oldest, ?) WHERE topic = ? AND part = ?',
  );

  return (topic, partition, limits) =>
    database
      .transaction(() => {
        const excess = (size.get(topic.id, partition)?.bytes ?? 0) - limits.bytes;
        const rows = topic.compact
          ? tombstones.all(topic.id, partition, limits.before, slice)
          : overdue(oldest.all(topic.id, partition, slice), { ...limits, excess });
        let freed = 0;
        for (const row of rows) {
          remove.run(topic.id, partition, row.off);
          if (topic.compact) forget.run(topic.id, partition, row.key, row.off);
          freed += recordBytes(row);
        }
        const first = topic.compact ? 0 : (rows.at(-1)?.off ?? -1) + 1;
        if (rows.length > 0) shrink.run(freed, first, topic.id, partition);
        return rows.length;
      })
      .immediate();
}

function overdue(rows: readonly OldRow[], { before, excess }: { before: number; excess: number }): readonly OldRow[] {
  let left = excess;
  let count = 0;
  for (const row of rows) {
    if (row.logged >= before && left <= 0) break;
    left -= recordBytes(row);
    count += 1;
  }
  return rows.slice(0, count);
}
