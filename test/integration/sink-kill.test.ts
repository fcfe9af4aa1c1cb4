import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { topic } from '../../shared/bus/topics.ts';
import { type Child, spawnScript } from '../support/bus/child.ts';
import { openSqliteUnderTest } from '../support/bus/sqlite.ts';
import { eventually } from '../support/eventually.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { createUserTopic } from '../support/kafka/user-topic.ts';
import { startOtelCollector } from '../support/otel-collector/collector.ts';
import { random } from '../support/random.ts';
import { type SinkOrder, topics } from '../support/sink-process.ts';
import { type Receiver, sinkReceivers } from '../support/sink-receivers.ts';
import { startStubReceiver } from '../support/stub-receiver.ts';
import { startTcpReceiver } from '../support/syslog-receiver.ts';
import { parse5424 } from '../unit/alerting/formats/rfc5424.ts';
import { incidentRecord, update } from '../unit/alerting/updates.ts';

/** kill -9 of the process that delivers, at random while it sends: everything arrives, and what comes twice is no more than was under way. */
const script = fileURLToPath(new URL('../support/sink-process.ts', import.meta.url));
/** Of those that have a protocol of their own, and of the others, which share it or its like. */
const kills = { protocol: 6, kind: 3 };
/** Of each of the two partitions (alerting/sinks/run.ts). */
const batch = 50;

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
}, 240_000);
afterAll(() => broker?.stop());

const receivers: Readonly<Record<string, (directory: string) => Promise<Receiver>>> = {
  ...sinkReceivers,
  kafka: () => toKafka('killed', {}),
  'kafka with OCSF': () => toKafka('killed-ocsf', { format: 'ocsf', ocsfClass: 'incident' }),
  webhook: async () => {
    const stub = await startStubReceiver({ status: 204 });
    const ids = async () => stub.requests.map(({ headers }) => String(headers['idempotency-key']));
    return { config: { type: 'webhook', url: stub.url }, ids, close: stub.goAway };
  },
  otel: async () => {
    const collector = await startOtelCollector();
    const ids = async () =>
      collector.gathered().logs.map(({ attributes }) => String(attributes['moorwatch.update.id']));
    const config = { type: 'otel', url: `http://127.0.0.1:${collector.ports.grpc}`, protocol: 'grpc' };
    return { config, ids, close: collector.stop };
  },
  // The receiver lives: what its machine took of a process that was killed, it reads.
  syslog: async () => {
    const receiver = await startTcpReceiver();
    const ids = async () => receiver.messages.map((text) => parse5424(text).data['incident@32473']?.update ?? '');
    const config = { type: 'syslog', url: `tcp://127.0.0.1:${receiver.port}` };
    return { config, ids, close: () => receiver.goAway() };
  },
};

async function toKafka(name: string, format: object): Promise<Receiver> {
  const user = await createUserTopic(broker.address, { name });
  const config = { type: 'kafka', brokers: [broker.address], topic: user.name, ...format };
  return { config, ids: user.ids, close: async () => undefined };
}

it.each(Object.entries(receivers))('%s', { timeout: 240_000 }, async (kind, start) => {
  const times = kind in sinkReceivers ? kills.kind : kills.protocol;
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-kill-'));
  const receiver = await start(directory);
  const log = await openSqliteUnderTest({ leaseMs: 1_000 });
  const { bus } = await log.open({ topics });
  const next = random(8);
  const sent: string[] = [];
  let done = false;
  const append = async (): Promise<void> => {
    for (let n = 0; !done; n += 1) {
      const one = update(n);
      sent.push(one.id);
      await bus.append(topic.incidents, [{ ...incidentRecord(one), partition: n % 2 }]);
      await wait(10);
    }
  };
  const appending = append();
  let child: Child | undefined;
  try {
    for (let n = 0; n < times; n += 1) {
      child = spawnScript(script, { path: log.path, config: receiver.config } satisfies SinkOrder);
      // Some of what waits, or what came meanwhile.
      await child.said(/^sending/, 1 + Math.floor(next() * 150));
      // Also between the receiver's answer and the note of it.
      await wait(next() * 60);
      child.signal('SIGKILL');
      await child.exited;
    }
    child = spawnScript(script, { path: log.path, config: receiver.config } satisfies SinkOrder);
    await child.said(/^sending/);
    done = true;
    await appending;
    let missing = sent.length;
    await eventually(
      async () => {
        const have = new Set(await receiver.ids());
        missing = sent.filter((id) => !have.has(id)).length;
        return missing === 0 || undefined;
      },
      () => `${missing} of ${sent.length} never arrived`,
      60_000,
    );
    const ids = await receiver.ids();
    const repeated = ids.length - new Set(ids).size;
    console.log(`${kind}: ${sent.length} updates, ${times} kills, ${repeated} came again`);
    expect(repeated).toBeLessThanOrEqual(times * 2 * batch);
    expect(new Set(ids).size).toBe(sent.length);
  } finally {
    done = true;
    await appending;
    child?.signal('SIGTERM');
    await child?.exited;
    await receiver.close();
    await log.destroy();
    await rm(directory, { recursive: true });
  }
});
