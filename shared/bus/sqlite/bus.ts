import { randomUUID } from 'node:crypto';
import { openSqlite, type SqliteDatabase, type SqliteOptions } from '../../sqlite/open.ts';
import type { Bus, PartitionBounds, Processing, Waiting } from '../port.ts';
import type { TopicSpec } from '../topics.ts';
import { lookForOthers } from './look-for-others.ts';
import { maintain } from './maintenance.ts';
import { createPresence } from './presence.ts';
import { processTopic } from './process.ts';
import { readTopic } from './read.ts';
import { asUnavailable, createStore, type Store } from './store.ts';

export interface SqliteBusOptions extends SqliteOptions {
  /** All topics the bus is used with; missing ones are made. */
  readonly topics: readonly TopicSpec[];
  /** Names this instance among the members of its groups; need not be unique. */
  readonly instance?: string;
  /** Records became visible in these topics: tell other processes, which then call `wake`. */
  onAppended?(topics: readonly string[]): void;
  /** Wall clock in ms: for `logged`, leases and ticks. */
  readonly clock?: () => number;
  /** How often it is looked whether another process wrote, should nobody have said so (default 250 ms). */
  readonly pollMs?: number;
  /** An instance that is silent for so long loses its partitions (default 10,000 ms). */
  readonly leaseMs?: number;
  /** How often retention and checkpoints run (default 30,000 ms). */
  readonly maintainMs?: number;
  /** Opens the file. */
  readonly openDatabase?: (options: SqliteOptions) => SqliteDatabase;
}

/**
 * The bus on one SQLite file, which several processes of one machine may have open.
 * @throws UserError if the file cannot be a safe log: a network file system, an old SQLite, other partition counts
 */
export function openSqliteBus(options: SqliteBusOptions): Promise<Bus> {
  return new Promise((resolve) => resolve(openNow(options)));
}

function openNow(options: SqliteBusOptions): Bus {
  const { path, synchronous, topics, clock = Date.now, leaseMs = 10_000 } = options;
  const database = (options.openDatabase ?? openSqlite)({ path, synchronous });
  const store = openStore({ ...options, topics, clock }, database);
  const presence = createPresence(store, { instance: `${options.instance ?? 'bus'}-${randomUUID()}`, leaseMs });
  const closing = new AbortController();
  const processings = new Set<Processing>();
  const look = lookForOthers(store);
  const looking = setInterval(() => quietly(look), options.pollMs ?? 250);
  const maintenance = maintain(store, { everyMs: options.maintainMs ?? 30_000, signal: closing.signal });
  let heartbeat: NodeJS.Timeout | undefined;
  let members = 0;
  let closed: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.all([...processings].map((processing) => processing.stop()));
    await maintenance;
    clearInterval(heartbeat);
    clearInterval(looking);
    if (heartbeat) quietly(() => presence.leave());
    database.close();
  };

  return {
    append: (topic, records) =>
      new Promise((resolve) => {
        try {
          if (records.length > 0) store.write((writer) => writer.append(topic, records));
        } catch (error) {
          throw asUnavailable(error);
        }
        if (records.length > 0) store.appended([topic]);
        resolve();
      }),
    process(group, topic, processor) {
      if (heartbeat === undefined) {
        quietly(() => presence.beat());
        heartbeat = setInterval(() => quietly(() => presence.beat()), leaseMs / 4);
      }
      members += 1;
      const member = `${presence.instance}/${members}`;
      const lookMs = leaseMs / 4;
      const processing = processTopic({
        store,
        presence,
        group,
        topic,
        member,
        processor,
        lookMs,
        signal: closing.signal,
      });
      processings.add(processing);
      return processing;
    },
    read(topic, range) {
      const signal = range.signal ? AbortSignal.any([range.signal, closing.signal]) : closing.signal;
      return readTopic(store, { topic, range, signal });
    },
    wake: (woken) => store.wakeups.wake(woken),
    bounds: (topic) => new Promise((resolve) => resolve(boundsOf(store, topic))),
    waiting: (group, topic) => new Promise((resolve) => resolve(waitingFor(store, group, topic))),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function openStore(options: SqliteBusOptions & { clock: () => number }, database: SqliteDatabase): Store {
  try {
    return createStore({ ...options, database });
  } catch (error) {
    database.close();
    throw error;
  }
}

function boundsOf({ table }: Store, topic: string): readonly PartitionBounds[] {
  return table.topic(topic).ids.map((log, partition) => {
    const { oldest, end } = table.state(log);
    return { partition, oldest, end };
  });
}

function waitingFor(store: Store, group: string, topic: string): ReadonlyMap<number, Waiting> {
  return store.read(() => {
    const waiting = new Map<number, Waiting>();
    for (const [partition, log] of store.table.topic(topic).ids.entries()) {
      const { oldest, end } = store.table.state(log);
      const committed = store.table.position(group, log) ?? -1;
      const from = Math.max(committed, oldest);
      const [first] = store.reader.page({ topic, partition }, { from, to: end, size: 1 });
      if (first !== undefined) waiting.set(partition, { offset: first.offset, logged: first.logged, committed });
    }
    return waiting;
  });
}

/** What is tried again soon, or is only a courtesy to others. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The file is locked or closed.
  }
}
