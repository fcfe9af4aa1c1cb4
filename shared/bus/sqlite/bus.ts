import { randomUUID } from 'node:crypto';
import { openSqlite } from '../../sqlite/open.ts';
import { type Bus, type Processing, tickRecord } from '../port.ts';
import type { TopicSpec } from '../topics.ts';
import { openGroup } from './groups.ts';
import { processTopic } from './process.ts';
import { readTopic } from './read.ts';
import { retain } from './retention.ts';
import { prepareSchema } from './schema.ts';
import { createStore } from './store.ts';
import { createWakers } from './wakers.ts';

export interface SqliteBusOptions {
  readonly path: string;
  readonly topics: readonly TopicSpec[];
  readonly synchronous: 'normal' | 'full';
  /** Name of this process in its groups; default: a random one. */
  readonly instance?: string;
  /** Called after every append and commit with the topics that grew: pass it on to the other processes on the file, which call `wake`. */
  readonly onAppended?: (topics: readonly string[]) => void;
  readonly clock?: () => number;
  /** How often the file is looked at when nobody wakes us, ms (default 250). */
  readonly pollMs?: number;
  /** A member that was silent for so long has lost its partitions, ms (default 3000). */
  readonly leaseMs?: number;
  /** How often retention and checkpoint run, ms (default 60000). */
  readonly retentionEveryMs?: number;
}

/** The embedded log: one SQLite file, any number of processes on the same machine. */
export async function openSqliteBus(options: SqliteBusOptions): Promise<Bus> {
  const { clock = Date.now, pollMs = 250, leaseMs = 3_000, retentionEveryMs = 60_000 } = options;
  const database = openSqlite(options);
  const topics = prepareSchema(database, options.topics);
  const store = createStore(database, topics);
  const wakers = createWakers();
  const instance = options.instance ?? randomUUID();
  const closing = new AbortController();
  const processings = new Set<Processing>();

  const appended = (names: readonly string[]): void => {
    if (names.length === 0) return;
    wakers.wake(names);
    options.onAppended?.(names);
  };
  const append: Bus['append'] = async (name, records) => {
    const topic = store.topic(name);
    if (records.length === 0) return;
    store.transaction(() => store.append(topic, records, clock()));
    appended([name]);
  };
  const stopRetention = repeat(retentionEveryMs, async () => {
    const kept = options.topics.map((spec) => ({ spec, stored: store.topic(spec.name) }));
    await retain(database, kept, { now: clock(), pause: () => new Promise((resolve) => setImmediate(resolve)) });
    database.pragma('wal_checkpoint(TRUNCATE)');
  });

  return {
    append,
    process: (group, name, processor) => {
      const topic = store.topic(name);
      const processing = processTopic({
        store,
        wakers,
        topic,
        stateTopic: processor.stateTopic === undefined ? undefined : store.topic(processor.stateTopic),
        group: openGroup(database, { group, topic, member: `${instance}/${randomUUID()}`, leaseMs }),
        processor,
        signal: closing.signal,
        pollMs,
        leaseMs,
        now: clock,
        appended,
        appendTick: (partition, at) => append(name, [tickRecord(partition, at)]),
      });
      processings.add(processing);
      return processing;
    },
    read: (name, range) =>
      readTopic({ store, wakers, topic: store.topic(name), range, signal: closing.signal, pollMs }),
    wake: (names) => wakers.wake(names),
    bounds: async (name) => {
      const topic = store.topic(name);
      return Array.from({ length: topic.partitions }, (_, partition) => store.bounds(topic, partition));
    },
    close: async () => {
      closing.abort();
      await Promise.all([...processings].map((processing) => processing.stop()));
      await stopRetention();
      if (database.open) database.close();
    },
  };
}

/** Runs the work every so often, never twice at a time; the returned function ends that and waits for work under way. */
function repeat(everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    // Retention that fails (file busy) is done at the next turn; the file only stays larger until then.
    running = work()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
