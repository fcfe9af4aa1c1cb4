import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, ITopicConfig, ITopicMetadata } from 'kafkajs';
import { exitCode, UserError } from '../../errors.ts';
import type { TopicSpec } from '../topics.ts';
import { errorTypes, hasType } from './failures.ts';
import { createCommand, differencesOf, type TopicDifference, wantedSettings } from './topic-settings.ts';

export interface EnsureTopicsOptions {
  readonly topicPrefix: string;
  readonly topics: readonly TopicSpec[];
  /** Copies of each partition of topics that are created. */
  readonly replication: number;
  /** False: nothing is created. */
  readonly create: boolean;
  /** For commands in errors. */
  readonly brokers: readonly string[];
}

export interface TopicsFound {
  /** How existing topics differ. */
  readonly differences: readonly TopicDifference[];
  /** Topics whose settings this user may not see. */
  readonly unseen: readonly string[];
}

/**
 * Creates the topics that are missing and compares the others. Several processes may do so at the same moment.
 * @throws UserError if topics are missing and cannot be created (with the commands that create them), or if a topic has another number of
 * partitions: keys would be placed elsewhere and state would not follow its input.
 */
export async function ensureTopics(admin: Admin, options: EnsureTopicsOptions): Promise<TopicsFound> {
  const existing = new Set(await admin.listTopics());
  const missing = options.topics.filter((spec) => !existing.has(options.topicPrefix + spec.name));
  if (missing.length > 0 && !options.create) throw await absent(admin, options, missing);
  if (missing.length > 0) {
    // None is created beside topics with another number of partitions: all would have to be made anew.
    const present = options.topics.filter((spec) => !missing.includes(spec));
    if (present.length > 0) await describeAlike(admin, options, present);
    await create(admin, options, missing);
  }
  const topics = await describeAlike(admin, options, options.topics);
  const seen = await Promise.all(
    options.topics
      .filter((spec) => existing.has(options.topicPrefix + spec.name))
      .map((spec) => compare(admin, options, { spec, metadata: topics.get(options.topicPrefix + spec.name) })),
  );
  return {
    differences: seen.flatMap(({ differences }) => differences),
    unseen: seen.flatMap(({ unseen }) => unseen),
  };
}

/** The topics, by name. @throws UserError if one has another number of partitions than it is meant to have */
async function describeAlike(
  admin: Admin,
  { topicPrefix }: EnsureTopicsOptions,
  specs: readonly TopicSpec[],
): Promise<ReadonlyMap<string, ITopicMetadata>> {
  const topics = await describe(
    admin,
    specs.map((spec) => topicPrefix + spec.name),
  );
  for (const spec of specs) {
    const name = topicPrefix + spec.name;
    const partitions = topics.get(name)?.partitions.length;
    if (partitions !== spec.partitions)
      throw new UserError(`topic ${name} has ${partitions ?? 'no'} partitions instead of ${spec.partitions}`, {
        fix: `set log.partitions to ${partitions ?? spec.partitions}, or choose another kafka.topicPrefix`,
        code: exitCode.config,
      });
  }
  return topics;
}

async function create(admin: Admin, options: EnsureTopicsOptions, missing: readonly TopicSpec[]): Promise<void> {
  try {
    // Answers false, and does no harm, where another process was quicker. Leaders are waited for below.
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map((spec) => newTopic(options, spec)),
    });
  } catch (error) {
    const types = errorTypes(error).filter((type) => type !== 'TOPIC_ALREADY_EXISTS');
    if (types.length > 0 || errorTypes(error).length === 0) throw notCreated(error, options, missing);
  }
}

/** What kafkajs is to create. */
export function newTopic(
  { topicPrefix, replication }: Pick<EnsureTopicsOptions, 'topicPrefix' | 'replication'>,
  spec: TopicSpec,
): ITopicConfig {
  return {
    topic: topicPrefix + spec.name,
    numPartitions: spec.partitions,
    replicationFactor: replication,
    configEntries: wantedSettings(spec, replication).map(({ name, value }) => ({ name, value })),
  };
}

