import { messageOf, UnavailableError } from '../../errors.ts';
import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { TopicSpec } from '../topics.ts';
import { createLogReader, type LogReader } from './log-reader.ts';
import { type LogTable, openLogTable } from './log-table.ts';
import { createLogWriter, type LogWriter } from './log-writer.ts';
import { ensureSchema } from './schema.ts';
import { createWakeups, type Wakeups } from './wakeups.ts';

/** The open file: tables, statements, and who is to be woken when something was appended. */
export interface Store {
  readonly database: SqliteDatabase;
  readonly table: LogTable;
  readonly reader: LogReader;
  readonly wakeups: Wakeups;
  readonly clock: () => number;
  /** Runs the work in one write transaction (BEGIN IMMEDIATE). */
  write<T>(work: (writer: LogWriter) => T): T;
  /** Runs the work on one state of the file, whatever others write meanwhile. */
  read<T>(work: () => T): T;
  /** The transaction was committed: waiting reads of these topics, here and elsewhere, have something to look at. */
  appended(topics: readonly string[]): void;
}

export interface StoreOptions {
  readonly database: SqliteDatabase;
  readonly topics: readonly TopicSpec[];
  readonly clock: () => number;
  onAppended?(topics: readonly string[]): void;
}

export function createStore({ database, topics, clock, onAppended }: StoreOptions): Store {
  ensureSchema(database, topics);
  const table = openLogTable(database, topics);
  const writer = createLogWriter(database, table, clock);
  const wakeups = createWakeups();
  const transaction = database.transaction((work: () => void) => work());
  return {
    database,
    table,
    reader: createLogReader(database, table),
    wakeups,
    clock,
    write<T>(work: (writer: LogWriter) => T): T {
      const outcome = once(() => work(writer));
      transaction.immediate(outcome.run);
      return outcome.result();
    },
    read<T>(work: () => T): T {
      const outcome = once(work);
      transaction(outcome.run);
      return outcome.result();
    },
    appended(topics) {
      wakeups.wake(topics);
      onAppended?.(topics);
    },
  };
}

/** Carries a typed result out of a transaction, whose one wrapper for all kinds of work knows no types. */
function once<T>(work: () => T): { run(): void; result(): T } {
  let found: { readonly value: T } | undefined;
  return {
    run() {
      found = { value: work() };
    },
    result() {
      if (found === undefined) throw new Error('the transaction did not run');
      return found.value;
    },
  };
}

/** An error of SQLite's (a lock held too long, a full disk) as ours: the same call may succeed later. Others are given back as they are. */
export function asUnavailable(error: unknown): unknown {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_')
    ? new UnavailableError(`the log cannot be written: ${messageOf(error)} (${code})`, { cause: error })
    : error;
}
