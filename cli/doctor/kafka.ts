import type { BrokerFacts, ClusterFacts } from '../../shared/bus/kafka/inspect.ts';
import type { Config } from '../../shared/config/schema.ts';
import { exitCode } from '../../shared/errors.ts';
import { kafkaOptionsOf } from '../processes/bus-options.ts';
import { type Finding, fail, ok, warn } from './check.ts';
import { lagFindings } from './kafka-lag.ts';
import { groupsOf, keyOf, needsOf } from './kafka-parts.ts';
import { rightsFindings } from './kafka-rights.ts';
import { topicsFindings } from './kafka-topics.ts';

/** The cluster of this configuration, as this user sees it from here. kafkajs is loaded only now. */
export async function checkKafka(config: Config): Promise<readonly Finding[]> {
  const { inspectCluster } = await import('../../shared/bus/kafka/inspect.ts');
  const { createNames } = await import('../../shared/bus/kafka/names.ts');
  const options = kafkaOptionsOf(config);
  // A heartbeat reads nothing of the log.
  const sinks = Object.keys(config.sinks).filter((name) => config.sinks[name]?.type !== 'heartbeat');
  const groups = groupsOf(sinks);
  const names = createNames(options.topicPrefix, options.topics);
  const parts = needsOf(names, sinks);
  const rights = new Map(parts.flatMap((part) => part.rights).map((right) => [keyOf(right), right]));
  const facts = await inspectCluster({ ...options, groups, rights: [...rights.values()] });
  const answers = new Map([...facts.rights].map(([right, answer]) => [keyOf(right), answer]));
  // What this user may not see of a group is told with its rights.
  const denied = new Set(
    groups
      .filter(({ group }) => answers.get(`group ${names.group(group)} READ`) === 'denied')
      .map(({ group }) => group),
  );
  return [
    ...brokersFindings(facts, Date.now()),
    ...clusterFindings(facts),
    ...topicsFindings(facts.topics, options),
    ...(facts.cluster === undefined ? [] : rightsFindings({ parts, answers, endpoint: options })),
    ...facts.groups
      .filter(({ group }) => !denied.has(group))
      .flatMap((group) => lagFindings(group, options.topics, Date.now())),
  ];
}

export function brokersFindings({ brokers }: ClusterFacts, now: number): readonly Finding[] {
  const usable = brokers.filter(({ problem }) => problem === undefined).length;
  return brokers.flatMap((broker) => [
    ...brokerFindings(broker, usable > 0),
    ...certificateFindings(broker, now),
    ...versionFindings(broker),
  ]);
}

function brokerFindings(broker: BrokerFacts, others: boolean): readonly Finding[] {
  const { address, problem, configured, release } = broker;
  const version = release === undefined ? '' : `, Kafka ${release}`;
  if (problem === undefined) {
    const named = configured ? '' : ' (named by the cluster)';
    return [ok('kafka', `${address}${named} lets us in${version}`)];
  }
  if (!configured)
    return [
      fail(
        'kafka',
        `the cluster names a broker ${address} that cannot be used from here: ${problem.message}`,
        `start it, or set advertised.listeners of the broker to an address that can be reached from here; ${problem.fix}`,
      ),
    ];
  // One of several may be away without harm, so that is to know; who is not let in will not be let in later either.
  const away = problem.code === exitCode.unavailable && others;
  return [(away ? warn : fail)('kafka', problem.message, problem.fix)];
}

const day = 24 * 60 * 60_000;
const renewBefore = 14 * day;

function certificateFindings({ address, certificate }: BrokerFacts, now: number): readonly Finding[] {
  if (certificate === undefined) return [];
  const { protocol, subject, issuer, validTo } = certificate;
  const until = new Date(validTo).toISOString().slice(0, 10);
  const text = `${address}: certificate of ${subject}, by ${issuer}, valid until ${until} (${protocol})`;
  if (validTo < now) return [fail('kafka tls', `${text}: expired`, 'renew the certificate of the broker')];
  return validTo - now < renewBefore
    ? [warn('kafka tls', text, 'renew the certificate of the broker before it expires')]
    : [ok('kafka tls', text)];
}

function versionFindings({ address, release, missingApis }: BrokerFacts): readonly Finding[] {
  if (missingApis === undefined) return [];
  if (missingApis.length > 0)
    return [
      fail(
        'kafka',
        `${address} does not speak what is needed: ${missingApis.join(', ')}`,
        'use Kafka 2.1 to 4.x; older brokers are to be upgraded',
      ),
    ];
  if (release === undefined)
    return [warn('kafka', `${address} is older than Kafka 2.0`, 'upgrade it: only 2.1 to 4.x are meant')];
  return [];
}

export function clusterFindings({ cluster, brokers }: ClusterFacts): readonly Finding[] {
  if (cluster === undefined) {
    if (brokers.every(({ problem }) => problem !== undefined)) return [];
    return [fail('kafka', 'the cluster does not say which brokers it has', 'look at the log of the brokers')];
  }
  const { id, controller, nodes } = cluster;
  if (controller === undefined)
    return [
      fail(
        'kafka',
        `cluster ${id} has no controller: nothing can be created, no broker can be replaced`,
        'look whether more than half of its controllers run',
      ),
    ];
  return [ok('kafka', `cluster ${id}, ${nodes} ${nodes === 1 ? 'broker' : 'brokers'}, controller ${controller}`)];
}
