import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAlerting } from '../../alerting/main.ts';
import { runAnalyzer } from '../../analyzer/main.ts';
import { createQueue } from '../../collector/queue.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { findingRecordSchema } from '../../shared/finding.ts';
import { incidentUpdateSchema } from '../../shared/incident.ts';
import { createRedactor } from '../../shared/redact.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { traceparentOf } from '../../shared/trace-context.ts';
import { exec } from '../support/analyzer/observations.ts';
import { quickBaselines } from '../support/analyzer/play.ts';
import { privilegedExec, ruleSet, wording } from '../support/analyzer/rules.ts';
import { eventually } from '../support/eventually.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';

/** What an independent client of Kafka sees of the chain: plain JSON, its key, its headers. */
const run = promisify(execFile);
let broker: Broker;
let bus: Bus;
let directory: string;

beforeAll(async () => {
  broker = await startBroker();
  directory = await mkdtemp(join(tmpdir(), 'moorwatch-kcat-'));
  const topics = topicSpecs({ partitions: 2, retention: { ms: 3_600_000, bytes: 1e9 } });
  bus = await openKafkaBus({
    brokers: [broker.address],
    clientId: 'test',
    topicPrefix: 'fleet.',
    topics,
    replication: 1,
  });
}, 240_000);
afterAll(async () => {
  await bus?.close();
  await broker?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Seen {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

async function kcat(name: string): Promise<readonly Seen[]> {
  const format = '%k\t%h\t%s\n';
  const { stdout } = await run('kcat', ['-C', '-q', '-e', '-b', broker.address, '-t', `fleet.${name}`, '-f', format]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [key = '', headers = '', value = ''] = line.split('\t');
      const named = headers.split(',').map((one) => one.split('=', 2) as [string, string]);
      return { key, headers: Object.fromEntries(named), value: JSON.parse(value) as unknown };
    });
}

test('kcat reads observations, findings and incidents as plain JSON, with schema version and trace context in the headers', async () => {
  const giveUp = (error: Error) => expect.unreachable(error.message);
  const analyzer = await runAnalyzer({
    config: { baselines: quickBaselines },
    bus,
    telemetry: noTelemetry,
    clock: Date.now,
    rules: ruleSet([privilegedExec]),
    wording,
    instance: 'test',
    giveUp,
  });
  const alerting = await startAlerting({
    config: configSchema.parse({ feed: { port: 0 } }),
    bus,
    logName: 'a test',
    telemetry: noTelemetry,
    tokenFile: join(directory, 'feed.token'),
    metrics: () => Promise.resolve(''),
    clock: Date.now,
    version: '1',
    giveUp,
  });
  const redactor = createRedactor('key');
  const queue = createQueue({ bus, telemetry: noTelemetry, redactor, partitions: 2, most: 1_000, now: Date.now });
  const observation = exec('c1', Date.now(), ['sh', '-c', 'echo "ü"'], { privileged: true });
  queue.put({ kind: 'observation', observation });

  const [incident] = await eventually(async () => {
    const seen = await kcat('incidents');
    return seen.length > 0 ? seen : undefined;
  });
  const headers = { 'moorwatch-schema': '1.0', traceparent: traceparentOf(observation.id) };
  const of = (name: string) => kcat(name).then((seen) => seen.find(({ key }) => key === observation.host.id));
  expect(await of('observations')).toMatchObject({ headers, value: { id: observation.id, kind: 'exec' } });
  const finding = await of('findings');
  expect(finding).toMatchObject({ headers, value: { type: 'finding' } });
  expect(findingRecordSchema.safeParse(finding?.value).success).toBe(true);
  expect(incident).toMatchObject({ key: observation.host.id, headers: { ...headers, 'moorwatch-change': 'opened' } });
  expect(incidentUpdateSchema.safeParse(incident?.value).success).toBe(true);
  await alerting.stop();
  await analyzer.stop();
});
