import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { map } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsOf, type PartName } from '../../cli/doctor/kafka-parts.ts';
import { withAdmin } from '../../shared/bus/kafka/admin.ts';
import { type KafkaBusOptions, openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import type { KafkaEndpoint } from '../../shared/bus/kafka/client.ts';
import { createNames } from '../../shared/bus/kafka/names.ts';
import type { Right } from '../../shared/bus/kafka/rights.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { eventually } from '../support/eventually.ts';
import { type Broker, type SecureBroker, startBroker } from '../support/kafka/broker.ts';

/** `moorwatch doctor` against real brokers. It needs no engine for what is looked at here. */

interface Told {
  readonly status: 'ok' | 'warn' | 'fail';
  readonly about: string;
  readonly text: string;
  readonly fix?: string;
}

const bin = join(import.meta.dirname, '../../bin/moorwatch.js');
const directory = mkdtempSync(join(tmpdir(), 'moorwatch-doctor-kafka-'));
afterAll(() => rmSync(directory, { recursive: true }));

let written = 0;
function file(name: string, content: string): string {
  written += 1;
  const path = join(directory, `${written}-${name}`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** @param kafka lines below `kafka:` @returns all that it printed, and what it found about Kafka */
async function doctor(kafka: readonly string[]): Promise<{ code: number; printed: string; found: readonly Told[] }> {
  const lines = ['bus: kafka', `stateDir: ${join(directory, 'state')}`, 'kafka:', ...kafka.map((line) => `  ${line}`)];
  const config = file('moorwatch.yml', `${lines.join('\n')}\n`);
  const { code, printed } = await new Promise<{ code: number; printed: string }>((resolve) => {
    execFile(process.execPath, [bin, 'doctor', '--json', '--config', config], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, printed: stdout + stderr });
    });
  });
  const findings = printed.split('\n').filter((line) => line.startsWith('{'));
  const found = findings.map((line) => JSON.parse(line) as Told).filter(({ about }) => /^(kafka|lag)/.test(about));
  return { code, printed, found };
}

const about = (found: readonly Told[], name: string): readonly Told[] => found.filter((one) => one.about === name);
const containing = (text: string): unknown => expect.stringContaining(text);

const topics = topicSpecs({ partitions: 4, retention: { ms: 168 * 3_600_000, bytes: 1_024 * 1_048_576 } });
const optionsOf = (endpoint: KafkaEndpoint, topicPrefix: string): KafkaBusOptions => ({
  ...endpoint,
  topicPrefix,
  topics,
  replication: 1,
});

