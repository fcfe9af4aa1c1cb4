import { connect, type Socket } from 'node:net';
import { withAdmin } from '../../../shared/bus/kafka/admin.ts';
import { openKafkaBus } from '../../../shared/bus/kafka/bus.ts';
import { createNames } from '../../../shared/bus/kafka/names.ts';
import { openTransactor } from '../../../shared/bus/kafka/transactor.ts';
import type { Bus } from '../../../shared/bus/port.ts';
import type { BusInstance, BusUnderTest } from '../bus/under-test.ts';

/** A log of its own on a running broker: topics under a prefix that nobody else has. */
export async function openKafkaLog(broker: string, sessionTimeoutMs: number): Promise<BusUnderTest> {
  const topicPrefix = `log-${process.hrtime.bigint().toString(36)}.`;
  const endpoint = { brokers: [broker], clientId: 'test' };
  const names = createNames(topicPrefix, []);
  const opened: Bus[] = [];
  return {
    async open({ topics }): Promise<BusInstance> {
      const network = breakable();
      const options = { ...endpoint, topicPrefix, topics, replication: 1, sessionTimeoutMs, connect: network.connect };
      const bus = await openKafkaBus(options);
      opened.push(bus);
      return { bus, crash: () => Promise.resolve(network.cut()) };
    },
    expire: (topic, partition, before) =>
      withAdmin(endpoint, async (admin) => {
        // deleteTopicRecords knows only topics that were asked for before.
        await admin.fetchTopicOffsets(names.topic(topic));
        await admin.deleteTopicRecords({
          topic: names.topic(topic),
          partitions: [{ partition, offset: String(before) }],
        });
      }),
    async fence(group, topic, partition) {
      const of = { topic: names.topic(topic), partition, group: names.group(group) };
      const transactionalId = names.transactionalId(group, topic, partition);
      (await openTransactor(endpoint, { ...of, transactionalId }, new AbortController().signal)).close();
    },
    async destroy() {
      await Promise.all(opened.map((bus) => bus.close()));
      await withAdmin(endpoint, async (admin) => {
        const topics = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
        if (topics.length > 0) await admin.deleteTopics({ topics });
      });
    },
  };
}

export interface BreakableNetwork {
  connect(to: { host: string; port: number }): Socket;
  cut(): void;
  /** Cuts before the request after the next `count` ones leaves. Resolves when that happened. */
  cutAfter(count: number): Promise<void>;
}

/** What the broker sees of a process that dies: every connection breaks at once, and none comes again. */
export function breakable(): BreakableNetwork {
  const sockets = new Set<Socket>();
  let dead = false;
  let left = Number.POSITIVE_INFINITY;
  let told: () => void = () => undefined;
  const cut = (): void => {
    dead = true;
    for (const socket of sockets) socket.destroy(new Error('the process is dead'));
    told();
  };
  return {
    connect(to) {
      const socket = connect(to);
      if (dead) process.nextTick(() => socket.destroy(new Error('the process is dead')));
      sockets.add(socket);
      const write = socket.write.bind(socket) as (...what: unknown[]) => boolean;
      // kafkajs writes each request at once, so writes are requests.
      socket.write = (...what: unknown[]) => {
        left -= 1;
        if (left < 0 && !dead) cut();
        return !dead && write(...what);
      };
      return socket.once('close', () => sockets.delete(socket));
    },
    cut,
    cutAfter(count) {
      left = count;
      return new Promise((resolve) => {
        told = resolve;
      });
    },
  };
}
