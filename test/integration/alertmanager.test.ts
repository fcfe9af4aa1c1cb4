import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createAlertmanagerSink } from '../../alerting/sinks/alertmanager.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { type Alertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/eventually.ts';
import { type StubReceiver, startStubReceiver } from '../support/stub-receiver.ts';
import { hostileUpdate } from '../unit/alerting/formats/hostile.ts';
import { update } from '../unit/alerting/updates.ts';

/** What Alertmanager sends to a webhook. */
interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

let receiver: StubReceiver;
let alertmanager: Alertmanager;
let sinks: Sink[] = [];
const { signal } = new AbortController();
const delivered = { kind: 'delivered' };

beforeAll(async () => {
  receiver = await startStubReceiver({ status: 200 });
  const page = readFileSync(join(import.meta.dirname, '../../docs/siem/alertmanager.md'), 'utf8');
  const configuration = /^```yaml\n(route:\n[\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  alertmanager = await startAlertmanager(configuration.replace('http://127.0.0.1:5001', receiver.url));
});
afterEach(async () => {
  for (const sink of sinks) await sink.close?.();
  sinks = [];
});
afterAll(async () => {
  await alertmanager.stop();
  await receiver.goAway();
});

function sinkNow({ holdMinutes = 60, clock = Date.now } = {}): Sink {
  const options = { name: 'am', url: alertmanager.url, timeoutMs: 5_000, holdMinutes, clock };
  const sink = createAlertmanagerSink(options);
  sinks.push(sink);
  return sink;
}
/** An update of now. */
const told = (...[n, more, change]: Parameters<typeof update>) => ({
  ...update(n, { openedAt: Date.now() - 5_000, ...more }, change),
  at: Date.now(),
});
const firing = async (id: string) =>
  (await alertmanager.alerts()).filter(({ labels }) => labels.incident === id).map(({ labels }) => labels.severity);
const notifications = (id: string) =>
  receiver.requests
    .map(({ body }) => JSON.parse(body) as Notification)
    .filter(({ alerts }) => alerts.some(({ labels }) => labels.incident === id));

test('an incident fires from its opening to its closing, again when it reopens, and people are told of each', async () => {
  const sink = sinkNow();
  const steps = [
    ['opened', 'open', ['high'], 'firing'],
    ['acknowledged', 'acknowledged', ['high'], 'firing'],
    ['closed', 'closed', [], 'resolved'],
    ['reopened', 'open', ['high'], 'firing'],
    ['merged', 'closed', [], 'resolved'],
  ] as const;
  for (const [i, [change, status, severities, last]] of steps.entries()) {
    expect(await sink.send(told(1, { version: i + 1, status }, change), signal)).toEqual(delivered);
    await eventually(async () => JSON.stringify(await firing('incident-1')) === JSON.stringify(severities));
    await eventually(() => notifications('incident-1').at(-1)?.status === last);
  }
});

test('when its severity rises there is one alert still, also after a restart of ours', async () => {
  expect(await sinkNow().send(told(2, { severity: 'low' }), signal)).toEqual(delivered);
  const worse = told(2, { version: 2, severity: 'critical', findings: [], more: 1 }, 'grown');
  expect(await sinkNow().send(worse, signal)).toEqual(delivered);
  expect(await firing('incident-2')).toEqual(['critical']);
});

test('one that is told again and again is one alert', async () => {
  const sink = sinkNow();
  for (let n = 0; n < 5; n += 1) expect(await sink.send(told(3, { version: 3 }, 'grown'), signal)).toEqual(delivered);
  expect(await firing('incident-3')).toEqual(['high']);
  await sink.send(told(3, { version: 4 }, 'closed'), signal);
  expect(await firing('incident-3')).toEqual([]);
});

test('without another update it ends when holdMinutes are over', async () => {
  const sink = sinkNow({ holdMinutes: 2 / 60 });
  expect(await sink.send(told(4), signal)).toEqual(delivered);
  expect(await firing('incident-4')).toEqual(['high']);
  await eventually(async () => (await firing('incident-4')).length === 0);
});

test('it ends although its clock is slow', async () => {
  const ahead = 40_000;
  const sink = sinkNow({ clock: () => Date.now() + ahead });
  expect(await sink.send(told(6), signal)).toEqual(delivered);
  expect(await firing('incident-6')).toEqual(['high']);
  const closed = told(6, { version: 2 }, 'closed');
  expect(await sink.send({ ...closed, at: closed.at + ahead }, signal)).toEqual(delivered);
  expect(await firing('incident-6')).toEqual([]);
});

test('whatever an attacker calls things, it takes the alert, under the names that are ours', async () => {
  const sink = sinkNow();
  const hostile = fc.sample(hostileUpdate, 300);
  for (const one of hostile) expect(await sink.send(one, signal)).toEqual(delivered);
  const alerts = await alertmanager.alerts();
  const names = new Set(alerts.flatMap(({ labels }) => Object.keys(labels)));
  expect(names).toEqual(new Set(['alertname', 'severity', 'host', 'workload', 'incident']));
  expect(alerts.length).toBeGreaterThan(50);
});

test('a fact in a label that templates would read is a text to it', async () => {
  const host = { id: 'h', name: '{{ .Foo }}</script><b>' };
  expect(await sinkNow().send(told(5, { host }), signal)).toEqual(delivered);
  const [notification] = await eventually(() => {
    const found = notifications('incident-5');
    return found.length > 0 ? found : undefined;
  });
  expect(notification?.alerts[0]?.labels.host).toBe(host.name);
});