describe('a broker without users', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  }, 120_000);
  afterAll(() => broker.stop());
  const lines = (prefix: string): readonly string[] => [`brokers: ['${broker.address}']`, `topicPrefix: ${prefix}`];
  const options = (prefix: string): KafkaBusOptions =>
    optionsOf({ brokers: [broker.address], clientId: 'test' }, prefix);

  test('a new cluster: what is there, and what will be created', async () => {
    const { found } = await doctor(lines('new.'));
    expect(about(found, 'kafka')).toMatchObject([
      { status: 'ok', text: containing(`${broker.address} lets us in, Kafka 4.0 or newer`) },
      { status: 'ok', text: containing('1 broker, controller 1') },
    ]);
    expect(about(found, 'kafka topics')).toMatchObject([{ status: 'warn', text: containing('new.observations') }]);
    expect(about(found, 'kafka rights').map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    await withAdmin(options('new.'), async (admin) => {
      expect((await admin.listTopics()).filter((name) => name.startsWith('new.'))).toEqual([]);
    });
  });

  test('lag, with and without somebody who works, while the product goes on undisturbed', async () => {
    const bus = await openKafkaBus(options('lag.'));
    const disturbed: unknown[] = [];
    const work = (retryAfter?: number) =>
      bus.process('analyzer', 'observations', {
        notice: (notice) => {
          if (notice.kind === 'session-lost' || notice.kind === 'revoked') disturbed.push(notice);
        },
        open: () =>
          map(({ records }) =>
            retryAfter === undefined
              ? { done: records.length, outputs: [], state: [] }
              : { done: 0, outputs: [], state: [], retryAfter },
          ),
      });
    const records = Array.from({ length: 7 }, (_, index) => ({ key: 'h', value: `${index}`, at: index }));
    await bus.append('observations', records);
    const stuck = work(600_000);
    await stuck.ready;
    const working = await doctor(lines('lag.'));
    expect(about(working.found, 'lag analyzer')).toMatchObject([
      { status: 'ok', text: '7 records of observations wait, 1 member' },
    ]);
    expect(about(working.found, 'kafka topics')).toMatchObject([{ status: 'ok', text: containing('8 of 8') }]);
    expect(disturbed).toEqual([]);
    await stuck.stop();
    const alone = await doctor(lines('lag.'));
    expect(about(alone.found, 'lag analyzer')).toMatchObject([
      { status: 'fail', text: '7 records of observations wait, 0 members: nobody works on them' },
    ]);
    await bus.close();
  });

  test('records that retention deleted before they were read', async () => {
    const bus = await openKafkaBus(options('over.'));
    const records = Array.from({ length: 5 }, (_, index) => ({ key: 'h', value: `${index}`, at: index, partition: 0 }));
    await bus.append('findings', records);
    const topic = 'over.findings';
    const partitions = [{ partition: 0, offset: '1' }];
    await withAdmin(options('over.'), async (admin) => {
      // Leaders of new partitions take a moment, and deleteTopicRecords knows only topics that were asked for before.
      await eventually(() => admin.fetchTopicOffsets(topic));
      await admin.setOffsets({ groupId: 'over.alerting', topic, partitions });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    });
    const { found, code } = await doctor(lines('over.'));
    expect(about(found, 'lag alerting')).toContainEqual(
      expect.objectContaining({ status: 'fail', text: '3 records of findings/0 were deleted before they were read' }),
    );
    expect(code).toBe(1);
    await bus.close();
  });

  test('a setting that differs comes with the command that corrects it', async () => {
    await (await openKafkaBus(options('differ.'))).close();
    await withAdmin(options('differ.'), (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: 'differ.status', configEntries: [{ name: 'cleanup.policy', value: 'delete' }] }],
      }),
    );
    const { found } = await doctor(lines('differ.'));
    expect(about(found, 'kafka topics')).toContainEqual({
      status: 'warn',
      about: 'kafka topics',
      text: 'differ.status has cleanup.policy delete where compact is meant',
      fix: `kafka-configs.sh --bootstrap-server ${broker.address} --entity-type topics --entity-name differ.status --alter --add-config cleanup.policy=compact`,
    });
  });

  test('topics of another configuration: how many partitions there are, and no other setting', async () => {
    const other = topicSpecs({ partitions: 6, retention: { ms: 168 * 3_600_000, bytes: 1_024 * 1_048_576 } });
    await (await openKafkaBus({ ...options('six.'), topics: other })).close();
    const { found } = await doctor(lines('six.'));
    const told = about(found, 'kafka topics');
    expect(told).toHaveLength(8);
    for (const one of told) expect(one).toMatchObject({ status: 'fail', fix: containing('set log.partitions to 6') });
  });

  test('beside topics with other partitions none is created, also when some are missing', async () => {
    const [one] = topicSpecs({ partitions: 6, retention: { ms: 3_600_000, bytes: 1_048_576 } });
    await (await openKafkaBus({ ...options('mixed.'), topics: one === undefined ? [] : [one] })).close();
    await expect(openKafkaBus(options('mixed.'))).rejects.toThrow('has 6 partitions instead of 4');
    await withAdmin(options('mixed.'), async (admin) => {
      expect((await admin.listTopics()).filter((name) => name.startsWith('mixed.'))).toEqual(['mixed.observations']);
    });
  });

  test('one of two brokers away is to know, all away is to mend, and one that hangs ends', async () => {
    const some = await doctor([`brokers: ['127.0.0.1:1', '${broker.address}']`]);
    expect(about(some.found, 'kafka').map(({ status }) => status)).toEqual(['warn', 'ok', 'ok']);
    await broker.freeze();
    try {
      const none = await doctor([`brokers: ['127.0.0.1:1', '${broker.address}']`]);
      expect(none.found.map(({ status }) => status)).toEqual(['fail', 'fail']);
      expect(none.code).toBe(1);
    } finally {
      await broker.thaw();
    }
  });
});

