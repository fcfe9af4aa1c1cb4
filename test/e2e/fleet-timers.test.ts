import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readRecording } from '../../cli/demo/recording.ts';
import { observationRecord } from '../../collector/observation-record.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import { exec, lifecycle, snapshot } from '../support/analyzer/observations.ts';
import { eventually } from '../support/eventually.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';

/** Timers are state: whoever takes a partition over has them go off, once. */
const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
let broker: Broker;
let fleet: Fleet | undefined;

beforeAll(async () => {
  broker = await startBroker();
});
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});
afterAll(() => broker.stop());

test('owners die with timers open: a host falls silent once, and every incident that only had events closes once', async () => {
  const shape = { hosts: 2, analyzers: 2, alertings: 2 };
  const running = await startFleet({
    broker: broker.address,
    lines,
    startAt: Date.now(),
    config: () => 'incidents: { quietMinutes: 0.25, reopenMinutes: 0 }',
    ...shape,
  });
  fleet = running;
  await running.ready();
  await running.play({ to: 100, paceMs: 20 });
  const bothHosts = async () => {
    const { incidents } = await running.outcome();
    return new Set([...incidents.values()].map(({ incident }) => incident.host.id)).size === 2;
  };
  await eventually(bothHosts, running.explain('not every host has an incident'), 30_000);
  await running.kill('collector-1');
  // Whoever of the two has host 1, its partition moves: each dies once, when the other is there.
  for (const part of ['analyzer', 'alerting'] as const) await running.kill(`${part}-1`);
  await delay(5_000);
  for (const part of ['analyzer', 'alerting'] as const) running.start(`${part}-1`);
  await running.ready();
  await delay(5_000);
  for (const part of ['analyzer', 'alerting'] as const) await running.kill(`${part}-2`);

  const silent = async () => {
    const { findings } = await running.outcome();
    return findings.filter(({ rule, host }) => rule.catalogue.includes('MON-01') && host.id === running.hosts[0]?.id);
  };
  await eventually(async () => (await silent())[0], running.explain('nobody told that the host is silent'), 90_000);
  const open = async () =>
    [...(await running.outcome()).incidents.values()].filter(
      ({ incident }) => incident.status === 'open' && incident.findings.every(({ nature }) => nature === 'event'),
    );
  await eventually(async () => (await open()).length === 0, running.explain('incidents stay open'), 60_000);
  expect(await silent()).toHaveLength(1);
  const { findings } = await running.outcome();
  expect(
    findings.filter(({ rule, host }) => rule.catalogue.includes('MON-01') && host.id === running.hosts[1]?.id),
  ).toEqual([]);
  const closed = (await running.updates())
    .filter(({ change }) => change === 'closed')
    .map(({ incident }) => incident.id);
  expect(closed.length).toBeGreaterThan(3);
  expect(new Set(closed).size).toBe(closed.length);
});

test('the analyzer dies while containers wait to be told or to replace others: its successor continues one silently and tells the two that replace nobody, once', async () => {
  const shape = { hosts: 1, analyzers: 1, alertings: 1 };
  const options = { broker: broker.address, lines, startAt: Date.now() };
  const running = await startFleet({ ...options, ...shape });
  fleet = running;
  await running.ready();
  const [host] = running.hosts;
  if (host === undefined) throw new Error('there is no host');
  const observe = (...observations: readonly Observation[]): Promise<void> =>
    running.bus.append(
      topic.observations,
      observations.map((one) => observationRecord({ ...one, host: { id: host.id, name: host.name } })),
    );
  const findings = async (id: string, row: string): Promise<readonly Finding[]> =>
    (await running.outcome()).findings.filter(
      ({ container, rule }) => container?.id === id && rule.catalogue.includes(row),
    );
  const found = (id: string, row: string): Promise<Finding> =>
    eventually(async () => (await findings(id, row))[0], running.explain(`${row} was not told of ${id}`), 90_000);
  const privileged = (name: string, now: number) =>
    snapshot(name, now, { name: name.replace(/-.*/, ''), privileged: true });

  const slots = ['continued', 'ended', 'late'];
  for (const slot of slots) await observe(...privileged(`${slot}-old`, Date.now()));
  for (const slot of slots) await found(`${slot}-old`, 'CFG-01');
  const waiting = Date.now();
  for (const slot of slots) await observe(...privileged(`${slot}-new`, Date.now()));
  // Told behind them, so they are decided on: they wait.
  await observe(...privileged('before', Date.now()));
  await found('before', 'CFG-01');
  for (const slot of slots) expect(await findings(`${slot}-new`, 'CFG-01')).toEqual([]);

  await running.kill('analyzer-1');
  running.start('analyzer-2');
  await observe(lifecycle('continued-old', Date.now(), 'destroy', { name: 'continued' }));
  await observe(lifecycle('ended-new', Date.now(), 'destroy', { name: 'ended' }));
  await observe(exec('continued-new', Date.now(), ['id'], { name: 'continued', privileged: true }));
  await found('ended-new', 'CFG-01');
  const [old, later] = [await found('continued-old', 'CFG-01'), await found('continued-new', 'EXE-01')];
  expect(later.container?.lineage).toBe(old.container?.lineage);
  // The minute of the last one goes on with whoever has its partition.
  const late = await found('late-new', 'CFG-01');
  expect(late.detectedAt - waiting).toBeGreaterThan(50_000);
  expect(late.container?.lineage).not.toBe((await found('late-old', 'CFG-01')).container?.lineage);
  await observe(...privileged('after', Date.now()));
  await found('after', 'CFG-01');
  expect(await findings('continued-new', 'CFG-01')).toEqual([]);
  for (const slot of ['ended', 'late']) expect(await findings(`${slot}-new`, 'CFG-01')).toHaveLength(1);
});
