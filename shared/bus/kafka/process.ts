import { setTimeout as delay } from 'node:timers/promises';
import type { Processing, Processor } from '../port.ts';
import { createGoneTopic } from './gone-topic.ts';
import type { PartitionOptions } from './partition.ts';
import { runPartition } from './run-partition.ts';
import { openSession, type Session } from './session.ts';

export interface ProcessOptions extends Omit<PartitionOptions, 'partition' | 'signal' | 'stateTopic'> {
  readonly processor: Processor;
  readonly sessionTimeoutMs: number;
  /** The bus closes. */
  readonly signal: AbortSignal;
  appendTick(partition: number, at: number): Promise<void>;
}

interface Worker {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const firstPauseMs = 50;
const longestPauseMs = 5_000;
/**
 * A session that lasted so long was a good one: the next follows at once. One that opened its partitions and failed soon after was not:
 * what ends it (a batch that cannot be read, a right that is missing) would end the next one too, and each join disturbs the whole group.
 */
const calmMs = 30_000;

/**
 * Session after session until stopped. A commit that fails ends its session, unless the group is just being shared out anew: then only the
 * partition is given up, and taken up again if it comes back. Partitions that stay ours through a rebalance go on undisturbed: whoever had
 * them in between fenced us, and the next commit would say so.
 */
export function processTopic(options: ProcessOptions): Processing {
  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, options.signal]);
  let opened: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const judge = createGoneTopic(options.names.topic(options.topic), () => performance.now());
  const run = async (): Promise<void> => {
    for (let pause = firstPauseMs; !stopped.aborted; ) {
      const began = performance.now();
      await oneSession(options, { stopped, opened, judge });
      const lasted = performance.now() - began > calmMs;
      pause = lasted ? firstPauseMs : Math.min(pause * 2, longestPauseMs);
      await delay(pause, undefined, { signal: stopped }).catch(() => undefined);
    }
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

/** Resolves when the session is over and everything of it is closed. */
async function oneSession(
  options: ProcessOptions,
  { stopped, opened, judge }: { stopped: AbortSignal; opened: () => void; judge: (error: unknown) => unknown },
): Promise<void> {
  const { processor } = options;
  const workers = new Map<number, Worker>();
  const ending = new Map<number, Promise<void>>();
  const over = new AbortController();
  /** Of the group, and so of all partitions: −1. */
  const lost = (error: unknown): void => {
    if (stopped.aborted) return;
    processor.notice?.({ kind: 'session-lost', partition: -1, error: judge(error) });
    over.abort();
  };
  const end = (partition: number): void => {
    const worker = workers.get(partition);
    workers.delete(partition);
    if (worker) ending.set(partition, worker.stop());
  };
  let session: Session | undefined;
  const begin = (partition: number): Worker => {
    const failed = (error: unknown): void => {
      workers.delete(partition);
      processor.notice?.({ kind: 'session-lost', partition, error });
      if (!session?.rebalancing) over.abort();
    };
    return startWorker({ options, partition, after: ending.get(partition), opened, failed });
  };
  const assigned = (partitions: readonly number[]): void => {
    for (const partition of workers.keys()) if (!partitions.includes(partition)) end(partition);
    if (over.signal.aborted || stopped.aborted) return;
    for (const partition of partitions) if (!workers.has(partition)) workers.set(partition, begin(partition));
  };
  try {
    session = await openSession({
      endpoint: options.endpoint,
      group: options.names.group(options.group),
      topic: options.names.topic(options.topic),
      sessionTimeoutMs: options.sessionTimeoutMs,
      signal: stopped,
      assigned,
      lost,
    });
    await aborted(AbortSignal.any([over.signal, stopped]));
  } catch (error) {
    lost(error);
  }
  for (const partition of workers.keys()) end(partition);
  await Promise.all(ending.values());
  await session?.leave();
}

function startWorker(start: {
  options: ProcessOptions;
  partition: number;
  after: Promise<void> | undefined;
  opened: () => void;
  failed: (error: unknown) => void;
}): Worker {
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    await start.after;
    if (!stopping.signal.aborted) await runPartition({ ...start.options, ...start, signal: stopping.signal });
  };
  const ended = work().catch((error: unknown) => {
    if (!stopping.signal.aborted) start.failed(error);
  });
  return {
    ended,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
