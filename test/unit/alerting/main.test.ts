import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AlertingOptions, startAlerting } from '../../../alerting/main.ts';
import type { Sink } from '../../../alerting/sinks/sink.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import type { Finding } from '../../../shared/finding.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry, type Span } from '../../../shared/telemetry/telemetry.ts';
import { traceparentOf } from '../../../shared/trace-context.ts';
import { connectFeed } from '../../support/feed-client.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';
import { finding, told } from './finding-records.ts';

describe('alerting', () => {
  let directory = '';
  let bus: MemoryBus;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-main-'));
    bus = createMemoryBus();
  });
  afterEach(async () => {
    await bus.close();
    await rm(directory, { recursive: true });
  });

  const tokenFile = () => join(directory, 'feed.token');
  const start = (more: Partial<AlertingOptions> & { sinks?: object } = {}) => {
    const { sinks = {}, ...rest } = more;
    return startAlerting({
      config: configSchema.parse({ feed: { port: 0 }, sinks }),
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      tokenFile: tokenFile(),
      metrics: async () => '',
      clock: Date.now,
      version: '1',
      instance: 'test',
      giveUp: (error) => expect.unreachable(error.message),
      ...rest,
    });
  };
  const statusNow = () => JSON.parse(bus.all('status').at(-1)?.value ?? '{}') as { sinks?: object[]; part?: string };

  it('lets a dead sink hold up neither the others nor the feed', async () => {
    const archive = join(directory, 'incidents.ndjson');
    const hanging: Sink = {
      name: 'hanging',
      send: (_, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'retry', reason: 'stopped' }))),
    };
    const sinks = {
      dead: { type: 'webhook', url: 'http://127.0.0.1:1/s3cret' },
      archive: { type: 'file', path: archive },
    };
    const alerting = await start({ sinks, moreSinks: [hanging] });
    const authorization = `Bearer ${(await readFile(tokenFile(), 'utf8')).trim()}`;
    const client = connectFeed(alerting.url, { headers: { authorization } });
    const hello = await client.want(({ type }) => type === 'hello');
    client.say({ type: 'subscribe', id: 's', after: hello.message.cursor });
    for (let n = 0; n < 3; n += 1) {
      await bus.append('findings', [
        { key: 'h1', value: JSON.stringify(told(finding(`f${n}`, { in: `c${n}` }))), at: 1 },
      ]);
      await client.want(({ data }) => data?.incident.title.startsWith(`c${n}:`) === true);
    }
    await expect.poll(async () => (await readFile(archive, 'utf8')).split('\n').length).toBe(4);
    client.socket.terminate();
    expect(await alerting.stop()).toEqual([]);
  });

  describe('sends a sink', () => {
    const path = (name: string) => join(directory, `${name}.ndjson`);
    const linesOf = async (name: string) => (await readFile(path(name), 'utf8').catch(() => '')).split('\n').length - 1;
    const found = (n: number, severity: Finding['severity']) => ({
      key: 'h1',
      value: JSON.stringify(told({ ...finding(`f${n}`, { in: `c${n}` }), severity })),
      at: 1,
    });
    const findings = [found(1, 'informational'), found(2, 'critical'), found(3, 'low')];

    it('what its routes let through', async () => {
      const sinks = { all: { type: 'file', path: path('all') }, worst: { type: 'file', path: path('worst') } };
      const routes = [{ to: ['all'] }, { to: ['worst'], severity: 'critical' }];
      const alerting = await start({ config: configSchema.parse({ feed: { port: 0 }, sinks, routes }) });
      await bus.append('findings', findings);
      await expect.poll(() => linesOf('all')).toBe(3);
      await expect.poll(() => linesOf('worst')).toBe(1);
      await alerting.stop();
    });

    it('nothing that is only informational where there are no routes', async () => {
      const alerting = await start({ sinks: { quiet: { type: 'file', path: path('quiet') } } });
      await bus.append('findings', findings);
      await expect.poll(() => linesOf('quiet')).toBe(2);
      await alerting.stop();
    });
  });

  it('says of itself what its sinks do', async () => {
    const alerting = await start({ sinks: { archive: { type: 'file', path: join(directory, 'a.ndjson') } } });
    await expect.poll(statusNow).toMatchObject({
      part: 'alerting',
      pid: process.pid,
      url: alerting.url,
      sinks: [{ name: 'archive', type: 'file', state: 'idle', backlog: 0 }],
      metrics: [],
    });
    expect(bus.all('status')[0]?.key).toBe('alerting/test');
    expect(await alerting.stop()).toEqual([]);
    expect(bus.all('status').at(-1)).toMatchObject({ key: 'alerting/test', value: null });
  });

  it('lets a heartbeat go out only while hosts are watched and events are judged', async () => {
    let beats = 0;
    const server = createServer((_, response) => {
      beats += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const alerting = await start({ sinks: { alive: { type: 'heartbeat', url, everyMinutes: 0.001 } } });
    await expect
      .poll(statusNow, { timeout: 10_000 })
      .toMatchObject({ sinks: [{ name: 'alive', lastError: 'withheld: no collector has said anything' }] });
    expect(beats).toBe(0);
    const word = (key: string, more: object) => ({ key, value: JSON.stringify({ pid: 1, ...more }), at: Date.now() });
    await bus.append('status', [
      word('collector/h1', { part: 'collector', connected: true }),
      word('analyzer/a', { part: 'analyzer' }),
    ]);
    await expect.poll(() => beats, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(await alerting.stop()).toEqual([]);
    server.closeAllConnections();
    server.close();
  });

  it('tells and traces what becomes of a finding', async () => {
    const happened: Happening[] = [];
    const spans: Span[] = [];
    const telemetry = {
      ...noTelemetry,
      happened: (one: Happening) => void happened.push(one),
      span: (one: Span) => void spans.push(one),
    };
    const alerting = await start({
      telemetry,
      sinks: { archive: { type: 'file', path: join(directory, 'a.ndjson') } },
    });
    await expect.poll(async () => (await fetch(`${alerting.url}/readyz`)).status).toBe(200);
    await bus.append('findings', [
      { key: 'h1', value: JSON.stringify(told(finding('f1', { traceparent: traceparentOf('a'.repeat(32)) }))), at: 1 },
      { key: 'h1', value: 'broken', at: 1 },
    ]);
    await expect.poll(() => happened.map(({ name }) => name)).toContain('delivered');
    expect(happened).toContainEqual({ name: 'incidentUpdated', change: 'opened', severity: 'high' });
    expect(happened).toContainEqual(
      expect.objectContaining({ name: 'recordRejected', topic: 'findings', place: 'findings/0@1' }),
    );
    await expect
      .poll(() => spans.map(({ name, traceId }) => `${name} ${traceId}`).sort((a, b) => a.localeCompare(b)))
      .toEqual(['correlate', 'deliver'].map((name) => `${name} ${'a'.repeat(32)}`));
    expect(bus.all('rejected')).toHaveLength(1);
    await alerting.stop();
  });

  it('does not start with a port that is taken, and says what to do', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    const config = configSchema.parse({ feed: { port } });
    await expect(start({ config })).rejects.toMatchObject({ fix: expect.stringContaining('feed.port') as string });
    await first.stop();
  });
});
