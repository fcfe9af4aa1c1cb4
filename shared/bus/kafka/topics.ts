import type { Admin } from 'kafkajs';
import { UserError } from '../../errors.ts';
import type { TopicSpec } from '../topics.ts';

/** Where an existing topic is not as its specification says. It is told, never changed: another owner may have meant it. */
export interface TopicDifference {
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
  readonly actual: string;
}

/**
 * Creates the topics that are missing and compares the others.
 * @returns how existing topics differ
 * @throws UserError if a topic has another number of partitions: keys would be placed elsewhere and state would not follow its input.
 */
export async function ensureTopics(
  admin: Admin,
  options: { topicPrefix: string; topics: readonly TopicSpec[]; replication: number },
): Promise<readonly TopicDifference[]> {
  const name = (spec: TopicSpec): string => options.topicPrefix + spec.name;
  const existing = new Set(await admin.listTopics());
  const missing = options.topics.filter((spec) => !existing.has(name(spec)));
  if (missing.length > 0)
    // Answers false, and does no harm, where another process was quicker.
    await admin.createTopics({
      topics: missing.map((spec) => ({
        topic: name(spec),
        numPartitions: spec.partitions,
        replicationFactor: options.replication,
        configEntries: Object.entries(settings(spec)).map(([key, value]) => ({ name: key, value })),
      })),
    });
  const { topics } = await admin.fetchTopicMetadata({ topics: options.topics.map(name) });
  for (const spec of options.topics) {
    const partitions = topics.find((topic) => topic.name === name(spec))?.partitions.length;
    if (partitions !== spec.partitions)
      throw new UserError(`topic ${name(spec)} has ${partitions ?? 'no'} partitions instead of ${spec.partitions}`, {
        fix: `set log.partitions to ${partitions ?? spec.partitions}, or choose another kafka.topicPrefix`,
      });
  }
  return compare(
    admin,
    options.topics.filter((spec) => existing.has(name(spec))).map((spec) => ({ topic: name(spec), spec })),
  );
}

/** ConfigResourceTypes.TOPIC, by its number: Node does not find that name among the exports of kafkajs, a CommonJS module. */
const topicResource = 2;

async function compare(
  admin: Admin,
  topics: readonly { topic: string; spec: TopicSpec }[],
): Promise<readonly TopicDifference[]> {
  if (topics.length === 0) return [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ topic, spec }) => ({
      type: topicResource,
      name: topic,
      configNames: Object.keys(settings(spec)),
    })),
  });
  return topics.flatMap(({ topic, spec }) => {
    const entries = resources.find((resource) => resource.resourceName === topic)?.configEntries ?? [];
    return Object.entries(settings(spec)).flatMap(([setting, expected]) => {
      const actual = entries.find((entry) => entry.configName === setting)?.configValue ?? 'unknown';
      return actual === expected ? [] : [{ topic, setting, expected, actual }];
    });
  });
}

/** Names and values as in Kafka's topic configuration. `retention.bytes` counts per partition, a specification per topic. */
function settings(spec: TopicSpec): Readonly<Record<string, string>> {
  const common = { 'cleanup.policy': spec.cleanup, 'message.timestamp.type': 'LogAppendTime' };
  if (spec.cleanup === 'compact') return { ...common, 'segment.ms': String(24 * 60 * 60_000) };
  return {
    ...common,
    'retention.ms': String(spec.retention.ms),
    'retention.bytes': String(Math.max(1, Math.ceil(spec.retention.bytes / spec.partitions))),
  };
}
