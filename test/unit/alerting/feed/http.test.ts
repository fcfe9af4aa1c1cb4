import { request } from 'node:http';
import { connect } from 'node:net';
import { firstValueFrom, of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Feed, type FeedOptions, startFeed } from '../../../../alerting/feed/server.ts';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import type { Bus } from '../../../../shared/bus/port.ts';
import { UserError } from '../../../../shared/errors.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';
import { batch, ended, finding, record, told } from '../finding-records.ts';
import { incidentRecord, update } from '../updates.ts';

const token = 'a-token-of-sufficient-length-1234567';
const authorization = `Bearer ${token}`;

describe('the HTTP feed', () => {
  let bus: MemoryBus;
  let feed: Feed;

  const start = (on: Bus, more: Partial<FeedOptions> = {}) =>
    startFeed({
      bus: on,
      logName: 'Kafka at kafka-1:9092',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: ['https://soc.example'],
      token,
      clock: Date.now,
      version: '1.2.3',
      metrics: async () => 'moorwatch_up 1\n',
      ...more,
    });
  beforeEach(async () => {
    bus = createMemoryBus();
    feed = await start(bus);
    await feed.ready;
  });
  afterEach(async () => {
    await feed.stop();
    await bus.close();
  });

  const get = (path: string, headers: Record<string, string> = { authorization }, init: RequestInit = {}) =>
    fetch(`${feed.url}${path}`, { headers, ...init });
  const json = async (path: string): Promise<unknown> => (await get(path)).json();
  /** Node's fetch sets Host itself, so this asks without it. */
  const statusFor = (host: string) =>
    new Promise<number>((resolve, reject) => {
      request(`${feed.url}/healthz`, { headers: { host } }, (answer) => resolve(answer.resume().statusCode ?? 0))
        .on('error', reject)
        .end();
    });

  it('answers without a token only whether it lives and is ready', async () => {
    expect((await get('/healthz', {})).status).toBe(200);
    expect((await get('/readyz', {})).status).toBe(200);
    for (const path of [
      '/metrics',
      '/version',
      '/api/v1/incidents',
      '/api/v1/findings',
      '/events',
      '/nowhere',
      `/version?token=${token}`,
    ]) {
      const response = await get(path, {});
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } });
    }
  });

  it('refuses foreign hosts and origins, with or without a token', async () => {
    expect(await statusFor('evil.example')).toBe(421);
    expect((await get('/version', { authorization, origin: 'https://evil.example' })).status).toBe(403);
    const allowed = await get('/version', { authorization, origin: 'https://soc.example' });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://soc.example');
    const asked = await get('/version', { origin: 'https://soc.example' }, { method: 'OPTIONS' });
    expect(asked.status).toBe(204);
  });

  it('sends no answer that a browser may keep, sniff or frame', async () => {
    const { headers } = await get('/version');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('serves version and metrics', async () => {
    expect(await json('/version')).toEqual({ version: '1.2.3', api: 'v1' });
    expect(await (await get('/metrics')).text()).toBe('moorwatch_up 1\n');
  });

  it('lists incidents and shows one', async () => {
    await bus.append('incidents', [update(1), update(2, { status: 'closed' })].map(incidentRecord));
    await expect.poll(() => json('/api/v1/incidents')).toMatchObject({ total: 2 });
    expect(await json('/api/v1/incidents?status=closed')).toMatchObject({
      total: 1,
      incidents: [{ id: 'incident-2' }],
    });
    expect(await json('/api/v1/incidents/incident-1')).toEqual(update(1).incident);
    expect(await json('/api/v1/incidents?id=incident-2')).toMatchObject({
      total: 1,
      incidents: [{ id: 'incident-2' }],
    });
    expect(await json('/api/v1/incidents?id=incident-&limit=1')).toMatchObject({ total: 2, incidents: [{}] });
    expect(await json('/api/v1/incidents?id=ncident')).toMatchObject({ total: 0 });
    expect((await get('/api/v1/incidents/none')).status).toBe(404);
    for (const query of ['status=weird', 'id=', 'limit=0', 'limit=x', 'since=yesterday', 'other=1']) {
      const response = await get(`/api/v1/incidents?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
    }
  });

  it('shows an open incident whose updates the log no longer has', async () => {
    const stage = createIncidentStage({ quietMs: 60_000, reopenMs: 0, suppressionMs: 0 })({
      partition: 0,
      restored: new Map(),
    });
    const records = [finding('f1'), finding('f2', { summary: 'more' })].map((one, i) => record(told(one), 10 + i));
    const commit = await firstValueFrom(of(batch(records)).pipe(stage));
    const old = createMemoryBus();
    await old.append(
      'incident-state',
      commit.state.map((change) => ({ ...change, at: 1 })),
    );
    const later = await start(old);
    await later.ready;
    const response = await fetch(`${later.url}/api/v1/incidents?status=open`, { headers: { authorization } });
    expect(await response.json()).toMatchObject({
      total: 1,
      incidents: [{ count: 2, findings: [{ id: 'f1' }, { id: 'f2' }] }],
    });
    await later.stop();
    await old.close();
  });

  it('pages through findings and leaves out the ends of conditions', async () => {
    const records = [told(finding('f1')), ended('f1', 's'), told(finding('f2')), told(finding('f3'))];
    await bus.append(
      'findings',
      records.map((one) => ({ key: 'h1', value: JSON.stringify(one), at: 1 })),
    );
    const first = (await json('/api/v1/findings?limit=2')) as { findings: { id: string }[]; cursor: string };
    expect(first.findings.map(({ id }) => id)).toEqual(['f1', 'f2']);
    expect(await json(`/api/v1/findings?after=${first.cursor}`)).toMatchObject({ findings: [{ id: 'f3' }] });
    expect(await json(`/api/v1/findings?since=${Date.now() + 60_000}`)).toMatchObject({ findings: [] });
  });

  it('finds findings by how their ids begin', async () => {
    const records = ['abc-1', 'abc-2', 'xabc-3', 'ab'].map((id) => told(finding(id)));
    await bus.append(
      'findings',
      records.map((one) => ({ key: 'h1', value: JSON.stringify(one), at: 1 })),
    );
    const { findings } = (await json('/api/v1/findings?id=abc')) as { findings: { id: string }[] };
    expect(findings.map(({ id }) => id)).toEqual(['abc-1', 'abc-2']);
    expect(await json('/api/v1/findings?id=xabc')).toMatchObject({ findings: [{ id: 'xabc-3' }] });
    expect((await json('/api/v1/findings?id=nobody')) as object).toMatchObject({ findings: [] });
  });

  it('follows findings as JSON lines, until the client goes', async () => {
    await bus.append('findings', [{ key: 'h1', value: JSON.stringify(told(finding('f1'))), at: 1 }]);
    const leaving = new AbortController();
    const response = await get('/api/v1/findings?follow=true', { authorization }, { signal: leaving.signal });
    const lines = linesOf(response);
    expect(JSON.parse(await lines())).toMatchObject({ id: 'f1' });
    await bus.append('findings', [{ key: 'h1', value: JSON.stringify(told(finding('f2'))), at: 1 }]);
    expect(JSON.parse(await lines())).toMatchObject({ id: 'f2' });
    leaving.abort();
  });

  it('has the feed as server-sent events, resumable by Last-Event-ID', async () => {
    await bus.append('incidents', [update(1), update(2)].map(incidentRecord));
    const leaving = new AbortController();
    const response = await get('/events?after=oldest&minSeverity=high', { authorization }, { signal: leaving.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const lines = linesOf(response);
    expect(await lines()).toBe('retry: 3000');
    await lines();
    const start = (await lines()).replace('id: ', '');
    expect([await lines(), await lines(), await lines()]).toEqual(['event: hello', `data: {"cursor":"${start}"}`, '']);
    const id = (await lines()).replace('id: ', '');
    expect(await lines()).toBe('event: incident');
    expect(JSON.parse((await lines()).replace('data: ', ''))).toMatchObject({ seq: 1, data: { id: update(1).id } });
    leaving.abort();

    const again = await get('/events', { authorization, 'last-event-id': id }, { signal: AbortSignal.timeout(5_000) });
    const rest = linesOf(again);
    for (let i = 0; i < 8; i += 1) await rest();
    expect(await rest()).toContain(update(2).id);
    await again.body?.cancel().catch(() => undefined);
    expect((await get('/events?after=!')).status).toBe(400);
    expect((await get('/events?severity=high')).status).toBe(400);
  });

  it('serves what the processes say of themselves, and their rules', async () => {
    const say = (key: string, status: object | null) =>
      bus.append('status', [{ key, value: status === null ? null : JSON.stringify(status), at: 5 }]);
    await say('collector/h1', { part: 'collector', coverage: ['engine'] });
    await say('analyzer/a', { part: 'analyzer', rules: [{ id: 'old' }] });
    await say('analyzer/a', { part: 'analyzer', rules: [{ id: 'r1' }] });
    await say('gone', { part: 'x' });
    await say('gone', null);
    const now = expect.any(Number) as unknown;
    await expect
      .poll(() => json('/api/v1/status'))
      .toEqual({
        asOf: expect.any(Number) as unknown,
        current: true,
        processes: [
          {
            process: 'collector/h1',
            at: 5,
            silentMs: now,
            gone: false,
            status: { part: 'collector', coverage: ['engine'] },
          },
          {
            process: 'analyzer/a',
            at: 5,
            silentMs: now,
            gone: false,
            status: { part: 'analyzer', rules: [{ id: 'r1' }] },
          },
        ],
      });
    expect(await json('/api/v1/rules')).toEqual({ rules: [{ process: 'analyzer/a', at: 5, rules: [{ id: 'r1' }] }] });
  });

  it('has no baselines before there are any', async () => {
    expect(await json('/api/v1/baselines')).toEqual({ baselines: [] });
    expect((await get('/api/v1/baselines/shop%2Fweb')).status).toBe(404);
  });

  it('says that the log does not answer, which one, and what to do', async () => {
    const failing = (error: Error): Bus => ({
      ...bus,
      read: (topic, range) => {
        if (!['findings', 'analyzer-state'].includes(topic)) return bus.read(topic, range);
        return (async function* () {
          if (!range.follow) throw error;
          yield { records: [], next: new Map(), gaps: [] };
        })();
      },
    });
    const other = await start(failing(new Error('connect ECONNREFUSED')));
    for (const path of ['findings', 'baselines', 'baselines/web']) {
      const response = await fetch(`${other.url}/api/v1/${path}`, { headers: { authorization } });
      expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5']);
      expect(await response.json()).toMatchObject({
        error: {
          code: 'log-silent',
          message: 'the log (Kafka at kafka-1:9092) does not answer: connect ECONNREFUSED',
          fix: expect.stringContaining('moorwatch doctor') as unknown,
        },
      });
    }
    await other.stop();
    const refused = await start(failing(new UserError('wrong password', { fix: 'correct it' })));
    const response = await fetch(`${refused.url}/api/v1/findings`, { headers: { authorization } });
    expect([response.status, await response.json()]).toMatchObject([503, { error: { fix: 'correct it' } }]);
    await refused.stop();
  });

  it('says as of when an answer is that it gives without the log, and that it is not of now', async () => {
    const asOf = 1_000_000;
    let now = asOf;
    const aging = await start(bus, { clock: () => now, answeredAt: () => asOf });
    await aging.ready;
    const ask = async (path: string) => (await fetch(`${aging.url}${path}`, { headers: { authorization } })).json();
    expect(await ask('/api/v1/status')).toMatchObject({ asOf, current: true });
    expect(await ask('/api/v1/incidents')).toMatchObject({ asOf, current: true, total: 0 });
    now += 30_000;
    expect(await ask('/api/v1/status')).toMatchObject({ asOf, current: false });
    expect(await ask('/api/v1/incidents')).toMatchObject({ asOf, current: false, total: 0 });
    expect((await fetch(`${aging.url}/readyz`)).status).toBe(503);
    await aging.stop();
  });

  it('refuses large bodies and other methods', async () => {
    const post = (body: string) => get('/api/v1/ticket', { authorization }, { method: 'POST', body });
    expect((await post('x'.repeat(20_000))).status).toBe(413);
    expect((await post('{}')).status).toBe(200);
    expect((await get('/api/v1/incidents', { authorization }, { method: 'DELETE' })).status).toBe(404);
  });

  it('puts hostile strings nowhere but into JSON', async () => {
    const name = '<img src=x onerror=alert(1)>\u001b[31m';
    await bus.append('incidents', [update(1, { title: name })].map(incidentRecord));
    await expect.poll(() => json('/api/v1/incidents')).toMatchObject({ incidents: [{ title: name }] });
    const response = await get('/api/v1/incidents');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.text()).not.toContain('\u001b');
  });

  it('cuts off a request line that is too long', async () => {
    const port = Number(new URL(feed.url).port);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`),
      );
      socket.on('data', (data) => resolve(data.toString()));
      socket.on('error', () => resolve('reset'));
    });
    expect(answer).toMatch(/431|reset/);
  });
});

/** Line by line from a response that does not end. */
function linesOf(response: Response): () => Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  return async () => {
    while (!rest.includes('\n')) rest += (await reader?.read())?.value ?? '';
    const [line = ''] = rest.split('\n', 1);
    rest = rest.slice(line.length + 1);
    return line;
  };
}
