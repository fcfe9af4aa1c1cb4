import type { NewRecord } from '../port.ts';
import type { OwnedPartition, PartitionCommit } from '../stage-runner.ts';
import { committedOffset } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import type { PlacedMessage } from './codec.ts';
import type { LogReader } from './log-reader.ts';
import type { Names } from './names.ts';
import { restoreState } from './restore.ts';
import { openTransactor } from './transactor.ts';
import { openWindow } from './window.ts';

/** Its earlier owner is fenced. */
export type KafkaPartition = OwnedPartition & { readonly close: () => void };

export interface PartitionOptions {
  readonly endpoint: KafkaEndpoint;
  readonly names: Names;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly stateTopic?: string;
  readonly signal: AbortSignal;
  /** The group has no position, and the log has records or had some. */
  noPosition?(from: number, records: number): void;
  openReader(): LogReader;
  /** Wall clock, ms. */
  now(): number;
}

/** A position that only markers separate from the committed one is committed after so long without records. */
const idleCommitMs = 10_000;

/** The order matters: only when the earlier owner is fenced are committed position and state final. */
export async function openPartition(options: PartitionOptions): Promise<KafkaPartition> {
  const { endpoint, names, topic, partition, stateTopic, signal } = options;
  const group = names.group(options.group);
  const reader = options.openReader();
  signal.addEventListener('abort', () => reader.close(), { once: true });
  const transactionalId = names.transactionalId(options.group, topic, partition);
  const owner = { topic: names.topic(topic), partition, group, transactionalId };
  const transactor = await openTransactor(endpoint, owner, signal);
  const close = (): void => {
    transactor.close();
    reader.close();
  };
  try {
    const committed = await committedOffset(endpoint, { group, topic: names.topic(topic), partition, signal });
    const oldest = (await reader.offsets(topic, 'oldest')).get(partition) ?? 0;
    if (committed === undefined) {
      const end = (await reader.offsets(topic, 'newest')).get(partition) ?? oldest;
      if (end > 0) options.noPosition?.(oldest, end - oldest);
    }
    const window = openWindow(reader, { topic, partition, offset: committed ?? oldest });
    const write = (commit: PartitionCommit): Promise<void> => {
      const messages = new Map<string, PlacedMessage[]>();
      const add = (to: string, record: NewRecord): void => {
        const list = messages.get(names.topic(to)) ?? [];
        list.push(names.place(to, record));
        messages.set(names.topic(to), list);
      };
      for (const output of commit.outputs) add(output.topic, output.record);
      for (const { key, value } of commit.state)
        if (stateTopic !== undefined) add(stateTopic, { key, value, at: options.now(), partition });
      const position = window.positionAfter(commit.done);
      return transactor.commit({ position, messages });
    };
    let known = committed ?? -1;
    let active = options.now();
    const commit: OwnedPartition['commit'] = async (what) => {
      await write(what);
      known = window.positionAfter(what.done);
      active = options.now();
      window.advance(what.done);
    };
    return {
      restore: () =>
        stateTopic === undefined
          ? Promise.resolve(new Map())
          : restoreState(reader, { topic: stateTopic, partition, signal }),
      commit,
      close,
      async take(size, waitMs) {
        const taken = await window.take(size, waitMs);
        const idle = taken.records.length === 0 && !window.gapPending && options.now() - active > idleCommitMs;
        if (idle && window.positionAfter(0) > known) await commit({ outputs: [], state: [], done: 0 });
        return taken;
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
