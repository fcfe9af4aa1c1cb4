import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningAlerting, startAlerting } from '../../alerting/main.ts';
import { needsOf } from '../../cli/doctor/kafka-parts.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { giveRights } from '../../shared/bus/kafka/give-rights.ts';
import { createNames } from '../../shared/bus/kafka/names.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { type SecureBroker, startBroker } from '../support/kafka/broker.ts';
import { type StubReceiver, startStubReceiver } from '../support/stub-receiver.ts';
import { incidentRecord, update } from '../unit/alerting/updates.ts';

/** `sinks retry` on a real broker, by a user who may do no more than the table in docs/bus.md says. */
const topicPrefix = 'retry.';
const topics = topicSpecs({ partitions: 2, retention: { ms: 3_600_000, bytes: 1e9 } });

let broker: SecureBroker;
let stub: StubReceiver;
let directory: string;
let everything: Bus;
let own: Bus;
let alerting: RunningAlerting;
let headers: Record<string, string>;
beforeAll(async () => {
  broker = await startBroker({ secure: true });
  stub = await startStubReceiver({ status: 422 });
  directory = await mkdtemp(join(tmpdir(), 'moorwatch-retry-'));
  const admin = { brokers: [broker.address], clientId: 'test' };
  everything = await openKafkaBus({ ...admin, topicPrefix, topics, replication: 1 });
  const rights = needsOf(createNames(topicPrefix, topics), ['hook']).find(({ part }) => part === 'alerting')?.rights;
  await giveRights(admin, 'alerting', rights ?? []);
  const endpoint = await broker.endpoint('scram-sha-512', 'alerting');
  // The broker takes a moment to know what it allowed.
  own = await eventually(
    () => openKafkaBus({ ...endpoint, topicPrefix, topics, replication: 1, createTopics: false }),
    undefined,
    60_000,
  );
  const tokenFile = join(directory, 'feed.token');
  alerting = await startAlerting({
    config: configSchema.parse({ feed: { port: 0 }, sinks: { hook: { type: 'webhook', url: stub.url } } }),
    bus: own,
    logName: 'a test',
    telemetry: noTelemetry,
    tokenFile,
    metrics: async () => '',
    clock: Date.now,
    version: '1',
    giveUp: (error) => expect.unreachable(error.message),
  });
  headers = { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
}, 240_000);
afterAll(async () => {
  await alerting?.stop();
  await Promise.all([own?.close(), everything?.close()]);
  await stub?.goAway();
  await broker?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What no compression makes smaller. */
const noise = (bytes: number): string =>
  randomBytes(Math.ceil((bytes * 3) / 4))
    .toString('base64')
    .slice(0, bytes);
const ask = (path: string, method = 'GET'): Promise<Response> =>
  fetch(`${alerting.url}/api/v1/sinks/hook/${path}`, { method, headers });
const rejected = async () =>
  (await (await ask('rejected')).json()) as { rejected: { whole: boolean; retried?: object }[]; more: number };
const taken = (): Set<string> =>
  new Set(
    stub.requests.filter(({ status }) => status === 204).map(({ headers }) => String(headers['idempotency-key'])),
  );
const append = (updates: readonly IncidentUpdate[]): Promise<void> =>
  everything.append(
    topic.incidents,
    updates.map((one, n) => ({ ...incidentRecord(one), partition: n % 2 })),
  );

it('sends again what was refused, near the size of what a topic takes and many; what was too large to be kept is told', async () => {
  const large = Array.from({ length: 12 }, (_, n) => update(n, { title: noise(780_000) }));
  const tooLarge = update(100, { title: noise(860_000) });
  const small = Array.from({ length: 200 }, (_, n) => update(200 + n));
  const all = [...large, tooLarge, ...small];
  await append(all);
  await eventually(
    async () => {
      const { rejected: letters, more } = await rejected();
      return letters.length + more === all.length || undefined;
    },
    undefined,
    120_000,
  );
  stub.answer = { status: 204 };
  const started = performance.now();
  const answers = [];
  for (let n = 0; n < 3; n += 1) {
    const response = await ask('retry', 'POST');
    expect(response.status).toBe(200);
    answers.push(await response.json());
  }
  const named = [expect.objectContaining({ place: expect.stringMatching(/^\d@\d+$/) as string }) as object];
  const tookMs = Math.round(performance.now() - started);
  expect(answers).toEqual([
    { retried: 200, unreadable: 1, more: 12, named },
    { retried: 12, unreadable: 1, more: 0, named },
    { retried: 0, unreadable: 1, more: 0, named },
  ]);
  const wanted = [...large, ...small].map(({ id }) => id).toSorted();
  await eventually(() => taken().size >= wanted.length || undefined, undefined, 60_000);
  expect([...taken()].toSorted()).toEqual(wanted);
  console.log(`three retries of 212 updates (12 of 780 kB) took ${tookMs} ms`);
  const left = await rejected();
  expect(left.rejected.filter(({ retried }) => retried === undefined)).toMatchObject([{ whole: false }]);
}, 240_000);

it('says what is missing when the right to read `rejected` is', async () => {
  const right = { on: 'topic', name: `${topicPrefix}rejected`, prefixed: false, operation: 'READ' } as const;
  await broker.revoke('alerting', right);
  const problem = await eventually(async () => {
    const response = await ask('retry', 'POST');
    return [200, 409].includes(response.status) ? undefined : { status: response.status, told: await response.text() };
  });
  expect(problem).toMatchObject({ status: 503, told: expect.stringContaining('Topic authorization failed') as string });
  await broker.allow('alerting', right);
  await eventually(async () => (await ask('retry', 'POST')).status === 200 || undefined);
});
