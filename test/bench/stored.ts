import { join } from 'node:path';
import { isTick } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';

export interface StoredRecord {
  readonly key: string;
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly logged: number;
}

/** All records of a topic in the embedded log of a running product, ticks and tombstones left out. */
export async function readRecords(stateDir: string, topic: string): Promise<readonly StoredRecord[]> {
  const topics = topicSpecs({ partitions: 4, retention: { ms: 7 * 86_400_000, bytes: 2 ** 30 } });
  const bus = await openSqliteBus({ path: join(stateDir, 'moorwatch.db'), topics, synchronous: 'normal' });
  const found: StoredRecord[] = [];
  for await (const { records } of bus.read(topic, { from: 'oldest', follow: false }))
    for (const record of records) {
      const { key, value, at, logged } = record;
      if (value !== null && !isTick(record)) found.push({ key, value, at, logged });
    }
  await bus.close();
  return found;
}
