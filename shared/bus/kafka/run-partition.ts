import type { Processor } from '../port.ts';
import { runStage } from '../stage-runner.ts';
import { openPartition, type PartitionOptions } from './partition.ts';

export interface RunPartitionOptions extends Omit<PartitionOptions, 'stateTopic'> {
  readonly processor: Processor;
  /** The partition is taken over and its stage open. */
  opened(): void;
  appendTick(partition: number, at: number): Promise<void>;
}

/** How long a commit under way may still take after stop before its connections are cut: the broker then decides what becomes of it. */
const graceMs = 5_000;

/** Takes the partition over and runs the stage on it until the signal. */
export async function runPartition(options: RunPartitionOptions): Promise<void> {
  const { topic, partition, processor, signal, opened } = options;
  const { stateTopic } = processor;
  const owned = await openPartition({
    ...options,
    ...(stateTopic === undefined ? {} : { stateTopic }),
    noPosition: (from, records) => processor.notice?.({ kind: 'no-position', partition, from, records }),
  });
  let cut: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => {
    cut = setTimeout(owned.close, graceMs);
  });
  try {
    await runStage({
      owned,
      topic,
      partition,
      processor,
      signal,
      opened,
      now: options.now,
      appendTick: (at) => unlessAborted(signal, options.appendTick(partition, at)),
    });
  } finally {
    clearTimeout(cut);
    owned.close();
  }
}

/** An append waits through an outage; whoever is to stop must not. */
async function unlessAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  let giveUp: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
