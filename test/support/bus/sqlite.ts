import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../../../shared/bus/port.ts';
import { openSqliteBus, type SqliteBusOptions } from '../../../shared/bus/sqlite/bus.ts';
import { createRetention } from '../../../shared/bus/sqlite/retention.ts';
import { createStore } from '../../../shared/bus/sqlite/store.ts';
import type { TopicSpec } from '../../../shared/bus/topics.ts';
import { openSqlite, type SqliteDatabase } from '../../../shared/sqlite/open.ts';
import type { BusUnderTest } from './under-test.ts';

export const leaseMs = 600;

export interface SqliteUnderTest extends BusUnderTest {
  readonly path: string;
}

/** A log file of its own; `options` are of every instance on it. */
export async function openSqliteUnderTest(options: Partial<SqliteBusOptions> = {}): Promise<SqliteUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-bus-'));
  const path = join(directory, 'log.db');
  const buses: Bus[] = [];
  let topics: readonly TopicSpec[] = [];

  const outside = <T>(work: (database: SqliteDatabase) => T): T => {
    const database = openSqlite({ path, synchronous: 'normal' });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };

  return {
    path,
    async open(asked) {
      topics = asked.topics;
      let opened: SqliteDatabase | undefined;
      const bus = await openSqliteBus({
        path,
        synchronous: 'normal',
        leaseMs,
        pollMs: 50,
        ...asked,
        ...options,
        openDatabase: (how) => {
          opened = (options.openDatabase ?? openSqlite)(how);
          return opened;
        },
      });
      buses.push(bus);
      const crash = async (): Promise<void> => {
        // Rolls back what is under way; nothing that the instance still tries can reach the file.
        opened?.close();
        await bus.close();
      };
      return { bus, crash };
    },
    expire: (topic, partition, before) =>
      Promise.resolve(
        outside((database) =>
          createRetention(createStore({ database, topics, clock: Date.now })).removeBefore(topic, partition, before),
        ),
      ),
    fence: (group, topic, partition) =>
      Promise.resolve(
        outside((database) => {
          database
            .prepare(
              `UPDATE positions SET epoch = epoch + 1, member = NULL
               WHERE "group" = ? AND log = (SELECT id FROM logs WHERE topic = ? AND partition = ?)`,
            )
            .run(group, topic, partition);
        }),
      ),
    async destroy() {
      await Promise.all(buses.map((bus) => bus.close()));
      await rm(directory, { recursive: true });
    },
  };
}
