import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAlerting } from '../../alerting/main.ts';
import { runAnalyzer } from '../../analyzer/main.ts';
import { keyOf, needsOf, type PartName } from '../../cli/doctor/kafka-parts.ts';
import { rightsFindings } from '../../cli/doctor/kafka-rights.ts';
import { createQueue } from '../../collector/queue.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { giveRights } from '../../shared/bus/kafka/give-rights.ts';
import { createNames } from '../../shared/bus/kafka/names.ts';
import { type Right, testRights } from '../../shared/bus/kafka/rights.ts';
import { setScramUsers } from '../../shared/bus/kafka/scram-users.ts';
import { type Bus, isTick } from '../../shared/bus/port.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { createRedactor } from '../../shared/redact.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { nginx } from '../support/analyzer/decisions.ts';
import { exec } from '../support/analyzer/observations.ts';
import { quickBaselines } from '../support/analyzer/play.ts';
import { privilegedExec, ruleSet, wording } from '../support/analyzer/rules.ts';
import { eventually } from '../support/eventually.ts';
import { type SecureBroker, startBroker } from '../support/kafka/broker.ts';

/** The table of rights in docs/bus.md, right by right, on a broker with an authorizer. */
const topicPrefix = 'rights.';
const topics = topicSpecs({ partitions: 2, retention: { ms: 3_600_000, bytes: 1e9 } });
const needs = needsOf(createNames(topicPrefix, topics), ['out']);
const parts = needs.map(({ part }) => part);
const rightsOf = (part: PartName): readonly Right[] => needs.find((one) => one.part === part)?.rights ?? [];

let broker: SecureBroker;
let directory: string;
/** The broker's own listener: who comes there may do everything. */
let admin: { brokers: readonly string[]; clientId: string };
const opened: Bus[] = [];

beforeAll(async () => {
  broker = await startBroker({ secure: true });
  directory = await mkdtemp(join(tmpdir(), 'moorwatch-rights-'));
  admin = { brokers: [broker.address], clientId: 'test' };
  await (await openKafkaBus({ ...admin, topicPrefix, topics, replication: 1 })).close();
}, 120_000);
afterAll(async () => {
  await Promise.all(opened.map((bus) => bus.close()));
  await broker.stop();
  await rm(directory, { recursive: true, force: true });
});

const endpointOf = (part: PartName) => broker.endpoint('scram-sha-512', part);

/** The bus as this part's user has it. */
async function busOf(part: PartName): Promise<Bus> {
  const endpoint = await endpointOf(part);
  const bus = await openKafkaBus({ ...endpoint, topicPrefix, topics, replication: 1, createTopics: false });
  opened.push(bus);
  return bus;
}

async function valuesIn(bus: Bus, name: string): Promise<readonly string[]> {
  const values: string[] = [];
  for await (const { records } of bus.read(name, { from: 'oldest', follow: false }))
    for (const record of records) if (!isTick(record) && record.value !== null) values.push(record.value);
  return values;
}

it('each part with its own user and only what the table gives it: the chain works from an observation to a sink, also with poison', async () => {
  for (const part of parts) await giveRights(admin, part, rightsOf(part));
  const [collecting, analyzing, alertingBus] = [
    await busOf('collector'),
    await busOf('analyzer'),
    await busOf('alerting'),
  ];
  const giveUp = (error: Error) => expect.unreachable(error.message);
  const common = { telemetry: noTelemetry, clock: Date.now, giveUp };
  const rules = { rules: ruleSet([privilegedExec]), wording, instance: 'test' };
  const startAnalyzer = () =>
    runAnalyzer({ ...common, ...rules, config: { baselines: quickBaselines }, bus: analyzing });
  const sink = join(directory, 'out.ndjson');
  const tokenFile = join(directory, 'feed.token');
  const startAlertingPart = () =>
    startAlerting({
      ...common,
      config: configSchema.parse({ feed: { port: 0 }, sinks: { out: { type: 'file', path: sink } } }),
      bus: alertingBus,
      logName: 'a test',
      tokenFile,
      metrics: () => Promise.resolve(''),
      version: '1',
    });
  const [analyzer, alerting] = [await startAnalyzer(), await startAlertingPart()];
  const redactor = createRedactor('key');
  const queue = createQueue({
    bus: collecting,
    telemetry: noTelemetry,
    redactor,
    partitions: 2,
    most: 10,
    now: Date.now,
  });
  await collecting.append(topic.observations, [{ key: 'h', value: '{"poison', at: 1 }]);
  await analyzing.append(topic.findings, [{ key: 'h', value: '{"poison', at: 1 }]);
  queue.put({ kind: 'observation', observation: exec('c1', Date.now(), ['id'], { privileged: true }) });
  const cursor = { nano: '1', event: true };
  queue.put({ kind: 'checkpoint', checkpoint: { hostId: 'h', cursor, containers: new Map() } });
  await queue.drain();

  await eventually(async () => (await readFile(sink, 'utf8')).includes('"opened"') || undefined);
  expect((await valuesIn(collecting, topic.collectorState)).join('\n')).toContain('"nano":"1"');
  const everything = await openKafkaBus({ ...admin, topicPrefix, topics, replication: 1 });
  opened.push(everything);
  await eventually(async () => {
    const rejected = (await valuesIn(everything, topic.rejected)).map(
      (value) => (JSON.parse(value) as { topic: string }).topic,
    );
    return (rejected.includes(topic.observations) && rejected.includes(topic.findings)) || undefined;
  });
  const headers = { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${alerting.url}${path}`, { headers });
    expect([path, response.status]).toEqual([path, 200]);
    return await response.text();
  };
  await eventually(async () => (await get('/api/v1/status')).includes('"part":"analyzer"'));
  expect(await get('/api/v1/incidents')).toContain('"open"');
  expect(await get('/api/v1/baselines')).toContain('"workload"');
  const used = encodeURIComponent(exec('c1', 0, []).workload?.id ?? '');
  expect(await get(`/api/v1/use/${used}`)).toContain('"uses"');
  const order = { type: 'mode', workload: nginx, mode: 'enforce' };
  const taken = await fetch(`${alerting.url}/api/v1/decisions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ host: 'anchor', reason: 'a drill', order }),
  });
  expect(taken.status).toBe(202);
  await eventually(async () => (await get('/api/v1/decisions')).includes('"applied"'));
  await alerting.stop();
  await analyzer.stop();
  // Who restored state appends a tick to what it reads.
  const again = [await startAnalyzer(), await startAlertingPart()];
  const ticked = async (name: string): Promise<boolean> => {
    for await (const { records } of everything.read(name, { from: 'oldest', follow: false }))
      if (records.some(isTick)) return true;
    return false;
  };
  await eventually(async () => (await ticked(topic.observations)) && (await ticked(topic.findings)));
  for (const one of again) await one.stop();
});