describe('a broker with users', () => {
  let broker: SecureBroker;
  beforeAll(async () => {
    broker = await startBroker({ secure: true });
    await (await openKafkaBus(optionsOf(await broker.endpoint('plain'), 'moorwatch.'))).close();
  }, 120_000);
  afterAll(() => broker.stop());

  const lines = (user: 'moorwatch' | 'worker' | 'nobody', password = broker.password(user)): readonly string[] => [
    `brokers: ['${broker.saslAddress}']`,
    'topics: check',
    `ssl: { enabled: true, ca: ${broker.files.ca} }`,
    `sasl: { mechanism: scram-sha-512, username: ${user}, passwordFile: ${file('password', `${password}\n`)} }`,
  ];

  test('a user that may do everything', async () => {
    const { found, printed } = await doctor(lines('moorwatch'));
    expect(found.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(about(found, 'kafka topics')).toMatchObject([{ status: 'ok', text: containing('8 of 8') }]);
    expect(about(found, 'kafka tls')).toMatchObject([{ text: containing('certificate of broker, by ca') }]);
    expect(printed).not.toContain(broker.password('moorwatch'));
  });

  test('mutual TLS', async () => {
    const { ca, clientCert, clientKey } = broker.files;
    const { found } = await doctor([
      `brokers: ['${broker.mtlsAddress}']`,
      `ssl: { enabled: true, ca: ${ca}, cert: ${clientCert}, key: ${clientKey} }`,
    ]);
    expect(about(found, 'kafka rights').map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
  });

  test('a user that may not see settings: they are said to be unknown', async () => {
    const { found } = await doctor(lines('worker'));
    expect(about(found, 'kafka topics')).toContainEqual(
      expect.objectContaining({ status: 'warn', text: containing('may not see settings') }),
    );
    expect(found.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  test('a wrong password, an authority that is not known', async () => {
    const wrong = await doctor(lines('moorwatch', 'not-the-password'));
    expect(about(wrong.found, 'kafka')).toMatchObject([
      { status: 'fail', text: containing('refuses the user moorwatch'), fix: containing('kafka.sasl.passwordFile') },
    ]);
    expect(wrong.code).toBe(1);
    expect(wrong.printed).not.toContain('not-the-password');
    const [brokers = '', check = '', , sasl = ''] = lines('moorwatch');
    const stranger = await doctor([brokers, check, `ssl: { enabled: true, ca: ${broker.files.stranger} }`, sasl]);
    expect(about(stranger.found, 'kafka')).toMatchObject([{ status: 'fail', fix: containing('kafka.ssl.ca') }]);
  });

  test('a user without rights gets the commands; with what they give for a part, that part works', async () => {
    const before = await doctor(lines('nobody'));
    const rights = about(before.found, 'kafka rights');
    expect(new Set(rights.map(({ status }) => status))).toEqual(new Set(['fail']));
    expect(rights[0]?.fix).toContain('--allow-principal User:nobody --operation Describe --topic moorwatch.');
    await give('collector');
    const after = await doctor(lines('nobody'));
    expect(about(after.found, 'kafka rights').map(({ status }) => status)).toContain('ok');
    expect(after.found.filter(({ status }) => status === 'fail')).toEqual([]);
    const endpoint = await broker.endpoint('scram-sha-256', 'nobody');
    const bus = await openKafkaBus({ ...optionsOf(endpoint, 'moorwatch.'), createTopics: false });
    for (const name of ['observations', 'collector-state', 'status'])
      await bus.append(name, [{ key: 'h', value: '1', at: 1 }]);
    expect(await valuesOf(bus, 'collector-state')).toEqual(['1']);
    await expect(bus.append('findings', [{ key: 'h', value: '1', at: 1 }])).rejects.toThrow(/[Nn]ot authorized/);
    await give('analyzer');
    const analyzing = bus.process('analyzer', 'observations', {
      stateTopic: 'analyzer-state',
      open: () =>
        map(({ records }) => ({
          done: records.length,
          outputs: records.map(({ key, at }) => ({ topic: 'findings', record: { key, value: '"f"', at } })),
          state: [{ key: 'h', value: '"s"' }],
        })),
    });
    // Read by somebody who may: the analyzer has no need to.
    const all = await openKafkaBus(optionsOf(await broker.endpoint('plain'), 'moorwatch.'));
    await eventually(async () => (await valuesOf(all, 'findings')).includes('"f"') || undefined);
    expect(await valuesOf(bus, 'analyzer-state')).toContain('"s"');
    await analyzing.stop();
    await Promise.all([all.close(), bus.close()]);
  });

  async function give(part: PartName): Promise<void> {
    const needs = needsOf(createNames('moorwatch.', topics), []).find((one) => one.part === part);
    for (const right of needs?.rights ?? [])
      await broker.allow(
        'nobody',
        right.on === 'transactional-id' ? beginningOf(right) : { ...right, prefixed: false },
      );
  }

  /** One id a partition. */
  const beginningOf = (right: Right) => ({ ...right, name: right.name.replace(/\d+$/, ''), prefixed: true });

  async function valuesOf(bus: Bus, topic: string): Promise<readonly (string | null)[]> {
    const values: (string | null)[] = [];
    for await (const { records } of bus.read(topic, { from: 'oldest', follow: false }))
      values.push(...records.map(({ value }) => value));
    return values;
  }
});
