import { setTimeout as delay } from 'node:timers/promises';
import type { TopicOffsets } from 'kafkajs';
import { UnavailableError } from '../../errors.ts';
import type { Waiting } from '../port.ts';
import type { KafkaEndpoint } from './client.ts';
import { type ClusterLink, openClusterLink } from './cluster.ts';
import { hasType } from './failures.ts';
import { type LogReader, openLogReader, type Position } from './log-reader.ts';

/** Looks at the positions of groups, over and over, on connections that stay open. */
export interface Lookout {
  /**
   * By partition, the oldest record that the group has not finished (Bus.waiting). Needs Describe on the group and Read on the topic.
   * @throws the broker's error, or UnavailableError, when it cannot be said now
   */
  waiting(group: string, topic: string): Promise<ReadonlyMap<number, Waiting>>;
  close(): void;
}

/** On connections of its own, one to a broker for all groups, because it may have to wait for a group's coordinator. */
export function openLookout(endpoint: KafkaEndpoint, topicPrefix: string): Lookout {
  const link = openClusterLink(endpoint);
  const reader = openLogReader(endpoint, topicPrefix, link);
  return {
    waiting: async (group, topic) => {
      const positions = await positionsOf(link, { group: topicPrefix + group, topic: topicPrefix + topic });
      return unfinished(reader, { topic, positions });
    },
    close: reader.close,
  };
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

/** A coordinator that cannot be asked now does not mean that the group has no position: that fails. */
async function positionsOf(
  link: ClusterLink,
  { group, topic }: { readonly group: string; readonly topic: string },
): Promise<ReadonlyMap<number, number>> {
  const { responses } = await link.ask(topic, 0, async (cluster) => {
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
    return whileItMoves(async () => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      // kafkajs types the request as if each partition came with an offset.
      return coordinator.offsetFetch({ groupId: group, topics: [{ topic, partitions }] as TopicOffsets[] });
    });
  });
  const told = (responses[0]?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
  return new Map(told.map(({ partition, offset }) => [partition, Number(offset)]));
}

const attempts = 5;
const pauseMs = 300;

/** Asks again when another broker became the coordinator just now, or reads what it has to know. @throws what it threw last */
async function whileItMoves<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === attempts || !hasType(error, 'NOT_COORDINATOR_FOR_GROUP', 'GROUP_LOAD_IN_PROGRESS')) throw error;
      await delay(attempt * pauseMs);
    }
  }
}
