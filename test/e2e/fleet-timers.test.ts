import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { readRecording } from '../../cli/demo/recording.ts';
import { eventually } from '../support/eventually.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';

/** Timers are state: whoever takes a partition over has them go off, once. */
const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
let broker: Broker | undefined;
let fleet: Fleet | undefined;

afterAll(async () => {
  await fleet?.close();
  await broker?.stop();
});

test('owners die with timers open: a host falls silent once, and every incident that only had events closes once', async () => {
  broker = await startBroker();
  const shape = { hosts: 2, analyzers: 2, alertings: 2 };
  const running = await startFleet({
    broker: broker.address,
    prefix: 'timers.',
    lines,
    startAt: Date.now(),
    config: () => 'incidents: { quietMinutes: 0.25 }',
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
