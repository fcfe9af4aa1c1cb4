import { exitCode, UserError } from '../../errors.ts';
import { openSqliteToRead, type SqliteDatabase } from '../../sqlite/open.ts';
import type { Bus } from '../port.ts';
import type { TopicSpec } from '../topics.ts';
import { createLogReader } from './log-reader.ts';
import { openLogTable } from './log-table.ts';
import { readTopic } from './read.ts';
import { requireVersion } from './schema.ts';
import { createWakeups } from './wakeups.ts';

/** A log that is only read. */
export type OpenLog = Pick<Bus, 'read' | 'close'>;

/**
 * Opens the log for reading its history, also while Moorwatch runs: nothing in it is changed, and nobody waits for us.
 * @throws UserError if there is no log, or one of another version
 */
export function openSqliteLog({ path, topics }: { path: string; topics: readonly TopicSpec[] }): OpenLog {
  const database = openSqliteToRead(path);
  try {
    requireVersion(database);
    return logIn(database, topics);
  } catch (error) {
    database.close();
    throw error;
  }
}

function logIn(database: SqliteDatabase, topics: readonly TopicSpec[]): OpenLog {
  const table = openLogTable(database, topics);
  const empty = topics.find(({ name }) => table.topic(name).ids.length === 0);
  if (empty !== undefined)
    throw new UserError(`${database.name} has no topic ${empty.name}`, {
      fix: 'start Moorwatch once: it makes what is missing',
      code: exitCode.config,
    });
  const closing = new AbortController();
  const store = {
    table,
    reader: createLogReader(database, table),
    wakeups: createWakeups(),
    read: <T>(work: () => T): T => database.transaction(work)(),
  };
  return {
    read(topic, range) {
      const signal = range.signal ? AbortSignal.any([range.signal, closing.signal]) : closing.signal;
      return readTopic(store, { topic, range, signal });
    },
    close: () => {
      closing.abort();
      database.close();
      return Promise.resolve();
    },
  };
}
