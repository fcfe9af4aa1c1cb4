import type { Broker } from 'kafkajs';
import type { KafkaEndpoint } from './client.ts';
import { openCluster } from './cluster.ts';
import { within } from './deadline.ts';
import { hasType } from './failures.ts';

/** What a user may be allowed to do; names as the broker knows them. */
export interface Right {
  readonly on: 'topic' | 'group' | 'transactional-id' | 'cluster';
  readonly name: string;
  readonly operation: 'DESCRIBE' | 'READ' | 'WRITE' | 'IDEMPOTENT_WRITE';
}

export type Answer = 'allowed' | 'denied' | 'unknown';

/** Requests that kafkajs makes but does not type. */
interface RawBroker extends Broker {
  heartbeat(of: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  endTxn(of: {
    transactionalId: string;
    producerId: number;
    producerEpoch: number;
    transactionResult: boolean;
  }): Promise<unknown>;
  initProducerId(of: { transactionTimeout: number }): Promise<unknown>;
}

/** No topic has so many partitions. */
const nowhere = 1_000_000;

/**
 * Requests of which nothing can come but an answer: brokers look whether the user may ask before they look at what is asked. So reads and
 * writes go to a partition that does not exist, heartbeats come from a member that nobody is, and a transaction is ended that nobody began.
 */
const attempts: Readonly<Record<Right['on'], (broker: RawBroker, right: Right) => Promise<unknown>>> = {
  topic: (broker, { name, operation }) => {
    if (operation === 'DESCRIBE') return broker.metadata([name]);
    if (operation === 'READ')
      return broker.fetch({
        maxWaitTime: 0,
        topics: [{ topic: name, partitions: [{ partition: nowhere, fetchOffset: '0', maxBytes: 1 }] }],
      });
    const messages = [{ key: 'doctor', value: null, timestamp: '0' }];
    return broker.produce({ topicData: [{ topic: name, partitions: [{ partition: nowhere, messages }] }] });
  },
  group: (broker, { name, operation }) =>
    operation === 'DESCRIBE'
      ? broker.offsetFetch({ groupId: name, topics: [] })
      : broker.heartbeat({ groupId: name, groupGenerationId: -1, memberId: 'doctor' }),
  'transactional-id': (broker, { name }) =>
    broker.endTxn({ transactionalId: name, producerId: -1, producerEpoch: -1, transactionResult: false }),
  cluster: (broker) => broker.initProducerId({ transactionTimeout: 1_000 }),
};

/** Asks the brokers, one right after the other, and changes nothing. Ends in bounded time, and never rejects. */
export async function testRights(
  endpoint: KafkaEndpoint,
  rights: readonly Right[],
  limits: { readonly requestMs: number; readonly allMs: number },
): Promise<ReadonlyMap<Right, Answer>> {
  const answers = new Map<Right, Answer>(rights.map((right) => [right, 'unknown']));
  const { client, cluster } = openCluster({ ...endpoint, requestTimeoutMs: limits.requestMs }, 'once');
  const ask = async (): Promise<void> => {
    await cluster.connect();
    await cluster.refreshMetadata();
    // Any will do: rights are the cluster's.
    const broker = (await cluster.findControllerBroker()) as RawBroker;
    for (const right of rights) answers.set(right, await answerTo(attempts[right.on](broker, right), limits.requestMs));
  };
  await within(limits.allMs, ask()).catch(() => undefined);
  client.close();
  return answers;
}

/** Refusals of anything else come after the question whether it is allowed. */
async function answerTo(attempt: Promise<unknown>, limitMs: number): Promise<Answer> {
  try {
    await within(limitMs, attempt);
    return 'allowed';
  } catch (error) {
    if (hasType(error, ...refusals)) return 'denied';
    return error instanceof Error && 'type' in error ? 'allowed' : 'unknown';
  }
}

const refusals = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID'].map((what) => `${what}_AUTHORIZATION_FAILED`);
