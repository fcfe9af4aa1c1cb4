import type { Processing, Processor } from '../port.ts';
import { tickRecord } from '../port.ts';
import { runStage } from '../stage-runner.ts';
import { createMembership, type Membership, type Ownership } from './membership.ts';
import { openPartition } from './partition.ts';
import type { Presence } from './presence.ts';
import type { Store } from './store.ts';

export interface ProcessOptions {
  readonly store: Store;
  readonly presence: Presence;
  readonly group: string;
  readonly topic: string;
  readonly member: string;
  readonly processor: Processor;
  /** How often the share of the partitions is looked at, at least. */
  readonly lookMs: number;
  /** The bus closes. */
  readonly signal: AbortSignal;
}

/** Somebody joined, left, took or gave back a partition: all processings of this bus look anew. */
export const groupsChannel = '\u0000groups';

interface Worker {
  readonly epoch: number;
  readonly ended: Promise<void>;
  /** Resolves when the batch under way was finished and the partition given back. */
  stop(): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Owns a fair share of the partitions until stopped, and runs the stage on each. */
export function processTopic(options: ProcessOptions): Processing {
  const { store, presence, processor, lookMs } = options;
  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, options.signal]);
  const membership = createMembership(store, presence, options);
  let opened: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const workers = createWorkers(options, membership, () => opened());

  const run = async (): Promise<void> => {
    while (!stopped.aborted) {
      try {
        if (workers.balance()) store.wakeups.wake([groupsChannel]);
      } catch (error) {
        // The file is locked for too long, or broken: what runs goes on until a commit says otherwise.
        processor.notice?.({ kind: 'session-lost', partition: -1, error });
      }
      await store.wakeups.wait(groupsChannel, lookMs, stopped);
    }
    await workers.stop();
    attempt(() => membership.leave());
    store.wakeups.wake([groupsChannel]);
  };
  const ended = run();
  return {
    ready,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

interface Workers {
  /** Starts, gives back and gives up partitions as the group's state says. Whether others may have something to do now. */
  balance(): boolean;
  stop(): Promise<void>;
}

function createWorkers(options: ProcessOptions, membership: Membership, opened: () => void): Workers {
  const { store, member, processor } = options;
  const workers = new Map<number, Worker>();
  const ending = new Map<number, Promise<void>>();
  const pauses = createPauses();

  const end = (partition: number, worker: Worker): void => {
    workers.delete(partition);
    const stop = worker.stop().finally(() => {
      ending.delete(partition);
      store.wakeups.wake([groupsChannel]);
    });
    ending.set(partition, stop);
  };
  const lost = (partition: number, error: unknown): void => {
    workers.delete(partition);
    pauses.failed(partition, Date.now());
    processor.notice?.({ kind: 'session-lost', partition, error });
    setTimeout(() => store.wakeups.wake([groupsChannel]), pauses.left(partition, Date.now())).unref();
  };
  const begin = (ownership: Ownership): boolean => {
    const epoch = membership.take(ownership);
    if (epoch === undefined) return false;
    const { partition } = ownership;
    const done = (): void => {
      pauses.worked(partition);
      opened();
    };
    const worker = startWorker({ options, membership, partition, epoch, opened: done });
    workers.set(partition, worker);
    void worker.ended.catch((error: unknown) => {
      if (workers.get(partition) === worker) lost(partition, error);
    });
    return true;
  };

  return {
    balance() {
      let moved = membership.join();
      const { quota, partitions } = membership.look();
      for (const { partition, epoch, owner } of partitions) {
        const worker = workers.get(partition);
        if (worker === undefined || (worker.epoch === epoch && owner === member)) continue;
        end(partition, worker);
        processor.notice?.({ kind: 'session-lost', partition, error: new Error('another instance took it over') });
      }
      for (const [partition, worker] of [...workers].slice(quota)) end(partition, worker);
      for (const ownership of partitions) {
        const { partition, owner } = ownership;
        const free = owner === undefined || owner === member;
        if (!free || workers.has(partition) || ending.has(partition) || workers.size >= quota) continue;
        if (pauses.left(partition, Date.now()) === 0) moved = begin(ownership) || moved;
      }
      return moved;
    },
    async stop() {
      for (const [partition, worker] of workers) end(partition, worker);
      await Promise.all(ending.values());
    },
  };
}

function startWorker(start: {
  options: ProcessOptions;
  membership: Membership;
  partition: number;
  epoch: number;
  opened: () => void;
}): Worker {
  const { options, membership, partition, epoch, opened } = start;
  const { store, group, topic, processor } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const owned = openPartition(store, { group, topic, partition, stateTopic: processor.stateTopic, epoch, signal });
  const appendTick = (at: number): Promise<void> => {
    store.write((writer) => writer.append(topic, [tickRecord(partition, at)]));
    store.appended([topic]);
    return Promise.resolve();
  };
  const ended = runStage({ owned, topic, partition, processor, signal, now: store.clock, appendTick, opened }).finally(
    () => attempt(() => membership.release(partition, epoch)),
  );
  return {
    epoch,
    ended,
    stop: () => {
      stopping.abort();
      return ended.catch(() => undefined);
    },
  };
}

/** How long a partition whose worker failed is left alone: longer each time, until a stage was opened on it. */
function createPauses() {
  const failures = new Map<number, { readonly pause: number; readonly until: number }>();
  return {
    failed(partition: number, now: number): void {
      const pause = Math.min(longestPauseMs, (failures.get(partition)?.pause ?? firstPauseMs / 2) * 2);
      failures.set(partition, { pause, until: now + pause });
    },
    left: (partition: number, now: number): number => Math.max(0, (failures.get(partition)?.until ?? 0) - now),
    worked: (partition: number): void => void failures.delete(partition),
  };
}

/** Giving back is a courtesy: the lease ends by itself. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // The file is locked or closed.
  }
}
