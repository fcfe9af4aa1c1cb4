import { messageOf } from '../../errors.ts';
import { withAdmin } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import { within } from './deadline.ts';
import { failureKind, hasType } from './failures.ts';
import { type LogReader, openLogReader } from './log-reader.ts';
import { firstWaiting } from './waiting.ts';

/** How far a consumer group is in the one topic it reads. */
export interface GroupFacts {
  /** Without prefix. */
  readonly group: string;
  readonly topic: string;
  readonly state:
    | { readonly kind: 'known'; readonly members: number; readonly partitions: readonly PartitionFacts[] }
    | { readonly kind: 'unknown'; readonly reason: string };
}

export interface PartitionFacts {
  readonly partition: number;
  /** The next offset that the group processes; undefined if it has not begun here. */
  readonly position: number | undefined;
  readonly oldest: number;
  /** One past the newest committed record. */
  readonly end: number;
  /** Records that wait, at most: the log also holds markers of transactions. */
  readonly lag: number;
  /** When the next record was appended, ms since the epoch; undefined if nothing waits, or it could not be read. */
  readonly waitingSince: number | undefined;
}

export interface InspectGroupsOptions {
  readonly topicPrefix: string;
  readonly groups: readonly { readonly group: string; readonly topic: string }[];
  /** Most time for one group, ms. */
  readonly limitMs: number;
}

export function inspectGroups(endpoint: KafkaEndpoint, options: InspectGroupsOptions): Promise<readonly GroupFacts[]> {
  return Promise.all(
    options.groups.map(async ({ group, topic }): Promise<GroupFacts> => {
      try {
        const state = await within(options.limitMs, inspectGroup(endpoint, options, { group, topic }));
        return { group, topic, state };
      } catch (error) {
        // The topic is told of by itself, and without a topic for positions no group has ever begun.
        if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'GROUP_COORDINATOR_NOT_AVAILABLE') || isNew(error))
          return { group, topic, state: { kind: 'known', members: 0, partitions: [] } };
        if (failureKind(error) === 'denied')
          return { group, topic, state: { kind: 'unknown', reason: 'this user may not see it' } };
        return { group, topic, state: { kind: 'unknown', reason: messageOf(error) } };
      }
    }),
  );
}

/** kafkajs's word for a coordinator that it does not find. */
const isNew = (error: unknown): boolean => error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound';

async function inspectGroup(
  endpoint: KafkaEndpoint,
  { topicPrefix, limitMs }: InspectGroupsOptions,
  { group, topic }: { group: string; topic: string },
): Promise<GroupFacts['state']> {
  const name = topicPrefix + group;
  const { members, positions } = await withAdmin(
    endpoint,
    async (admin) => {
      const { groups } = await admin.describeGroups([name]);
      const [offsets] = await admin.fetchOffsets({ groupId: name, topics: [topicPrefix + topic] });
      const told = (offsets?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
      return {
        members: groups[0]?.members.length ?? 0,
        positions: new Map(told.map(({ partition, offset }) => [partition, Number(offset)])),
      };
    },
    // kafkajs finds coordinators by trying again.
    { limitMs, patience: 'brief' },
  );
  const reader = openLogReader(endpoint, topicPrefix);
  try {
    const oldest = await reader.offsets(topic, 'oldest');
    const newest = await reader.offsets(topic, 'newest');
    const partitions: PartitionFacts[] = [];
    for (const [partition, first] of [...oldest].sort(([a], [b]) => a - b)) {
      const position = positions.get(partition);
      const end = newest.get(partition) ?? first;
      const next = Math.max(first, position ?? first);
      const waiting = next < end ? await firstAt(reader, { topic, partition, offset: next }, end) : 'nothing';
      const waits = waiting === 'nothing' ? { lag: 0, waitingSince: undefined } : { lag: end - next, ...waiting };
      partitions.push({ partition, position, oldest: first, end, ...waits });
    }
    return { kind: 'known', members, partitions };
  } finally {
    reader.close();
  }
}

async function firstAt(
  reader: LogReader,
  at: { topic: string; partition: number; offset: number },
  newest: number,
): Promise<'nothing' | { waitingSince: number | undefined }> {
  try {
    const first = await firstWaiting(reader, at, newest);
    return first === 'nothing' ? first : { waitingSince: first?.logged };
  } catch {
    // Not allowed, or not readable here: then only the offsets are known.
    return { waitingSince: undefined };
  }
}
