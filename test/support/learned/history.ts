import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { inject } from 'vitest';
import { encodeRecord } from '../../../shared/bus/kafka/codec.ts';
import { wantedSettings } from '../../../shared/bus/kafka/topic-settings.ts';
import { partitionOf } from '../../../shared/bus/murmur2.ts';
import type { NewRecord } from '../../../shared/bus/port.ts';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../../shared/bus/topics.ts';
import { encodeObservation, type Observation } from '../../../shared/observation.ts';
import { topicPrefixOf } from '../lab-log.ts';

const partitions = 4;
/** As long as nothing of the past is taken away before it was read. */
const topics = topicSpecs({ partitions, retention: { ms: 60 * 86_400_000, bytes: 2 ** 30 } });

/**
 * Puts observations of the past into the log of a state directory that was never used, each with the record time at which it was observed, as if
 * the collector had run since then. @param observations in the order of time
 */
export async function writeHistory(stateDir: string, observations: readonly Observation[]): Promise<void> {
  const records = observations.map((observation) => ({
    key: observation.host.id,
    value: encodeObservation(observation),
    at: observation.at,
  }));
  const broker = inject('broker');
  await (broker === undefined
    ? writeEmbedded(stateDir, records)
    : writeKafka(broker, topicPrefixOf(stateDir), records));
}

async function writeEmbedded(stateDir: string, records: readonly NewRecord[]): Promise<void> {
  let now = 0;
  const path = join(stateDir, 'moorwatch.db');
  const bus = await openSqliteBus({ path, topics, synchronous: 'normal', clock: () => now });
  try {
    for (const record of records) {
      now = record.at;
      await bus.append(topic.observations, [record]);
    }
  } finally {
    await bus.close();
  }
}

/** The broker stamps records with its own time, but for a topic that is created to have theirs. From then on it is as any other. */
async function writeKafka(broker: string, prefix: string, records: readonly NewRecord[]): Promise<void> {
  const name = `${prefix}${topic.observations}`;
  const kafka = new Kafka({ brokers: [broker], clientId: 'history', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, configEntries: stampedBy('CreateTime') }],
    });
    for (let from = 0; from < records.length; from += 500) {
      const messages = records.slice(from, from + 500).map((record) => {
        const partition = partitionOf(record.key, partitions);
        return { ...encodeRecord(record, { topic: topic.observations, partition }), timestamp: String(record.at) };
      });
      await producer.send({ topic: name, messages, acks: -1 });
    }
    const resource = { type: topicResource, name, configEntries: stampedBy('LogAppendTime') };
    await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}

/** In Kafka's protocol. */
const topicResource = 2;

/** All settings of the topic of observations: an alteration replaces them. */
const stampedBy = (type: 'CreateTime' | 'LogAppendTime') =>
  topics
    .filter((spec) => spec.name === topic.observations)
    .flatMap((spec) => wantedSettings(spec, 1))
    .map(({ name, value }) => ({ name, value: name === 'message.timestamp.type' ? type : value }));
