import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startAlerting } from '../../alerting/main.ts';
import { createSink } from '../../alerting/sinks/index.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { yamlSource } from '../../shared/config/yaml-source.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import type { Happening } from '../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { openSqliteUnderTest } from '../support/bus/sqlite.ts';
import { runMoorwatch } from '../support/cli/run.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { eventually } from '../support/eventually.ts';
import {
  collectorToken,
  configurationOfPage,
  type OtelCollector,
  startOtelCollector,
  validateConfiguration,
} from '../support/otel-collector/collector.ts';
import { topics } from '../support/sink-process.ts';
import { finding, told } from '../unit/alerting/finding-records.ts';
import { hostileUpdate } from '../unit/alerting/formats/hostile.ts';
import { update } from '../unit/alerting/updates.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/siem/opentelemetry.md'), 'utf8');
const block = (first: string): string =>
  new RegExp(`^\`\`\`yaml\\n(${first}\\n[\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
const protocols = ['grpc', 'http/protobuf', 'http/json'] as const;
type Protocol = (typeof protocols)[number];
const { signal } = new AbortController();
const delivered = { kind: 'delivered' };

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-otel-'));
const headersFile = join(directory, 'otel.headers');
const badHeadersFile = join(directory, 'bad.headers');
const configFile = join(directory, 'moorwatch.yml');

/** `secured` is the page's, `plain` has small limits. */
let secured: OtelCollector;
let plain: OtelCollector;
let sinks: Sink[] = [];

beforeAll(async () => {
  writeFileSync(headersFile, `Authorization: Bearer ${collectorToken}\n`);
  writeFileSync(badHeadersFile, 'Authorization: Bearer s3cret-guess\n');
  secured = await startOtelCollector(configurationOfPage(block('extensions:')));
  plain = await startOtelCollector();
  // Who builds the Collector first waits for that.
}, 900_000);
afterEach(async () => {
  for (const sink of sinks) await sink.close?.();
  sinks = [];
});
afterAll(async () => {
  await secured?.stop();
  await plain?.stop();
  rmSync(directory, { recursive: true });
});

const pem = (name: string): string => join(secured.directory, name);
const portOf = ({ ports }: OtelCollector, protocol: Protocol): number =>
  protocol === 'grpc' ? ports.grpc : ports.http;
const securedUrl = (protocol: Protocol): string =>
  `https://127.0.0.1:${protocol === 'grpc' ? secured.ports.grpcTls : secured.ports.httpTls}`;
/** Changes to what the page configures; undefined takes a member away. */
type Changes = Readonly<Record<string, unknown>>;

/** `sinks.tower` as the page configures it, to the Collector that the page configures. */
function ofPage(protocol: Protocol, changes: Changes = {}): Record<string, unknown> {
  const text = block('sinks:')
    .replace('/etc/moorwatch/otel.headers', headersFile)
    .replace('/etc/moorwatch/otel-ca.pem', pem('ca.pem'))
    .replace('/etc/moorwatch/otel-client.pem', pem('client.pem'))
    .replace('/etc/moorwatch/otel-client.key', pem('client.key'));
  const { tower } = (yamlSource(text, 'opentelemetry.md').values as { sinks: { tower: object } }).sinks;
  const all = { ...tower, url: securedUrl(protocol), protocol, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
const toPlain = (protocol: Protocol): Changes => ({
  url: `http://127.0.0.1:${portOf(plain, protocol)}`,
  ca: undefined,
  cert: undefined,
  key: undefined,
});
function sinkOf(section: Record<string, unknown>): Sink {
  const config = configSchema.parse({ sinks: { tower: section } }).sinks.tower;
  if (config === undefined) throw new Error('the page has no sink');
  const sink = createSink('tower', config, { clock: Date.now, version: '1.2.3' });
  sinks.push(sink);
  return sink;
}
const idOf = ({ attributes }: { attributes: Readonly<Record<string, unknown>> }) => attributes['moorwatch.update.id'];

/** Alerting on an embedded log, with this sink. */
async function alertingWith(section: Record<string, unknown>) {
  const log = await openSqliteUnderTest();
  const { bus } = await log.open({ topics });
  const happenings: Happening[] = [];
  const alerting = await startAlerting({
    config: configSchema.parse({ feed: { port: 0 }, sinks: { tower: section } }),
    bus,
    logName: 'a test',
    telemetry: { ...noTelemetry, happened: (happening) => void happenings.push(happening) },
    tokenFile: join(directory, 'feed.token'),
    metrics: async () => '',
    clock: Date.now,
    version: '1.2.3',
    giveUp: (error) => expect.unreachable(error.message),
  });
  return {
    happenings,
    append: (one: ReturnType<typeof finding>) =>
      bus.append('findings', [{ key: 'h1', value: JSON.stringify(told(one)), at: one.at }]),
    stop: async () => {
      await alerting.stop();
      await log.destroy();
    },
  };
}

describe.each(protocols)('over %s', (protocol) => {
  test('what alerting makes of a finding arrives field by field, by TLS, certificate and token', async () => {
    const alerting = await alertingWith(ofPage(protocol));
    const name = `web-${protocol.replace('/', '-')}`;
    const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '4bf92f3577b34da6'];
    const at = Date.parse('2026-11-30T01:02:03.456Z');
    await alerting.append(finding(`f-${protocol}`, { in: name, at, traceparent: `00-${trace}-${span}-01` }));
    const [log] = await eventually(() => {
      const found = secured.gathered().logs.filter(({ attributes }) => attributes['container.name'] === name);
      return found.length > 0 ? found : undefined;
    });
    await alerting.stop();
    expect(log?.record).toEqual({
      timeUnixNano: `${at}000000`,
      observedTimeUnixNano: expect.stringMatching(/^\d{19}$/) as unknown,
      severityNumber: 17,
      severityText: 'HIGH',
      body: { stringValue: expect.stringContaining(`Docker socket mounted in ${name}`) as unknown },
      traceId: trace,
      spanId: span,
      flags: 1,
      eventName: 'moorwatch.incident.opened',
    });
    expect(log?.scope).toMatchObject({ name: 'moorwatch', version: '1.2.3' });
    expect(log?.resource).toMatchObject({
      'service.name': 'moorwatch',
      'service.version': '1.2.3',
      'service.instance.id': expect.stringMatching(/\/monitor$/) as unknown,
      'host.name': expect.any(String) as unknown,
    });
    expect(log?.attributes).toMatchObject({
      'moorwatch.update.id': expect.stringMatching(/^[\da-f]{32}$/) as unknown,
      'moorwatch.incident.version': 1,
      'moorwatch.incident.kind': 'incident',
      'moorwatch.incident.status': 'open',
      'moorwatch.incident.severity': 'high',
      'moorwatch.incident.findings': 1,
      'moorwatch.attack.techniques': ['T1611'],
      'moorwatch.attack.tactics': ['privilege-escalation'],
      'moorwatch.rule.catalogue': ['MNT-01'],
      'moorwatch.finding.id': `f-${protocol}`,
      'moorwatch.finding.nature': 'event',
      'moorwatch.workload.name': name,
      'security_rule.uuid': 'rule-1',
      'security_rule.name': 'Docker socket mounted',
      'security_rule.category': 'signature',
      'host.id': 'h1',
      'host.name': 'lab1',
      'container.id': `${name}-id`,
      'container.image.name': 'nginx:1',
      'container.image.id': 'sha256:1',
      'container.runtime.name': 'docker',
    });
  });

  test('compressed, the same', async () => {
    const one = { ...update(1), id: `gzip-${protocol}` };
    expect(await sinkOf(ofPage(protocol, { compression: 'gzip' })).send(one, signal)).toEqual(delivered);
    expect(secured.gathered().logs.map(idOf)).toContain(one.id);
  });

  test('whatever an attacker calls things, it is one record each, in valid UTF-8 and within limits', async () => {
    const before = secured.gathered().logs.length;
    const sink = sinkOf(ofPage(protocol));
    const hostile = fc.sample(hostileUpdate, { seed: 20_261_130, numRuns: 150 });
    const argv = '\udc00'.repeat(1_000_000);
    const [line] = update(1).incident.findings;
    const long = update(1, {
      title: `a\u0000b\ud800c`,
      findings: line === undefined ? [] : [{ ...line, summary: argv }],
    });
    for (const one of [...hostile, long]) expect(await sink.send(one, signal)).toEqual(delivered);
    const logs = secured.gathered().logs.slice(before);
    expect(logs).toHaveLength(151);
    const texts = logs.flatMap(({ attributes, record }) => [JSON.stringify(attributes), JSON.stringify(record)]);
    for (const text of texts) expect(text).not.toMatch(/\p{Cs}/u);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(500_000);
    const { attributes } = logs.at(-1) ?? expect.unreachable('there are 151');
    expect(attributes['moorwatch.incident.title']).toBe('a\u0000b\ufffdc');
    expect(attributes['moorwatch.finding.summary']).toBe(`${'\ufffd'.repeat(4_095)}…`);
  });

  test('the largest record there can be is within the limits that a Collector has', async () => {
    expect(await sinkOf(ofPage(protocol)).send(largest, signal)).toEqual(delivered);
  });

  test('a message that is larger than the Collector reads is refused with its reason, and the next one is taken', async () => {
    const sink = sinkOf(ofPage(protocol, toPlain(protocol)));
    const reason = expect.stringMatching(/larger than max|request body too large/) as unknown;
    expect(await sink.send(largest, signal)).toEqual({ kind: 'refused', reason });
    expect(await sink.send({ ...update(2), id: `next-${protocol}` }, signal)).toEqual(delivered);
    expect(plain.gathered().logs.map(idOf)).toContain(`next-${protocol}`);
  });

  test.each([
    [400, 'refused', /judge says|Code 400/],
    [401, 'retry', /check the credentials/],
    [429, 'retry', /Code 429|answered 429/],
    [500, 'retry', /Code 500|answered 500/],
    [503, 'retry', /Code 503|answered 503/],
  ] as const)('when the backend behind it answers %i the message is %s', async (status, kind, reason) => {
    const { answer } = plain.next;
    plain.next.answer = {
      status,
      headers: { 'content-type': 'application/json' },
      body: '{"message":"judge says no"}',
    };
    const sink = sinkOf(ofPage(protocol, toPlain(protocol)));
    expect(await sink.send(update(1), signal)).toMatchObject({
      kind,
      reason: expect.stringMatching(reason) as unknown,
    });
    plain.next.answer = answer;
    expect(await sink.send(update(1), signal)).toEqual(delivered);
  });

  test.each([
    ['all in order', {}, 'opened: delivered', 0],
    [
      'the authority of somebody else',
      { ca: () => pem('stranger.pem') },
      'unable to verify the first certificate: check ca',
      69,
    ],
    ['no authority', { ca: undefined }, 'unable to verify the first certificate: check ca', 69],
    [
      'no certificate',
      { cert: undefined, key: undefined },
      'alert certificate required: the receiver does not accept our certificate: check cert and key',
      69,
    ],
    [
      'a certificate of somebody else',
      { cert: () => pem('stranger.pem'), key: () => pem('stranger.key') },
      'alert unknown ca: the receiver does not accept our certificate',
      69,
    ],
    ['no token', { headersFile: undefined }, 'check the credentials in headersFile', 69],
    ['a wrong token', { headersFile: badHeadersFile }, 'check the credentials in headersFile', 69],
    ['nobody there', { url: 'https://127.0.0.1:1' }, 'connect ECONNREFUSED 127.0.0.1:1: nothing listens there', 69],
  ] as const)('`sinks test` with %s', async (_, changes, says, exit) => {
    const made = Object.entries<unknown>(changes).map(([key, value]): [string, unknown] => [
      key,
      typeof value === 'function' ? (value as () => string)() : value,
    ]);
    const section = ofPage(protocol, Object.fromEntries(made));
    writeFileSync(configFile, JSON.stringify({ sinks: { tower: section } }));
    const { code, out, err } = await runMoorwatch(['--config', configFile, 'sinks', 'test', 'tower']);
    expect({ code, out, err }).toMatchObject({ code: exit, out: expect.stringContaining(says) as unknown });
    for (const secret of [collectorToken, 's3cret-guess']) expect(out + err).not.toContain(secret);
  });

  test('by the variables of OpenTelemetry', async () => {
    writeFileSync(configFile, '{}');
    const lines = /^```sh\n(OTEL[\s\S]*?)^```$/m.exec(page)?.[1]?.trim().split('\n') ?? [];
    const variables = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
    const here = {
      ...variables,
      OTEL_EXPORTER_OTLP_ENDPOINT: securedUrl(protocol),
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: String(variables.OTEL_EXPORTER_OTLP_HEADERS).replace('…', collectorToken),
      OTEL_EXPORTER_OTLP_CERTIFICATE: pem('ca.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: pem('client.pem'),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: pem('client.key'),
    };
    expect(Object.keys(here).sort()).toEqual(Object.keys(variables).sort());
    const test = (more = {}) =>
      runMoorwatch(['--config', configFile, 'sinks', 'test', 'otel', '--json'], { ...here, ...more });
    const { code, out } = await test();
    expect(code).toBe(0);
    const { id } = JSON.parse(out.split('\n')[0] ?? '') as { id: string };
    expect(secured.gathered().logs.map(idOf)).toContain(id);
    expect(await test({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20no' })).toMatchObject({
      code: 69,
      out: expect.stringContaining('check the credentials') as unknown,
    });
  });
});

test.each(['http/protobuf', 'http/json'] as const)(
  'over %s through a proxy, which sees no message',
  async (protocol) => {
    const proxy = await startConnectProxy();
    const sink = sinkOf(ofPage(protocol, { proxy: proxy.url }));
    const one = { ...update(1), id: `proxied-${protocol}` };
    expect(await sink.send(one, signal)).toEqual(delivered);
    expect(proxy.tunnels).toEqual([`127.0.0.1:${secured.ports.httpTls} -`]);
    expect(secured.gathered().logs.map(idOf)).toContain(one.id);
    await sink.close?.();
    await proxy.close();
  },
);

test('the Collector accepts the configuration that docker compose gives it', async () => {
  const file = join(import.meta.dirname, '../../compose/otel-collector.yml');
  await expect(validateConfiguration(file)).resolves.toBe('');
  writeFileSync(configFile, 'receivers: { otlp: { protocols: { soap: {} } } }');
  await expect(validateConfiguration(configFile)).rejects.toThrow('soap');
});

test('a proxy beside gRPC is refused: it would not be used', () => {
  expect(() => sinkOf(ofPage('grpc', { proxy: 'http://127.0.0.1:3128' }))).toThrow('not for gRPC');
});

test('alerting says why its sink does not deliver, and the message waits', async () => {
  const wrong = await alertingWith(ofPage('grpc', { ca: pem('stranger.pem') }));
  await wrong.append(finding('waits', { in: 'waiting' }));
  const reason = expect.stringContaining('unable to verify the first certificate: check ca') as unknown;
  await eventually(
    () => wrong.happenings.find(({ name }) => name === 'deliveryRetried'),
    () => `it said: ${JSON.stringify(wrong.happenings)}`,
  );
  expect(wrong.happenings).toContainEqual(expect.objectContaining({ name: 'deliveryRetried', sink: 'tower', reason }));
  await wrong.stop();
  const names = wrong.happenings.map(({ name }) => name);
  for (const end of ['delivered', 'deliveryRefused']) expect(names).not.toContain(end);
});

/** Every text and every list as long as it may be, of characters of three bytes. */
const largest: IncidentUpdate = (() => {
  const text = '€'.repeat(5_000);
  const list = Array.from({ length: 60 }, () => text);
  const [line] = update(1).incident.findings;
  if (line === undefined) throw new Error('there is a line');
  const findings = [{ ...line, summary: text, rule: { ...line.rule, title: text, catalogue: list } }];
  return update(1, { title: text, techniques: list, tactics: list, findings });
})();
