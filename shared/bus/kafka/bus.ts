import { setMaxListeners } from 'node:events';
import type { UserError } from '../../errors.ts';
import type { Bus, PartitionBounds, Processing } from '../port.ts';
import { tickRecord } from '../port.ts';
import type { TopicSpec } from '../topics.ts';
import { withAdmin } from './admin.ts';
import { openAppender } from './appender.ts';
import type { KafkaEndpoint } from './client.ts';
import { unusable } from './failures.ts';
import { openLogReader } from './log-reader.ts';
import { createNames } from './names.ts';
import { processTopic } from './process.ts';
import { readTopic } from './read.ts';
import type { TopicDifference } from './topic-settings.ts';
import { ensureTopics } from './topics.ts';
import { openLookout } from './waiting.ts';

export interface KafkaBusOptions extends KafkaEndpoint {
  /** Before every topic, group and transactional id, so that several installations share a cluster. */
  readonly topicPrefix: string;
  /** All topics the bus is used with. */
  readonly topics: readonly TopicSpec[];
  /** Copies of each partition of topics that are created. */
  readonly replication: number;
  /** Create topics that are missing (default); false: say which are, for a user without the right to. */
  readonly createTopics?: boolean;
  /** A member of a group that is silent for so long loses its partitions: how long a crash holds them up (default 10,000 ms). */
  readonly sessionTimeoutMs?: number;
  /** An existing topic is not as its specification says; it is used as it is. */
  differs?(difference: TopicDifference): void;
  /** This user may not see the settings of these topics, so nobody knows whether they differ; they are used as they are. */
  unseen?(topics: readonly string[]): void;
  /** Brokers do not let us in any more; appends are tried again. Told once for each append that waits. */
  refused?(error: UserError): void;
  /** Wall clock in ms, for ticks. */
  readonly clock?: () => number;
}

/**
 * The bus on Kafka. Creates topics that are missing, if it is to.
 * @throws UserError if the brokers cannot be used (code `unavailable` only where trying again can help), topics are missing, or one has
 * another number of partitions
 */
export async function openKafkaBus(options: KafkaBusOptions): Promise<Bus> {
  const { topicPrefix, topics, createTopics = true } = options;
  const { differences, unseen } = await withAdmin(options, (admin) =>
    ensureTopics(admin, { ...options, create: createTopics }),
  ).catch((error: unknown) => {
    throw unusable(options, error);
  });
  for (const difference of differences) options.differs?.(difference);
  if (unseen.length > 0) options.unseen?.(unseen);
  const names = createNames(topicPrefix, topics);
  const appender = openAppender(options, (error) => options.refused?.(error));
  const openReader = (): ReturnType<typeof openLogReader> => openLogReader(options, topicPrefix);
  const reader = openReader();
  const lookout = openLookout(options, topicPrefix);
  const closing = new AbortController();
  // As many listeners as there are reads: a feed has one for each of its clients.
  setMaxListeners(0, closing.signal);
  const processings = new Set<Processing>();

  const bus: Bus = {
    async append(topic, records) {
      const messages = records.map((record) => names.place(topic, record));
      await appender.append(names.topic(topic), messages);
    },
    process(group, topic, processor) {
      const processing = processTopic({
        endpoint: options,
        names,
        group,
        topic,
        processor,
        openReader,
        sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
        signal: closing.signal,
        now: options.clock ?? Date.now,
        appendTick: (partition, at) => bus.append(topic, [tickRecord(partition, at)]),
      });
      processings.add(processing);
      return {
        ready: processing.ready,
        stop: async () => {
          await processing.stop();
          processings.delete(processing);
        },
      };
    },
    read: (topic, range) =>
      readTopic({
        openReader,
        topic,
        range,
        signal: range.signal ? AbortSignal.any([range.signal, closing.signal]) : closing.signal,
      }),
    // Fetches wait at the broker, which knows of every append.
    wake: () => undefined,
    async bounds(topic) {
      const [oldest, newest] = await Promise.all([reader.offsets(topic, 'oldest'), reader.offsets(topic, 'newest')]);
      return [...oldest]
        .map(([partition, from]): PartitionBounds => ({ partition, oldest: from, end: newest.get(partition) ?? from }))
        .sort((a, b) => a.partition - b.partition);
    },
    waiting: lookout.waiting,
    async close() {
      closing.abort();
      lookout.close();
      await Promise.all([...processings].map((processing) => processing.stop()));
      reader.close();
      appender.close();
    },
  };
  return bus;
}
