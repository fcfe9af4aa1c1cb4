import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAlerting, startAlerting } from '../../alerting/main.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { type IncidentUpdate, incidentUpdateSchema } from '../../shared/incident.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { type StubReceiver, startStubReceiver } from '../support/stub-receiver.ts';
import { finding, told } from '../unit/alerting/finding-records.ts';

/** On the real embedded log, with the clock of the watch scaled by configuration: five minutes are a second. */
describe('what stands still is an incident', () => {
  let directory = '';
  let receiver: StubReceiver;
  const buses: Bus[] = [];
  let running: RunningAlerting[] = [];
  const file = (name: string) => join(directory, name);

  const open = async (): Promise<Bus> => {
    const bus = await openSqliteBus({
      path: file('moorwatch.db'),
      synchronous: 'normal',
      topics: topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 100_000_000 } }),
    });
    buses.push(bus);
    return bus;
  };
  const start = async (bus: Bus, instance = 'a') => {
    const alerting = await startAlerting({
      config: configSchema.parse({
        feed: { port: 0 },
        watch: { stillMinutes: 1 / 60 },
        incidents: { quietMinutes: 0.02, reopenMinutes: 5 },
        sinks: {
          siem: { type: 'webhook', url: receiver.url },
          archive: { type: 'file', path: file('archive.ndjson') },
          alive: { type: 'heartbeat', url: receiver.url, everyMinutes: 0.01 },
        },
      }),
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      tokenFile: file('feed.token'),
      metrics: async () => '',
      clock: Date.now,
      version: '1',
      instance,
      giveUp: (error) => expect.unreachable(error.message),
    });
    running.push(alerting);
    return alerting;
  };
  const stopAll = async () => {
    for (const alerting of running) await alerting.stop();
    running = [];
  };
  /** What the other sink was told of Moorwatch itself, oldest first. */
  const ofItself = async (): Promise<readonly IncidentUpdate[]> =>
    (await readFile(file('archive.ndjson'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => incidentUpdateSchema.parse(JSON.parse(line)))
      .filter(({ incident }) => incident.host.name === 'Moorwatch');
  const changes = async (title: string) =>
    (await ofItself()).filter(({ incident }) => incident.title.includes(title)).map(({ change }) => change);
  const found = (bus: Bus, id: string) =>
    bus.append('findings', [{ key: 'h1', value: JSON.stringify(told(finding(id, { in: id }))), at: Date.now() }]);
  const observed = (bus: Bus) => bus.append('observations', [{ key: 'h1', value: '{}', at: Date.now(), partition: 2 }]);
  const analyze = (bus: Bus) =>
    bus.process('analyzer', 'observations', {
      open: () => map((batch) => ({ outputs: [], state: [], done: batch.records.length })),
    });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const words = async (bus: Bus) => {
    const latest = new Map<string, string | null>();
    for await (const { records } of bus.read('status', { from: 'oldest', follow: false }))
      for (const { key, value } of records) latest.set(key, value);
    return [...latest].filter(([key, value]) => key.startsWith('standstill/') && value !== null).map(([key]) => key);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-standstill-'));
    receiver = await startStubReceiver({ status: 503 });
  });
  afterEach(async () => {
    await stopAll();
    for (const bus of buses.splice(0)) await bus.close();
    await receiver.goAway();
    await rm(directory, { recursive: true });
  });

  it('of a sink whose receiver refuses: told once by the other sink, over restarts, and closed when it delivers', async () => {
    const bus = await open();
    await start(bus);
    await found(bus, 'f1');
    const siem = 'the sink siem does not get past a record of 20';
    await eventually(async () => (await changes(siem)).length === 1);
    const [{ incident } = expect.unreachable()] = await ofItself();
    expect(incident).toMatchObject({ status: 'open', severity: 'high', host: { id: 'moorwatch/sink/siem' } });
    expect(incident.title).toMatch(
      /^Moorwatch: the sink siem does not get past a record of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    );
    expect(await words(bus)).toHaveLength(1);

    await stopAll();
    await start(bus);
    await found(bus, 'f2');
    await pause(3_000);
    expect(await changes(siem)).toEqual(['opened']);

    receiver.answer = { status: 200 };
    await eventually(async () => (await changes(siem)).at(-1) === 'closed', undefined, 60_000);
    expect(new Set((await ofItself()).map((update) => update.incident.id)).size).toBe(1);
    expect(await words(bus)).toEqual([]);
    // What waited arrived, the standstill's own incident too.
    expect(receiver.requests.some(({ body, status }) => status === 200 && body.includes(siem))).toBe(true);
  });

  it('of a partition that nobody analyzes: one, though two alertings look; closed although it ended while none ran', async () => {
    const [bus, other] = [await open(), await open()];
    receiver.answer = { status: 200 };
    await Promise.all([start(bus, 'a'), start(other, 'b')]);
    const word = (key: string, more: object) => ({ key, value: JSON.stringify({ pid: 1, ...more }), at: Date.now() });
    await bus.append('status', [
      word('collector/h1', { part: 'collector', connected: true }),
      word('analyzer/a', { part: 'analyzer' }),
    ]);
    // Whoever asks for the heartbeat's address by GET sends nothing.
    const beats = () => receiver.requests.filter(({ body }) => body === '').length;
    await eventually(() => beats() > 0);
    await observed(bus);
    const partition = 'partition 2 of observations is not analyzed past a record of 20';
    await eventually(async () => (await changes(partition)).length > 0);
    await pause(1_000);
    const before = beats();
    await pause(3_000);
    expect(await changes(partition)).toEqual(['opened']);
    expect(beats()).toBe(before);

    await stopAll();
    const analyzing = analyze(bus);
    await eventually(async () => (await bus.waiting('analyzer', 'observations')).size === 0);
    await start(bus);
    await eventually(async () => (await changes(partition)).at(-1) === 'closed', undefined, 30_000);
    expect(await words(bus)).toEqual([]);
    await analyzing.stop();
  });

  it('is none while everything moves, however much comes', async () => {
    const bus = await open();
    receiver.answer = { status: 200 };
    const analyzing = analyze(bus);
    await start(bus);
    for (let n = 0; n < 60; n += 1) {
      await observed(bus);
      await found(bus, `f${n}`);
      await pause(50);
    }
    expect(await ofItself()).toEqual([]);
    expect(await words(bus)).toEqual([]);
    await analyzing.stop();
  });
});
