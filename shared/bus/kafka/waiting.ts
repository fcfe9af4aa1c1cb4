import type { Waiting } from '../port.ts';
import { withAdmin } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import { type LogReader, openLogReader, type Position } from './log-reader.ts';

/** Most time for a look, ms: whoever asks will ask again. */
const limitMs = 20_000;

/**
 * By partition, the oldest record that the group has not finished (Bus.waiting). On connections of its own, because it may have to wait for a group's
 * coordinator; needs Describe on the group and Read on the topic.
 * @throws the broker's error when it cannot be said now
 */
export async function waitingFor(
  endpoint: KafkaEndpoint,
  of: {
    readonly topicPrefix: string;
    readonly group: string;
    readonly topic: string;
    readonly signal: AbortSignal;
  },
): Promise<ReadonlyMap<number, Waiting>> {
  const { topicPrefix, group, topic, signal } = of;
  const positions = await positionsOf(endpoint, { group: topicPrefix + group, topic: topicPrefix + topic, signal });
  const reader = openLogReader(endpoint, topicPrefix);
  try {
    const [oldest, newest] = await Promise.all([reader.offsets(topic, 'oldest'), reader.offsets(topic, 'newest')]);
    const waiting = new Map<number, Waiting>();
    for (const [partition, first] of oldest) {
      const offset = Math.max(first, positions.get(partition) ?? first);
      if (offset >= (newest.get(partition) ?? first)) continue;
      const found = await firstWaiting(reader, { topic, partition, offset });
      if (found !== 'nothing' && found !== undefined) waiting.set(partition, found);
    }
    return waiting;
  } finally {
    reader.close();
  }
}

/** The first record at or after a position; `nothing`: only markers of transactions are there; undefined: it cannot be said now. */
export async function firstWaiting(reader: LogReader, at: Position): Promise<Waiting | 'nothing' | undefined> {
  const fetched = await reader.fetch(at, 0);
  if (fetched === 'out-of-range') return undefined;
  const [first] = fetched.records;
  if (first !== undefined) return { offset: first.offset, logged: first.logged };
  return fetched.next >= fetched.end ? 'nothing' : undefined;
}

async function positionsOf(
  endpoint: KafkaEndpoint,
  { group, topic, signal }: { group: string; topic: string; signal: AbortSignal },
): Promise<ReadonlyMap<number, number>> {
  // A coordinator that cannot be asked now does not mean that the group has no position: that fails.
  const [offsets] = await withAdmin(
    endpoint,
    (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }),
    // kafkajs finds coordinators by trying again.
    { signal, limitMs, patience: 'brief' },
  );
  const told = (offsets?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
  return new Map(told.map(({ partition, offset }) => [partition, Number(offset)]));
}
