import type { Admin } from 'kafkajs';
import { messageOf } from '../../errors.ts';
import type { TopicSpec } from '../topics.ts';
import { withAdmin } from './admin.ts';
import { type ApiVersions, missingApis, releaseOf } from './api-versions.ts';
import { type BrokerProbe, probeBroker } from './broker-probe.ts';
import type { KafkaEndpoint } from './client.ts';
import { openCluster } from './cluster.ts';
import { within } from './deadline.ts';
import { errorTypes, hasType } from './failures.ts';
import { type GroupFacts, inspectGroups } from './inspect-groups.ts';
import { type Answer, type Right, testRights } from './rights.ts';
import { differencesOf, type TopicDifference } from './topic-settings.ts';
import { newTopic, settingsOf } from './topics.ts';

export interface InspectOptions extends KafkaEndpoint {
  readonly topicPrefix: string;
  readonly topics: readonly TopicSpec[];
  readonly replication: number;
  /** Groups and what they read; names without prefix. */
  readonly groups: readonly { readonly group: string; readonly topic: string }[];
  /** Rights to test. */
  readonly rights: readonly Right[];
}

export interface ClusterFacts {
  /** The configured brokers, and those that the cluster names besides. */
  readonly brokers: readonly BrokerFacts[];
  /** Undefined if no broker could be asked. */
  readonly cluster?: {
    readonly id: string;
    /** Id of the node; undefined if there is none. */
    readonly controller: number | undefined;
    readonly nodes: number;
  };
  readonly topics: readonly TopicFacts[];
  readonly groups: readonly GroupFacts[];
  readonly rights: ReadonlyMap<Right, Answer>;
}

export interface BrokerFacts extends BrokerProbe {
  readonly configured: boolean;
  /** `4.0 or newer`; undefined if it is older than 2.0 or could not be asked. */
  readonly release?: string;
  /** What it lacks of what is needed; undefined if it could not be asked. */
  readonly missingApis?: readonly string[];
}

export interface TopicFacts {
  /** Without prefix. */
  readonly spec: TopicSpec;
  /** As the broker knows it. */
  readonly name: string;
  readonly state:
    | {
        readonly kind: 'there';
        readonly partitions: number;
        /** Fewest copies of a partition. */
        readonly copies: number;
        /** Partitions of which a copy is not up to date. */
        readonly underReplicated: number;
        /** Partitions that nobody serves now. */
        readonly leaderless: number;
        /** `unseen`: this user may not see the settings. */
        readonly differences: readonly TopicDifference[] | 'unseen';
      }
    /** `refusal`: what the cluster says to creating it; undefined if it would, and we are to. */
    | { readonly kind: 'missing'; readonly refusal: string | undefined }
    | { readonly kind: 'hidden' }
    | { readonly kind: 'unknown'; readonly reason: string };
}

const requestMs = 5_000;
/** For everything that is asked of the cluster as a whole. */
const clusterMs = 15_000;
const rightsMs = 30_000;

/** Looks at a cluster as it is: joins no group, changes nothing, ends in bounded time whatever hangs, and never rejects. */
export async function inspectCluster(options: InspectOptions): Promise<ClusterFacts> {
  const probes = await Promise.all(options.brokers.map((address) => probeBroker(options, address)));
  const usable = probes.filter(({ problem }) => problem === undefined).map(({ address }) => address);
  const configured = probes.map((probe) => ({ ...probe, configured: true }));
  const nothing = { brokers: configured, topics: [], groups: [], rights: new Map<Right, Answer>() };
  if (usable.length === 0) return nothing;
  const endpoint = { ...options, brokers: usable, requestTimeoutMs: requestMs };
  const limits = { limitMs: clusterMs, patience: 'once' } as const;
  const described = await withAdmin(endpoint, (admin) => admin.describeCluster(), limits).catch(() => undefined);
  if (described === undefined) return nothing;
  const [brokers, topics, groups, rights] = await Promise.all([
    inspectBrokers(endpoint, probes, described.brokers),
    withAdmin(endpoint, (admin) => inspectTopics(admin, options), limits).catch((error: unknown) =>
      options.topics.map((spec) => unknownTopic(spec, options.topicPrefix + spec.name, error)),
    ),
    inspectGroups(endpoint, { ...options, limitMs: clusterMs }),
    testRights(endpoint, options.rights, { requestMs, allMs: rightsMs }),
  ]);
  const { clusterId, controller } = described;
  const node = controller === null || controller < 0 ? undefined : controller;
  return {
    brokers,
    topics,
    groups,
    rights,
    cluster: { id: clusterId, controller: node, nodes: described.brokers.length },
  };
}