function notCreated(error: unknown, options: EnsureTopicsOptions, missing: readonly TopicSpec[]): unknown {
  const names = missing.map((spec) => options.topicPrefix + spec.name).join(', ');
  const commands = missing.map((spec) => createCommand(options, spec));
  if (hasType(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'))
    return new UserError(`this user may not create the topics that are missing: ${names}`, {
      fix: ['allow it to create topics (docs/bus.md), or let somebody else run:', ...commands].join('\n'),
      code: exitCode.permission,
      cause: error,
    });
  if (hasType(error, 'INVALID_REPLICATION_FACTOR'))
    return new UserError(`the cluster cannot keep ${options.replication} copies of ${names}`, {
      fix: 'set kafka.replication to the number of its brokers or less, or look whether all brokers run',
      code: exitCode.config,
      cause: error,
    });
  if (hasType(error, 'POLICY_VIOLATION', 'INVALID_CONFIG', 'INVALID_PARTITIONS'))
    return new UserError(`the cluster does not take our settings of ${names}: ${errorTypes(error).join(', ')}`, {
      fix: [
        'create them as its policy wants (differences are told at the next start); we would have run:',
        ...commands,
      ].join('\n'),
      code: exitCode.config,
      cause: error,
    });
  return error;
}

/** Nothing may be created here: what is to be done by somebody who may. */
async function absent(admin: Admin, options: EnsureTopicsOptions, missing: readonly TopicSpec[]): Promise<UserError> {
  const hidden = await Promise.all(missing.map((spec) => isHidden(admin, options.topicPrefix + spec.name)));
  const name = (spec: TopicSpec): string => options.topicPrefix + spec.name;
  const unseen = missing.filter((_, index) => hidden[index]);
  if (unseen.length > 0)
    return new UserError(`this user may not see the topics ${unseen.map(name).join(', ')}, if there are any`, {
      fix: 'allow it to describe them (docs/bus.md says which part needs which right)',
      code: exitCode.permission,
    });
  return new UserError(`topics are missing: ${missing.map(name).join(', ')}`, {
    fix: ['kafka.topics is check, so create them:', ...missing.map((spec) => createCommand(options, spec))].join('\n'),
    code: exitCode.config,
  });
}

async function isHidden(admin: Admin, topic: string): Promise<boolean> {
  return admin.fetchTopicMetadata({ topics: [topic] }).then(
    () => false,
    (error: unknown) => hasType(error, 'TOPIC_AUTHORIZATION_FAILED'),
  );
}

/** How long a cluster may take until every broker knows a topic that was just created. */
const spreadMs = 20_000;

/** A broker that was just started, or is not the controller, does not know new topics at once, and they have no leader yet. */
async function describe(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, ITopicMetadata>> {
  for (const end = performance.now() + spreadMs; ; await delay(100)) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      return new Map(topics.map((topic) => [topic.name, topic]));
    } catch (error) {
      if (!hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE') || performance.now() > end) throw error;
    }
  }
}

/** ConfigResourceTypes.TOPIC, by its number: Node does not find that name among the exports of kafkajs, a CommonJS module. */
const topicResource = 2;

async function compare(
  admin: Admin,
  options: EnsureTopicsOptions,
  { spec, metadata }: { spec: TopicSpec; metadata: ITopicMetadata | undefined },
): Promise<TopicsFound> {
  const topic = options.topicPrefix + spec.name;
  const copies = Math.min(...(metadata?.partitions ?? []).map(({ replicas }) => replicas.length));
  const few =
    copies < options.replication
      ? [{ topic, setting: 'replication factor', expected: `${options.replication} or more`, actual: String(copies) }]
      : [];
  const settings = await settingsOf(admin, topic, spec);
  if (settings === undefined) return { differences: few, unseen: [topic] };
  return { differences: [...few, ...differencesOf(topic, { spec, replication: copies }, settings)], unseen: [] };
}

/** The settings that matter, by name; undefined if this user may not see them. */
export async function settingsOf(
  admin: Admin,
  topic: string,
  spec: TopicSpec,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        { type: topicResource, name: topic, configNames: wantedSettings(spec, 1).map((setting) => setting.name) },
      ],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch (error) {
    if (hasType(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}
