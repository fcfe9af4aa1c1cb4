import type { Processing, Processor } from '../port.ts';
import { runStage } from '../stage-runner.ts';
import { Fenced } from './groups.ts';
import { type OwnedOptions, ownPartition } from './owned.ts';

export interface ProcessOptions extends Omit<OwnedOptions, 'claim' | 'signal'> {
  readonly processor: Processor;
  /** The bus closes. */
  readonly signal: AbortSignal;
  readonly leaseMs: number;
  appendTick(partition: number, at: number): Promise<void>;
}

interface Worker {
  stop(): Promise<void>;
}

/** Keeps the membership alive and runs a worker on every partition that is meant to be ours and that nobody else holds. */
export function processTopic(options: ProcessOptions): Processing {
  const { group, leaseMs, processor } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, options.signal]);
  const workers = new Map<number, Worker>();
  let opened: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    opened = resolve;
  });

  const release = async (partition: number, worker: Worker): Promise<void> => {
    await worker.stop();
    workers.delete(partition);
    group.release(partition);
    processor.notice?.({ kind: 'revoked', partition });
  };
  const balance = async (): Promise<void> => {
    const wanted = group.beat(options.now());
    const surplus = [...workers].filter(([partition]) => !wanted.includes(partition));
    await Promise.all(surplus.map(([partition, worker]) => release(partition, worker)));
    for (const partition of wanted) {
      if (workers.has(partition) || signal.aborted) continue;
      const worker = startWorker(options, { partition, signal, lost: () => workers.delete(partition) });
      if (worker === undefined) continue;
      workers.set(partition, worker);
      processor.notice?.({ kind: 'assigned', partition });
      opened();
    }
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      // A beat that fails (file busy for long, disk full) is tried again: the lease covers some of them.
      await balance().catch((error: unknown) => processor.notice?.({ kind: 'session-lost', partition: -1, error }));
      await sleep(leaseMs / 4, signal);
    }
    await Promise.all([...workers].map(([partition, worker]) => release(partition, worker)));
    group.leave();
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

function startWorker(
  options: ProcessOptions,
  { partition, signal, lost }: { partition: number; signal: AbortSignal; lost: () => void },
): Worker | undefined {
  const claim = options.group.claim(partition, options.now());
  if (claim === undefined) return undefined;
  const stopping = new AbortController();
  const until = AbortSignal.any([signal, stopping.signal]);
  const { processor, now, appendTick, topic } = options;
  const work = async (): Promise<void> => {
    const owned = ownPartition({ ...options, claim, signal: until });
    await runStage(owned, { topic: topic.name, partition, processor, signal: until, now, appendTick });
  };
  const ended = work().catch((error: unknown) => {
    if (!until.aborted || !(error instanceof Fenced)) processor.notice?.({ kind: 'session-lost', partition, error });
    lost();
  });
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
