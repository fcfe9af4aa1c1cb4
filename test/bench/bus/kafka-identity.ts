import { CompressionTypes, type EachBatchPayload, Kafka, logLevel, type Producer } from 'kafkajs';
import { openKafkaBus } from '../../../shared/bus/kafka/bus.ts';
import type { Bus } from '../../../shared/bus/port.ts';
import type { Contestant } from '../rounds.ts';
import { answerTo, batchSize, fill, identityStage, specsOf, topicsOf, type Work } from './identity.ts';
import { countdown, outputRate } from './output-span.ts';

export interface KafkaBench {
  readonly bus: Bus;
  /** Ours and the bare pair, for each piece of work. */
  contestants(work: Work): readonly [ours: Contestant, bare: Contestant];
  close(): Promise<void>;
}

/** Fills the input of each piece of work; every run reads it from the beginning, as a group of its own. */
export async function openKafkaBench(broker: string, works: readonly Work[]): Promise<KafkaBench> {
  const specs = new Map(works.flatMap(specsOf).map((spec) => [spec.name, spec]));
  const bus = await openKafkaBus({
    brokers: [broker],
    clientId: 'bench',
    topicPrefix: '',
    topics: [...specs.values()],
    replication: 1,
  });
  const filled = new Set<string>();
  for (const work of works) {
    if (!filled.has(topicsOf(work).in)) await fill(bus, work);
    filled.add(topicsOf(work).in);
  }
  const kafka = bareClient(broker);
  let groups = 0;
  const contestant = (name: string, work: Work, process: (group: string) => Promise<void>): Contestant => ({
    name,
    async run() {
      groups += 1;
      const before = await bus.bounds(topicsOf(work).out);
      await process(`${name}-${groups}`);
      return outputRate(bus, topicsOf(work).out, { before, expected: work.records });
    },
  });
  return {
    bus,
    contestants: (work) => [
      contestant('ours', work, (group) => processOurs(bus, work, group)),
      contestant('bare', work, (group) => processBare(kafka, work, group)),
    ],
    close: () => bus.close(),
  };
}

async function processOurs(bus: Bus, work: Work, group: string): Promise<void> {
  const { add, reached } = countdown(work.records);
  const processing = bus.process(group, topicsOf(work).in, identityStage(work, add));
  await reached;
  await processing.stop();
}

/** As we retry: with kafkajs's default of 300 ms before the first retry, the bare pair waits for that after every transaction. */
function bareClient(broker: string): Kafka {
  const retry = { initialRetryTime: 10, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 12 };
  return new Kafka({ clientId: 'bare', brokers: [broker], retry, logLevel: logLevel.NOTHING });
}

/**
 * A transactional consumer and producer as kafkajs's documentation has them, with a producer a partition (a producer has one transaction at
 * a time) and all partitions at once.
 */
async function processBare(kafka: Kafka, work: Work, group: string): Promise<void> {
  const { add, reached } = countdown(work.records);
  const producers = Array.from({ length: work.partitions }, (_, partition) =>
    kafka.producer({ transactionalId: `${group}-${partition}`, maxInFlightRequests: 1, idempotent: true }),
  );
  await Promise.all(producers.map((producer) => producer.connect()));
  const consumer = kafka.consumer({ groupId: group, readUncommitted: false, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: topicsOf(work).in, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: work.partitions,
    eachBatch: async (payload) => {
      const producer = producers[payload.batch.partition];
      if (producer) add(await writeBatch(producer, payload, { work, group }));
    },
  });
  await reached;
  await Promise.all([consumer.disconnect(), ...producers.map((producer) => producer.disconnect())]);
}

/** In transactions of the same size as ours; gives the number of records. */
async function writeBatch(
  producer: Producer,
  { batch, heartbeat, resolveOffset }: EachBatchPayload,
  { work, group }: { work: Work; group: string },
): Promise<number> {
  const { topic, partition, messages } = batch;
  const { out, state: stateTopic } = topicsOf(work);
  for (let from = 0; from < messages.length; from += batchSize) {
    const slice = messages.slice(from, from + batchSize);
    const incoming = slice.map(({ key, value, headers, timestamp }) => ({
      key: key?.toString() ?? '',
      value: value?.toString() ?? null,
      at: Number(headers?.['moorwatch-at']?.toString() ?? timestamp),
      partition,
    }));
    const { outputs, state } = answerTo(incoming, work.withState);
    const placed = outputs.map(({ at, ...record }) => ({ ...record, headers: { 'moorwatch-at': String(at) } }));
    const changes = state.map(({ key, value }) => ({ key, value, partition }));
    const topicMessages = [
      { topic: out, messages: placed },
      ...(work.withState ? [{ topic: stateTopic, messages: changes }] : []),
    ];
    const last = slice.at(-1)?.offset ?? '0';
    const transaction = await producer.transaction();
    await transaction.sendBatch({ acks: -1, compression: CompressionTypes.GZIP, topicMessages });
    const offset = (BigInt(last) + 1n).toString();
    await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions: [{ partition, offset }] }] });
    await transaction.commit();
    resolveOffset(last);
    await heartbeat();
  }
  return messages.length;
}