/** Who may read or write a topic may also see it, and who may write some topic may be an idempotent producer: Kafka takes these for given. */
function implying(part: PartName, { on, name, operation }: Right): readonly Right[] {
  if (on === 'cluster') return rightsOf(part).filter((other) => other.on === 'topic' && other.operation === 'WRITE');
  if (operation !== 'DESCRIBE') return [];
  return rightsOf(part).filter(
    (other) => other.on === 'topic' && other.name === name && other.operation !== 'DESCRIBE',
  );
}

describe.each(parts)('the %s', (part) => {
  const all = rightsOf(part);

  it.each(all.map((right) => [keyOf(right), right] as const))(
    'without %s: doctor names it, and nothing else',
    async (_, right) => {
      const alike = implying(part, right);
      const taken = [right, ...alike];
      await giveRights(admin, part, all);
      await told(part, []);
      // As long as something implies it, it is not missing.
      await revoke(part, [right]);
      await told(part, alike.length === 0 ? [right] : []);
      await revoke(part, alike);
      await told(part, taken);
      await giveRights(admin, part, all);
      await told(part, []);
    },
  );
});

async function revoke(part: PartName, rights: readonly Right[]): Promise<void> {
  for (const right of rights) {
    const everyPartition = right.on === 'transactional-id';
    const name = everyPartition ? right.name.replace(/\d+$/, '') : right.name;
    await broker.revoke(part, { ...right, name, prefixed: everyPartition });
  }
}

/** What doctor says is missing: exactly these, each with the command that gives it. */
async function told(part: PartName, missing: readonly Right[]): Promise<void> {
  const endpoint = await endpointOf(part);
  const rights = rightsOf(part);
  const look = async () => {
    const answers = await testRights(endpoint, rights, { requestMs: 5_000, allMs: 30_000 });
    return new Map([...answers].map(([right, answer]) => [keyOf(right), answer]));
  };
  const denied = (answers: ReadonlyMap<string, string>) =>
    [...answers]
      .filter(([, answer]) => answer !== 'allowed')
      .map(([key]) => key)
      .sort();
  const expected = missing.map(keyOf).sort();
  // A broker takes a moment to hear of other rights.
  const answers = await eventually(
    async () => {
      const found = await look();
      return denied(found).join() === expected.join() ? found : undefined;
    },
    () => `${part}: expected ${expected.join()} to be missing`,
    10_000,
  );
  const findings = rightsFindings({ parts: [{ part, rights }], answers, endpoint });
  expect(findings.map(({ status }) => status).includes('fail')).toBe(missing.length > 0);
  for (const { on, name, operation } of missing) {
    const shown = name.replace(/(?<=-)\d+$/, '');
    const finding = findings.find(({ text }) => text.includes(`may not ${operation} ${on}`) && text.includes(shown));
    const fix = finding?.status === 'fail' ? finding.fix : '';
    expect(fix).toContain(`--allow-principal User:${part} `);
    expect(fix).toContain(on === 'cluster' ? '--cluster' : `--${on} ${shown}`);
  }
}

describe('users', () => {
  const make = (name: string, password: string) => setScramUsers(admin, [{ name, password }]);
  const enters = async (username: string, password: string): Promise<boolean> => {
    const { sasl: _, ...endpoint } = await broker.endpoint('scram-sha-512');
    const answers = await testRights(
      { ...endpoint, sasl: { mechanism: 'scram-sha-512', username, password } },
      [{ on: 'cluster', name: 'kafka-cluster', operation: 'IDEMPOTENT_WRITE' }],
      { requestMs: 5_000, allMs: 10_000 },
    );
    return [...answers.values()].includes('denied');
  };

  it('are made with a password, several at once, and given another one', async () => {
    await setScramUsers(admin, [
      { name: 'anna', password: 'first' },
      { name: 'oystein', password: 'pässword' },
    ]);
    await eventually(async () => (await enters('anna', 'first')) && (await enters('oystein', 'pässword')));
    expect(await enters('anna', 'second')).toBe(false);
    await make('anna', 'second');
    await eventually(async () => (await enters('anna', 'second')) && !(await enters('anna', 'first')));
  });

  it('that cannot be made are told with the reason', async () => {
    await expect(make('', 'x')).rejects.toThrow(/could not be made: .+ \(error \d+\)/);
    const nobody = await broker.endpoint('plain', 'nobody');
    await expect(setScramUsers(nobody, [{ name: 'anna', password: 'x' }])).rejects.toThrow(/anna could not be made/);
  });
});
