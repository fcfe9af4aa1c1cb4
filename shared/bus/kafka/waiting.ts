import { UnavailableError } from '../../errors.ts';
import type { Waiting } from '../port.ts';
import { withAdmin } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import { type LogReader, openLogReader, type Position } from './log-reader.ts';

/** Most time for a look, ms: whoever asks will ask again. */
const limitMs = 20_000;

/**
 * By partition, the oldest record that the group has not finished (Bus.waiting). On connections of its own, because it may have to wait for a group's
 * coordinator; needs Describe on the group and Read on the topic.
 * @throws the broker's error, or UnavailableError, when it cannot be said now
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
    return await unfinished(reader, { topic, positions });
  } finally {
    reader.close();
  }
}

/**
 * What waits in each partition after the positions of a group.
 * @throws UnavailableError when it cannot be said of one: left out, it would read as if nothing waited there
 */
export async function unfinished(
  reader: Pick<LogReader, 'offsets' | 'fetch'>,
  { topic, positions }: { readonly topic: string; readonly positions: ReadonlyMap<number, number> },
): Promise<ReadonlyMap<number, Waiting>> {
  const [oldest, newest] = await Promise.all([reader.offsets(topic, 'oldest'), reader.offsets(topic, 'newest')]);
  const waiting = new Map<number, Waiting>();
  for (const [partition, first] of oldest) {
    const committed = positions.get(partition) ?? -1;
    const offset = Math.max(first, committed);
    const found = await firstWaiting(reader, { topic, partition, offset }, newest.get(partition) ?? first);
    if (found === undefined)
      throw new UnavailableError(`the broker does not say now what is at ${topic}/${partition} from ${offset} on`);
    if (found !== 'nothing') waiting.set(partition, { ...found, committed });
  }
  return waiting;
}

/** More of nothing but markers and what was aborted is not looked through at once. */
const mostFetches = 20;

/**
 * The first record at or after a position.
 * @param newest one past the newest committed record
 * @returns `nothing`: only markers of transactions are there; undefined: it cannot be said now
 */
export async function firstWaiting(
  reader: Pick<LogReader, 'fetch'>,
  at: Position,
  newest: number,
): Promise<Omit<Waiting, 'committed'> | 'nothing' | undefined> {
  let { offset } = at;
  for (let fetches = 0; offset < newest; fetches += 1) {
    if (fetches === mostFetches) return undefined;
    const fetched = await reader.fetch({ ...at, offset }, 0);
    if (fetched === 'out-of-range') return undefined;
    const [first] = fetched.records;
    if (first !== undefined) return { offset: first.offset, logged: first.logged };
    // An empty answer, as of a broker that throttles.
    if (fetched.next <= offset) return undefined;
    offset = fetched.next;
  }
  return 'nothing';
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
