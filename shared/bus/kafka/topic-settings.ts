import type { TopicSpec } from '../topics.ts';

/** One setting of a topic: what it is created with, and what else will do. */
export interface WantedSetting {
  /** As in Kafka's topic configuration. */
  readonly name: string;
  readonly value: string;
  /** In words, for somebody whose topic differs. */
  readonly expected: string;
  fits(actual: string): boolean;
}

/** Where an existing topic is not as its specification says. It is told, never changed: another owner may have meant it. */
export interface TopicDifference {
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
  readonly actual: string;
}

const day = 24 * 60 * 60_000;
const mebibyte = 1_048_576;

/** Kafka's own default. A record batch of ours has less than a megabyte, and a topic that takes less makes appends slow or impossible. */
export const leastMessageBytes = 1_048_588;

/**
 * What a topic promises, as settings of Kafka.
 *
 * Retention works on whole segments, so segments are an eighth of what is kept, by time and by size: with Kafka's own (7 days, 1 GiB) a
 * partition would keep several times what it is meant to.
 */
export function wantedSettings(spec: TopicSpec, replication: number): readonly WantedSetting[] {
  return [
    exactly('cleanup.policy', spec.cleanup),
    exactly('message.timestamp.type', 'LogAppendTime'),
    // Compaction leaves the segment alone that is being written.
    ...(spec.cleanup === 'compact'
      ? [atMost('segment.ms', day), atMost('segment.bytes', 64 * mebibyte)]
      : retentionOf(spec)),
    atLeast('min.insync.replicas', replication >= 3 ? 2 : 1),
    exactly('unclean.leader.election.enable', 'false'),
    oneOf('compression.type', ['producer', 'gzip', 'uncompressed']),
    atLeast('max.message.bytes', leastMessageBytes),
  ];
}

/** `retention.bytes` counts per partition, a specification per topic. */
function retentionOf({ retention, partitions }: TopicSpec): readonly WantedSetting[] {
  const bytes = Math.max(1, Math.ceil(retention.bytes / partitions));
  return [
    exactly('retention.ms', String(retention.ms)),
    exactly('retention.bytes', String(bytes)),
    atMost('segment.ms', clamp(Math.ceil(retention.ms / 8), 60_000, day)),
    // Kafka 4 takes no smaller ones than a mebibyte.
    atMost('segment.bytes', clamp(Math.ceil(bytes / 8), mebibyte, 1_024 * mebibyte)),
  ];
}

/** @param replicas fewest copies of a partition that the topic has; `actual` maps names of settings to their values */
export function differencesOf(
  topic: string,
  wanted: { readonly spec: TopicSpec; readonly replication: number },
  actual: ReadonlyMap<string, string>,
): readonly TopicDifference[] {
  return wantedSettings(wanted.spec, wanted.replication).flatMap(({ name, expected, fits }) => {
    const value = actual.get(name);
    if (value !== undefined && fits(value)) return [];
    return [{ topic, setting: name, expected, actual: value ?? 'unknown' }];
  });
}

/** The command of Kafka's own tools that creates a topic as we would. */
export function createCommand(
  options: { readonly topicPrefix: string; readonly replication: number; readonly brokers: readonly string[] },
  spec: TopicSpec,
): string {
  const settings = wantedSettings(spec, options.replication).map(({ name, value }) => `--config ${name}=${value}`);
  return [
    `kafka-topics.sh --bootstrap-server ${options.brokers.join(',')} --create --topic ${options.topicPrefix}${spec.name}`,
    `--partitions ${spec.partitions} --replication-factor ${options.replication}`,
    ...settings,
  ].join(' ');
}

/** The command of Kafka's own tools that makes one setting as it should be. */
export function alterCommand(brokers: readonly string[], topic: string, setting: WantedSetting): string {
  const change = `--alter --add-config ${setting.name}=${setting.value}`;
  return `kafka-configs.sh --bootstrap-server ${brokers.join(',')} --entity-type topics --entity-name ${topic} ${change}`;
}

const exactly = (name: string, value: string): WantedSetting => ({
  name,
  value,
  expected: value,
  fits: (actual) => actual === value,
});

const atLeast = (name: string, value: number): WantedSetting => ({
  name,
  value: String(value),
  expected: `${value} or more`,
  fits: (actual) => Number(actual) >= value,
});

const atMost = (name: string, value: number): WantedSetting => ({
  name,
  value: String(value),
  expected: `${value} or less`,
  fits: (actual) => Number(actual) <= value,
});

/** Made as the first. */
const oneOf = (name: string, values: readonly [string, ...string[]]): WantedSetting => ({
  name,
  value: values[0],
  expected: values.join(' or '),
  fits: (actual) => values.includes(actual),
});

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
