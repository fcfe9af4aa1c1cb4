import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAdmin } from '../../shared/bus/kafka/admin.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { all, chain, counted, counting, firstRecords, numbers } from '../support/bus/stages.ts';
import { type Cluster, startCluster } from '../support/kafka/broker.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
}, 240_000);
afterAll(() => cluster?.stop());

describe('a cluster whose brokers die one after the other', () => {
  it('loses nothing, doubles nothing, keeps the order', { timeout: 600_000 }, async () => {
    const partitions = [0, 1, 2];
    const options = {
      brokers: cluster.addresses,
      clientId: 'test',
      topicPrefix: 'rolling.',
      topics: chain(partitions.length),
      replication: 3,
      sessionTimeoutMs: 6_000,
      requestTimeoutMs: 5_000,
    };
    const [bus, other] = [await openKafkaBus(options), await openKafkaBus(options)];
    await bus.process('g', 'in', counting({ batchSize: 20 })).ready;
    other.process('g', 'in', counting({ batchSize: 20 }));
    let sent = 0;
    let loading = true;
    const load = (async () => {
      for (; loading; sent += 10)
        for (const partition of partitions)
          await bus.append(
            'in',
            numbers(sent, sent + 10).map((one) => ({ ...one, partition })),
          );
    })();
    for (const node of cluster.nodes) {
      const before = sent;
      await node.kill();
      // Appends go on before it is back: its partitions and coordinators have moved.
      while (sent < before + 50) await delay(100);
      await node.restart();
      await inSync(options);
    }
    loading = false;
    await load;
    const found = await firstRecords(other, 'out', partitions.length * sent);
    for (const partition of partitions)
      expect(found.filter((one) => one.partition === partition).map(({ value }) => value)).toEqual(counted(0, sent));
    expect(await all(other, 'out')).toHaveLength(partitions.length * sent);
    await Promise.all([bus.close(), other.close()]);
  });
});

/** Every partition of ours has all its copies again: the next broker may go. */
async function inSync(options: { brokers: readonly string[]; clientId: string; topicPrefix: string }): Promise<void> {
  const topics = ['in', 'out', 'state'].map((name) => options.topicPrefix + name);
  for (;;) {
    const lagging = await withAdmin(options, async (admin) => {
      const metadata = await admin.fetchTopicMetadata({ topics });
      return metadata.topics.flatMap((topic) => topic.partitions).filter(({ isr }) => isr.length < 3).length;
    }).catch(() => undefined);
    if (lagging === 0) return;
    await delay(500);
  }
}
