import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFormat } from '../../alerting/formats/index.ts';
import { createSink } from '../../alerting/sinks/index.ts';
import { createKafkaSink, type KafkaSinkOptions } from '../../alerting/sinks/kafka.ts';
import type { Delivery, Sink } from '../../alerting/sinks/sink.ts';
import { configSchema, type SinkConfig } from '../../shared/config/schema.ts';
import { yamlSource } from '../../shared/config/yaml-source.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { eventually } from '../support/eventually.ts';
import { type SecureBroker, startBroker } from '../support/kafka/broker.ts';
import { createUserTopic, type UserTopic } from '../support/kafka/user-topic.ts';
import { ocsfProblems } from '../support/ocsf/judge.ts';
import { describeSinkCompliance } from '../support/sink-compliance.ts';
import { update } from '../unit/alerting/updates.ts';

/** The sink kafka against a real broker; what it wrote is read by kcat, an independent client. */
const page = readFileSync('docs/siem/kafka.md', 'utf8');
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
const directory = mkdtempSync(join(tmpdir(), 'moorwatch-kafka-sink-'));
const { signal } = new AbortController();

let broker: SecureBroker;
let sinks: Sink[] = [];
let topics = 0;
beforeAll(async () => {
  broker = await startBroker({ secure: true });
}, 240_000);
afterEach(async () => {
  for (const sink of sinks) await sink.close?.();
  sinks = [];
});
afterAll(async () => {
  await broker?.stop();
  rmSync(directory, { recursive: true });
});

const open = () => ({ brokers: [broker.address], clientId: 'test' });
function newTopic(settings: Record<string, string> = {}, partitions = 1): Promise<UserTopic> {
  topics += 1;
  return createUserTopic(broker.address, { name: `incidents-${topics}`, partitions, settings });
}
function sinkTo(topic: string, more: Partial<KafkaSinkOptions> = {}): Sink {
  const options = { name: 'events', ...open(), topic, timeoutMs: 5_000, ssl: { enabled: false }, ...more };
  const sink = createKafkaSink(options);
  sinks.push(sink);
  return sink;
}
async function send(sink: Sink, updates: readonly IncidentUpdate[], stop = signal): Promise<Delivery> {
  for (const one of updates) {
    const sent = await sink.send(one, stop);
    if (sent.kind !== 'delivered') return sent;
  }
  return (await sink.flush?.(stop)) ?? { kind: 'delivered' };
}

