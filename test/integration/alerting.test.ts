import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAlerting, startAlerting } from '../../alerting/main.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { connectFeed } from '../support/feed-client.ts';
import { finding, told } from '../unit/alerting/finding-records.ts';

describe('alerting on the embedded log', () => {
  let directory = '';
  let bus: Bus;
  let alerting: RunningAlerting | undefined;

  const open = () =>
    openSqliteBus({
      path: join(directory, 'moorwatch.db'),
      synchronous: 'normal',
      topics: topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 100_000_000 } }),
    });
  const start = (extra: object = {}) =>
    startAlerting({
      config: configSchema.parse({ feed: { port: 0 }, ...extra }),
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      tokenFile: join(directory, 'feed.token'),
      metrics: async () => '# none\n',
      clock: Date.now,
      version: '1.2.3',
      giveUp: (error) => expect.unreachable(error.message),
    });
  const token = async () => (await readFile(join(directory, 'feed.token'), 'utf8')).trim();
  const append = (id: string, more: Parameters<typeof finding>[1] = {}) =>
    bus.append('findings', [{ key: 'h1', value: JSON.stringify(told(finding(id, more))), at: Date.now() }]);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-alerting-'));
    bus = await open();
  });
  afterEach(async () => {
    await alerting?.stop();
    alerting = undefined;
    await bus.close();
    await rm(directory, { recursive: true });
  });

  it('takes a finding to a WebSocket client within milliseconds, and to the API and the file sink', async () => {
    alerting = await start({ sinks: { archive: { type: 'file', path: join(directory, 'incidents.ndjson') } } });
    const client = connectFeed(alerting.url, { headers: { authorization: `Bearer ${await token()}` } });
    const hello = await client.want(({ type }) => type === 'hello');
    client.say({ type: 'subscribe', id: 'all', after: hello.message.cursor });
    await append('warm-up', { in: 'other' });
    await client.want(({ data }) => data?.incident.title.startsWith('other') === true);

    const took: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const before = performance.now();
      await append(`f${i}`, { in: `c${i}` });
      const { at } = await client.want(({ data }) => data?.incident.title.startsWith(`c${i}:`) === true);
      took.push(at - before);
    }
    took.sort((a, b) => a - b);
    console.log(`finding appended → WebSocket: p50 ${took[10]?.toFixed(1)} ms, worst ${took[19]?.toFixed(1)} ms`);
    expect(took[10]).toBeLessThan(50);

    const headers = { authorization: `Bearer ${await token()}` };
    const list = (await (await fetch(`${alerting.url}/api/v1/incidents?limit=500`, { headers })).json()) as {
      total: number;
    };
    expect(list.total).toBe(21);
    await eventually(async () =>
      (await readFile(join(directory, 'incidents.ndjson'), 'utf8')).split('\n').length === 22 ? true : undefined,
    );
    expect((await stat(join(directory, 'incidents.ndjson'))).mode & 0o777).toBe(0o600);
    client.socket.close();
  });

  it('goes on after a restart: same incident, same cursor', async () => {
    alerting = await start();
    const first = connectFeed(alerting.url, { headers: { authorization: `Bearer ${await token()}` } });
    const hello = await first.want(({ type }) => type === 'hello');
    first.say({ type: 'subscribe', id: 'all', after: hello.message.cursor });
    await append('f1');
    const opened = await first.want(({ type }) => type === 'event');
    await alerting.stop();
    await bus.close();

    bus = await open();
    await append('f2', { summary: 'another' });
    alerting = await start();
    const second = connectFeed(alerting.url, { headers: { authorization: `Bearer ${await token()}` } });
    await second.want(({ type }) => type === 'hello');
    second.say({ type: 'subscribe', id: 'all', after: opened.message.cursor });
    const grown = await second.want(({ type }) => type === 'event');
    expect(grown.message.data).toMatchObject({
      change: 'grown',
      incident: { id: opened.message.data?.incident.id, version: 2, count: 2 },
    });
    expect(second.got.filter(({ message }) => message.type === 'event')).toHaveLength(1);
    second.socket.close();
  });

  it('back-fills a webhook whose receiver was away, in order and over a restart, and parks what it refuses', async () => {
    const ids: string[] = [];
    const receiver = createServer((request, response) => {
      const id = String(request.headers['idempotency-key']);
      request.resume().on('end', () => {
        ids.push(id);
        response.writeHead(ids.length === 3 ? 422 : 204).end();
      });
    });
    const port = await freePort();
    const sinks = { siem: { type: 'webhook', url: `http://127.0.0.1:${port}/hook` } };
    alerting = await start({ sinks });
    for (let n = 0; n < 3; n += 1) await append(`f${n}`, { in: `c${n}` });
    const headers = { authorization: `Bearer ${await token()}` };
    const isWaiting = async () =>
      JSON.stringify(await (await fetch(`${alerting?.url}/api/v1/status`, { headers })).json()).includes(
        '"state":"retrying"',
      );
    await eventually(async () => ((await isWaiting()) ? true : undefined));
    await alerting.stop();

    alerting = await start({ sinks });
    for (let n = 3; n < 6; n += 1) await append(`f${n}`, { in: `c${n}` });
    receiver.listen(port, '127.0.0.1');
    await eventually(() => (ids.length >= 6 ? true : undefined));
    const wanted: string[] = [];
    for await (const { records } of bus.read('incidents', { from: 'oldest', follow: false })) {
      for (const { value } of records) wanted.push((JSON.parse(value ?? '') as { id: string }).id);
    }
    expect(ids).toEqual(wanted);
    const parked = await eventually(async () => {
      for await (const { records } of bus.read('rejected', { from: 'oldest', follow: false })) return records;
      return undefined;
    });
    expect(parked.map(({ value }) => value ?? '').join()).toMatch(
      /"sink":"siem".*"reason":"the receiver answered 422"/,
    );
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });
});

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
