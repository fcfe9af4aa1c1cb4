import { partitionOf } from '../murmur2.ts';
import type { NewRecord } from '../port.ts';
import type { TopicSpec } from '../topics.ts';
import { encodeRecord, type PlacedMessage } from './codec.ts';

/** Our names and the broker's, and where records go. */
export interface Names {
  topic(topic: string): string;
  group(group: string): string;
  transactionalId(group: string, topic: string, partition: number): string;
  /** Encodes a record for the partition it names, or else the one its key places it in (as Kafka's own clients do). */
  place(topic: string, record: NewRecord): PlacedMessage;
}

export function createNames(topicPrefix: string, topics: readonly TopicSpec[]): Names {
  const partitionsOf = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  return {
    topic: (topic) => topicPrefix + topic,
    group: (group) => topicPrefix + group,
    transactionalId: (group, topic, partition) => `${topicPrefix}${group}-${topic}-${partition}`,
    place(topic, record) {
      const partitions = partitionsOf.get(topic);
      if (partitions === undefined) throw new Error(`topic ${topic} is not among those the bus was opened with`);
      const partition = record.partition ?? partitionOf(record.key, partitions);
      if (partition < 0 || partition >= partitions) throw new Error(`topic ${topic} has no partition ${partition}`);
      return encodeRecord(record, { topic, partition });
    },
  };
}
