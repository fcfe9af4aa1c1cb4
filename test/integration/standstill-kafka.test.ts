import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { map } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startAlerting } from '../../alerting/main.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { type IncidentUpdate, incidentUpdateSchema } from '../../shared/incident.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { type StubReceiver, startStubReceiver } from '../support/stub-receiver.ts';
import { finding, told } from '../unit/alerting/finding-records.ts';

/** Two alertings on a real broker that share the partitions, with the clock of the watch scaled by configuration. */
let directory = '';
let broker: Broker;
let receiver: StubReceiver;
const buses: Bus[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'moorwatch-standstill-'));
  receiver = await startStubReceiver({ status: 503 });
  broker = await startBroker();
}, 120_000);
afterAll(async () => {
  for (const bus of buses) await bus.close();
  await broker.stop();
  await receiver.goAway();
  await rm(directory, { recursive: true });
});

const open = async (): Promise<Bus> => {
  const bus = await openKafkaBus({
    brokers: [broker.address],
    clientId: 'test',
    topicPrefix: 'still.',
    topics: topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 100_000_000 } }),
    replication: 1,
    sessionTimeoutMs: 6_000,
  });
  buses.push(bus);
  return bus;
};
const start = (bus: Bus, instance: string) =>
  startAlerting({
    config: configSchema.parse({
      feed: { port: 0 },
      watch: { stillMinutes: 0.1 },
      incidents: { quietMinutes: 0.02, reopenMinutes: 5 },
      sinks: {
        siem: { type: 'webhook', url: receiver.url },
        archive: { type: 'file', path: join(directory, `${instance}.ndjson`) },
      },
    }),
    bus,
    logName: 'a test',
    telemetry: noTelemetry,
    tokenFile: join(directory, 'feed.token'),
    metrics: async () => '',
    clock: Date.now,
    version: '1',
    instance,
    giveUp: (error) => expect.unreachable(error.message),
  });

it('of the same trouble two alertings make one incident, over a restart, and close it', async () => {
  const [bus, other] = [await open(), await open()];
  /** Every update about Moorwatch itself that is in the log. */
  const ofItself = async (): Promise<readonly IncidentUpdate[]> => {
    const updates: IncidentUpdate[] = [];
    for await (const { records } of bus.read('incidents', { from: 'oldest', follow: false }))
      for (const { value } of records) {
        const { data } = incidentUpdateSchema.safeParse(JSON.parse(value ?? 'null'));
        if (data?.incident.host.name === 'Moorwatch') updates.push(data);
      }
    return updates;
  };
  const changes = async (host: string) =>
    (await ofItself()).filter(({ incident }) => incident.host.id === host).map(({ change }) => change);
  const first = await start(bus, 'a');
  const second = await start(other, 'b');
  const about = (id: string) => [{ key: id, value: JSON.stringify(told(finding(id, { in: id }))), at: Date.now() }];
  await bus.append('observations', [{ key: 'h', value: '{}', at: Date.now(), partition: 3 }]);
  for (const id of ['f1', 'f2', 'f3', 'f4']) await bus.append('findings', about(id));

  const opened = async () => [await changes('moorwatch/sink/siem'), await changes('moorwatch/analyzer')];
  await eventually(async () => (await opened()).every(({ length }) => length > 0), undefined, 90_000);
  // Both have looked often by now.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  expect(await opened()).toEqual([['opened'], ['opened']]);
  await first.stop();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const again = await start(bus, 'c');
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  expect(await opened()).toEqual([['opened'], ['opened']]);
  const archived = await Promise.all(
    ['a', 'b', 'c'].map((name) => readFile(join(directory, `${name}.ndjson`), 'utf8').catch(() => '')),
  );
  expect(archived.join('')).toContain('the sink siem does not get past a record of');

  receiver.answer = { status: 200 };
  const analyzing = bus.process('analyzer', 'observations', {
    open: () => map((batch) => ({ outputs: [], state: [], done: batch.records.length })),
  });
  await eventually(async () => (await opened()).every((all) => all.at(-1) === 'closed'), undefined, 120_000);
  for (const { incident } of await ofItself())
    expect(incident.title).toMatch(/^Moorwatch: (?:the sink siem|partition 3)/);
  await analyzing.stop();
  await again.stop();
  await second.stop();
}, 300_000);

it('looks over connections that stay open go on after the broker died and came back', async () => {
  const bus = await open();
  await bus.append('rejected', [{ key: 'h', value: '{}', at: Date.now(), partition: 2 }]);
  const look = async () => [...(await bus.waiting('nobody', 'rejected')).keys()];
  expect([await look(), await look()]).toEqual([[2], [2]]);
  await broker.kill();
  await expect(look()).rejects.toThrow();
  await broker.restart();
  expect(await eventually(look, undefined, 60_000)).toEqual([2]);
}, 120_000);