type Node = Readonly<{ nodeId: number; host: string; port: number }>;

async function inspectBrokers(
  endpoint: KafkaEndpoint,
  probes: readonly BrokerProbe[],
  nodes: readonly Node[],
): Promise<readonly BrokerFacts[]> {
  const addressOf = ({ host, port }: Node): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const probed = new Map(probes.map((probe) => [probe.address, Promise.resolve(probe)]));
  const others = nodes.map(addressOf).filter((address) => !probed.has(address));
  for (const address of others) probed.set(address, probeBroker(endpoint, address));
  const versions = new Map(nodes.map((node) => [addressOf(node), versionsOf(endpoint, node)]));
  return Promise.all(
    [...probed].map(async ([address, probe]): Promise<BrokerFacts> => {
      const facts = { ...(await probe), configured: !others.includes(address) };
      const told = await versions.get(address);
      if (told === undefined) return facts;
      const release = releaseOf(told);
      return { ...facts, missingApis: missingApis(told), ...(release === undefined ? {} : { release }) };
    }),
  );
}

async function versionsOf(endpoint: KafkaEndpoint, { nodeId }: Node): Promise<ApiVersions | undefined> {
  const { client, cluster } = openCluster(endpoint, 'once');
  const ask = async (): Promise<ApiVersions> => {
    await cluster.connect();
    await cluster.refreshMetadata();
    const broker = await cluster.findBroker({ nodeId: String(nodeId) });
    const told = (await broker.apiVersions()) as Record<string, { minVersion: number; maxVersion: number }>;
    return new Map(Object.entries(told).map(([key, of]) => [Number(key), { min: of.minVersion, max: of.maxVersion }]));
  };
  try {
    return await within(2 * requestMs, ask());
  } catch {
    // Its probe says why.
    return undefined;
  } finally {
    client.close();
  }
}

const unknownTopic = (spec: TopicSpec, name: string, error: unknown): TopicFacts => ({
  spec,
  name,
  state: { kind: 'unknown', reason: messageOf(error) },
});

function inspectTopics(
  admin: Admin,
  options: Pick<InspectOptions, 'topicPrefix' | 'topics' | 'replication'>,
): Promise<readonly TopicFacts[]> {
  return Promise.all(
    options.topics.map(async (spec): Promise<TopicFacts> => {
      const name = options.topicPrefix + spec.name;
      try {
        return { spec, name, state: await stateOf(admin, name, spec) };
      } catch (error) {
        if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION'))
          return { spec, name, state: { kind: 'missing', refusal: await refusalOf(admin, options, spec) } };
        if (hasType(error, 'TOPIC_AUTHORIZATION_FAILED')) return { spec, name, state: { kind: 'hidden' } };
        return unknownTopic(spec, name, error);
      }
    }),
  );
}

/** Asks whether the topic could be created, without creating it. */
async function refusalOf(
  admin: Admin,
  options: Pick<InspectOptions, 'topicPrefix' | 'replication'>,
  spec: TopicSpec,
): Promise<string | undefined> {
  try {
    await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [newTopic(options, spec)] });
    return undefined;
  } catch (error) {
    return errorTypes(error).join(', ') || messageOf(error);
  }
}

async function stateOf(admin: Admin, name: string, spec: TopicSpec): Promise<TopicFacts['state']> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const partitions = topics.flatMap((topic) => topic.partitions);
  const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
  const settings = await settingsOf(admin, name, spec);
  // What is kept of a topic is divided among the partitions that it has, whatever is configured.
  const actual = { spec: { ...spec, partitions: partitions.length }, replication: copies };
  return {
    kind: 'there',
    partitions: partitions.length,
    copies,
    underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    leaderless: partitions.filter(({ leader }) => leader < 0).length,
    differences: settings === undefined ? 'unseen' : differencesOf(name, actual, settings),
  };
}