/** The way to the broker, which can be closed. */
function breakableWay() {
  const sockets = new Set<Socket>();
  let isClosed = false;
  return {
    connect: (to: { host: string; port: number }): Socket => {
      // Nothing listens at port 1.
      const socket = connectTcp(isClosed ? { ...to, port: 1 } : to);
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
    close: () => {
      isClosed = true;
      for (const socket of sockets) socket.destroy(new Error('connection reset'));
    },
    open: () => {
      isClosed = false;
    },
  };
}

describe('the sink kafka', () => {
  describeSinkCompliance(async () => {
    const topic = await newTopic();
    const way = breakableWay();
    return {
      sink: createKafkaSink({
        name: 'events',
        ...open(),
        connect: way.connect,
        topic: topic.name,
        timeoutMs: 5_000,
        ssl: { enabled: false },
      }),
      received: topic.ids,
      goAway: async () => way.close(),
      comeBack: async () => {
        way.open();
        await topic.limit(1_048_588);
      },
      refuse: () => topic.limit(100),
      hang: () => broker.freeze(),
      secrets: [],
      close: () => broker.thaw(),
    };
  });
});

/** What the page configures, at the broker of this test. */
function sinkOfPage(password: string): SinkConfig {
  const { events } = configSchema.parse(yamlSource(block('yaml'), 'kafka.md').values).sinks;
  if (events?.type !== 'kafka' || events.sasl === undefined) throw new Error('the page configures a sink with SASL');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const ssl = { ...events.ssl, ca: broker.files.ca };
  return {
    ...events,
    brokers: [broker.saslAddress],
    ssl,
    sasl: { ...events.sasl, username: 'alerting', passwordFile },
  };
}

test('the page: its topic, rights and sink over TLS with SASL, read with its reader', async () => {
  const [create = '', allow = ''] = block('sh').split('\n');
  const [, name = '', partitions = '0'] = /--topic (\S+) --partitions (\d+)/.exec(create) ?? [];
  const settings: Record<string, string> = {};
  for (const [, key = '', value = ''] of create.matchAll(/--config (\S+?)=(\S+)/g)) settings[key] = value;
  const topic = await createUserTopic(broker.address, { name, partitions: Number(partitions), settings });
  expect(allow).toContain(` --topic ${name}`);
  const sink = createSink('events', sinkOfPage(broker.password('alerting')), { clock: Date.now, version: '1.2.3' });
  sinks.push(sink);
  expect(await send(sink, [update(1)])).toMatchObject({
    kind: 'retry',
    reason: expect.stringContaining('give this user WRITE') as string,
  });
  for (const [, operation = ''] of allow.matchAll(/--operation (\w+)/g)) {
    const right = { on: 'topic', name, prefixed: false, operation: operation.toUpperCase() as 'WRITE' } as const;
    await broker.allow('alerting', right);
  }

  const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
  const all = Array.from({ length: 20 }, (_, n) => ({
    ...update(n % 5, { version: n, traceparent, title: `a\tb\n"${n}` }),
    id: `update-${n}`,
    finding: `finding-${n % 5}`,
  }));
  await eventually(async () => (await send(sink, all)).kind === 'delivered' || undefined);

  const conf = join(directory, 'siem.conf');
  const values = { 'bootstrap.servers': broker.saslAddress, 'ssl.ca.location': broker.files.ca };
  const login = { 'sasl.username': 'admin', 'sasl.password': broker.password('admin') };
  const lines = Object.entries({ ...values, ...login }).reduce(
    (text, [key, value]) => text.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`),
    block('properties'),
  );
  writeFileSync(conf, lines);
  const seen = await topic.messages(['-F', conf]);
  expect(seen.map(({ value }) => value).flatMap(ocsfProblems)).toEqual([]);
  const incidents = seen.filter(({ value }) => (value as { class_uid?: number }).class_uid === 2005);
  expect(seen).toHaveLength(40);
  expect(incidents.map(({ headers }) => headers['idempotency-key'] ?? '').toSorted()).toEqual(
    all.map(({ id }) => id).toSorted(),
  );
  for (const { headers } of seen) expect(headers).toMatchObject({ 'content-type': 'application/json', traceparent });
  for (let n = 0; n < 5; n += 1) {
    const ofOne = incidents.filter(({ key }) => key === `incident-${n}`);
    expect(new Set(ofOne.map(({ partition }) => partition)).size).toBe(1);
    const versions = ofOne.map(
      ({ value }) => (value as { unmapped?: { incident_version?: number } }).unmapped?.incident_version,
    );
    expect(versions).toEqual([n, n + 5, n + 10, n + 15]);
  }
});

describe('what is wrong is told with what to do', () => {
  const told = async (sink: Sink): Promise<string> => {
    const delivery = await send(sink, [update(1)]);
    expect(delivery.kind).toBe('retry');
    return delivery.kind === 'retry' ? delivery.reason : '';
  };
  const ssl = (more: object = {}) => ({ enabled: true, ca: broker.files.ca, ...more });

  test('a password that is not the user’s, and it is not repeated', async () => {
    const sink = createSink('events', sinkOfPage('s3cret-guess'), { clock: Date.now, version: '1' });
    sinks.push(sink);
    const reason = await told(sink);
    expect(reason).toContain('refuses the user alerting');
    expect(reason).toContain('check sasl.username');
    expect(reason).not.toContain('s3cret');
  });
  test('an authority of somebody else', async () => {
    const sink = sinkTo('any', { brokers: [broker.saslAddress], ssl: ssl({ ca: broker.files.stranger }) });
    expect(await told(sink)).toContain('check ssl.ca');
  });
  test('a broker that wants a certificate, and gets one', async () => {
    const mtls = { brokers: [broker.mtlsAddress] };
    expect(await told(sinkTo('any', { ...mtls, ssl: ssl() }))).toContain('check ssl.cert and ssl.key');
    const own = { cert: broker.files.clientCert, key: broker.files.clientKey };
    // The certificate is of a user who may write to what begins so.
    const topic = await createUserTopic(broker.address, { name: 'moorwatch.sink-mtls' });
    expect(await send(sinkTo(topic.name, { ...mtls, ssl: ssl(own) }), [update(1)])).toEqual({ kind: 'delivered' });
  });
  test('no TLS where there is some', async () => {
    expect(await told(sinkTo('any', { brokers: [broker.saslAddress] }))).toContain('check brokers and ssl.enabled');
  });
  test('a topic that is not there', async () => {
    expect(await told(sinkTo('missing'))).toContain('there is no topic missing');
  });
  test('a clock that the topic does not take: the message waits', async () => {
    // As with a clock that is behind: nothing is taken that is not of this millisecond.
    const topic = await newTopic({ 'message.timestamp.before.max.ms': '0' });
    const sink = sinkTo(topic.name);
    expect(await told(sink)).toContain('check its clock');
    await topic.set('message.timestamp.before.max.ms', '60000');
    expect(await send(sink, [update(1)])).toEqual({ kind: 'delivered' });
    expect(await topic.ids()).toEqual([update(1).id]);
  });
  test('nobody at that address', async () => {
    const reason = await told(sinkTo('any', { brokers: ['127.0.0.1:1'] }));
    expect(reason).toContain('ECONNREFUSED');
    expect(reason).toContain('check brokers, and that they run');
  });
  test('a password file that is not there', () => {
    const sasl = { mechanism: 'plain', username: 'a', passwordFile: join(directory, 'missing') } as const;
    expect(() => sinkTo('any', { sasl })).toThrow('sasl.passwordFile');
  });
});

test('what the topic is too small for is refused when its batch comes again, the others are there once', async () => {
  const topic = await newTopic({ 'max.message.bytes': '20000', 'compression.type': 'producer' });
  const sink = sinkTo(topic.name);
  // No compression makes this smaller than the limit.
  const noise = Array.from({ length: 2_000 }, (_, n) => createHash('sha256').update(String(n)).digest('base64')).join(
    '',
  );
  const batch = [update(1), update(2, { title: noise }), update(3)];
  expect((await send(sink, batch)).kind).toBe('refused');
  expect((await sink.send(update(1), signal)).kind).toBe('delivered');
  expect(await sink.send(batch[1] ?? update(2), signal)).toMatchObject({ kind: 'refused' });
  expect((await sink.send(update(3), signal)).kind).toBe('delivered');
  expect(await sink.flush?.(signal)).toEqual({ kind: 'delivered' });
  expect(await topic.ids()).toEqual([update(1).id, update(3).id]);
});

test('partitions of the log that send at the same time lose nothing', async () => {
  const topic = await newTopic({}, 3);
  const sink = sinkTo(topic.name, { format: createFormat({ format: 'falco' }, '1') });
  const parts = [0, 1, 2, 3].map((part) => Array.from({ length: 25 }, (_, n) => update(part * 100 + n)));
  const sent = await Promise.all(parts.map((updates) => send(sink, updates, new AbortController().signal)));
  expect(sent.every(({ kind }) => kind === 'delivered')).toBe(true);
  const ids = parts.flat().map(({ id }) => id);
  expect((await topic.ids()).toSorted()).toEqual(ids.toSorted());
});

test('nothing is lost, and the order kept, when the broker is killed and hangs in the middle of batches', async () => {
  const topic = await newTopic();
  const sink = sinkTo(topic.name, { timeoutMs: 1_000 });
  const all = Array.from({ length: 200 }, (_, n) => update(n));
  let tries = 0;
  for (let start = 0; start < all.length; start += 20) {
    const batch = all.slice(start, start + 20);
    const trouble = start === 60 ? broker.kill().then(() => broker.restart()) : Promise.resolve();
    if (start === 120) await broker.freeze();
    await eventually(
      async () => {
        tries += 1;
        const delivery = await send(sink, batch);
        if (delivery.kind !== 'delivered') await broker.thaw();
        return delivery.kind === 'delivered' || undefined;
      },
      undefined,
      60_000,
    );
    await trouble;
  }
  const ids = await topic.ids();
  const firsts = [...new Set(ids)];
  console.log(`${ids.length - firsts.length} of ${ids.length} messages are doubled, ${tries} batches for 10`);
  expect(firsts).toEqual(all.map(({ id }) => id));
  expect(ids.length - firsts.length).toBeLessThanOrEqual((tries - 10) * 20);
}, 180_000);
