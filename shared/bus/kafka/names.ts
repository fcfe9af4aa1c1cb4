import { Partitioners } from 'kafkajs';
import type { NewRecord } from '../port.ts';
import type { TopicSpec } from '../topics.ts';
import { encodeRecord, type PlacedMessage } from './codec.ts';

/** Our names and the broker's, and where records go. */
export interface Names {
  topic(topic: string): string;
  group(group: string): string;
  transactionalId(group: string, topic: string, partition: number): string;
  /** Encodes a record for the partition it names, or else the one its key places it in (murmur2, as Java's default). */
  place(topic: string, record: NewRecord): PlacedMessage;
}

export function createNames(topicPrefix: string, topics: readonly TopicSpec[]): Names {
  const partitioner = Partitioners.DefaultPartitioner();
  const partitionsOf = new Map(
    topics.map(({ name, partitions }) => [
      name,
      Array.from({ length: partitions }, (_, partitionId) => ({
        partitionId,
        partitionErrorCode: 0,
        leader: 0,
        replicas: [],
        isr: [],
      })),
    ]),
  );
  return {
    topic: (topic) => topicPrefix + topic,
    group: (group) => topicPrefix + group,
    transactionalId: (group, topic, partition) => `${topicPrefix}${group}-${topic}-${partition}`,
    place(topic, record) {
      const partitionMetadata = partitionsOf.get(topic);
      if (!partitionMetadata) throw new Error(`topic ${topic} is not among those the bus was opened with`);
      const message = { key: record.key, value: record.value };
      const partition = record.partition ?? partitioner({ topic, partitionMetadata, message });
      if (!partitionMetadata[partition]) throw new Error(`topic ${topic} has no partition ${partition}`);
      return encodeRecord(record, { topic, partition });
    },
  };
}
