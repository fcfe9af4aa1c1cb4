import type { NewRecord, Output, StateChange } from '../port.ts';
import { committedOffset } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import type { PlacedMessage } from './codec.ts';
import type { LogReader } from './log-reader.ts';
import type { Names } from './names.ts';
import { restoreState } from './restore.ts';
import { openTransactor } from './transactor.ts';
import { openWindow, type Taken } from './window.ts';

/** A partition whose earlier owner is fenced, standing at the group's position with its state restored. */
export interface OwnedPartition {
  readonly restored: ReadonlyMap<string, string>;
  /**
   * The first records that are not done, at most `size`, waiting up to `waitMs` when there are none. The same ones again until `commit` says
   * that they are done.
   */
  take(size: number, waitMs: number): Promise<Taken>;
  /** The first `done` of the records taken are finished; that, outputs and state become visible together. */
  commit(commit: { outputs: readonly Output[]; state: readonly StateChange[]; done: number }): Promise<void>;
  close(): void;
}

export interface PartitionOptions {
  readonly endpoint: KafkaEndpoint;
  readonly names: Names;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly stateTopic?: string;
  readonly signal: AbortSignal;
  openReader(): LogReader;
}

/** A position that only markers separate from the committed one is committed after so long without records. */
const idleCommitMs = 10_000;

/** The order matters: only when the earlier owner is fenced are committed position and state final. */
export async function openPartition(options: PartitionOptions): Promise<OwnedPartition> {
  const { endpoint, names, topic, partition, stateTopic, signal } = options;
  const group = names.group(options.group);
  const reader = options.openReader();
  signal.addEventListener('abort', () => reader.close(), { once: true });
  const transactor = await openTransactor(endpoint, names.transactionalId(options.group, topic, partition));
  const close = (): void => {
    transactor.close();
    reader.close();
  };
  try {
    const committed = await committedOffset(endpoint, { group, topic: names.topic(topic), partition });
    const restored =
      stateTopic === undefined
        ? new Map<string, string>()
        : await restoreState(reader, { topic: stateTopic, partition, signal });
    const oldest = (await reader.offsets(topic, 'oldest')).get(partition) ?? 0;
    const window = openWindow(reader, { topic, partition, offset: committed ?? oldest });
    const write = (commit: Parameters<OwnedPartition['commit']>[0]): Promise<void> => {
      const messages = new Map<string, PlacedMessage[]>();
      const add = (to: string, record: NewRecord): void => {
        const list = messages.get(names.topic(to)) ?? [];
        list.push(names.place(to, record));
        messages.set(names.topic(to), list);
      };
      for (const output of commit.outputs) add(output.topic, output.record);
      for (const { key, value } of commit.state)
        if (stateTopic !== undefined) add(stateTopic, { key, value, at: Date.now(), partition });
      const position = window.positionAfter(commit.done);
      return transactor.commit({ topic: names.topic(topic), partition, group, position, messages });
    };
    return {
      restored,
      take: (size, waitMs) => window.take(size, waitMs),
      commit: async (commit) => {
        await write(commit);
        window.advance(commit.done);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
