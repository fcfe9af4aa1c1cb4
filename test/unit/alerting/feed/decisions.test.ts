import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Feed, startFeed } from '../../../../alerting/feed/server.ts';
import type { Bus, BusRecord } from '../../../../shared/bus/port.ts';
import {
  answerHeader,
  type Decision,
  type DecisionAnswer,
  decisionHeader,
  decisionSchema,
  type Order,
  summaryOfOrder,
} from '../../../../shared/decision.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';
import { finding, told } from '../finding-records.ts';

const token = 'a-token-of-sufficient-length-1234567';
const approve: Order = { type: 'approve', workload: 'W', feature: 'exec-commands', key: 'k' };
const path = '/api/v1/decisions';

describe('decisions over HTTP', () => {
  let bus: MemoryBus;
  let feed: Feed;
  let now = 1_000;

  const start = (on: Bus = bus) =>
    startFeed({
      bus: on,
      logName: 'the log',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      token,
      clock: () => now,
      version: '1',
      metrics: async () => '',
    });
  beforeEach(async () => {
    now = 1_000;
    bus = createMemoryBus();
    await bus.append('status', [collector('HOST', 'anchor')]);
    feed = await start();
    await expect.poll(async () => (await get('/api/v1/status')).text()).toContain('anchor');
  });
  afterEach(async () => {
    await feed.stop();
    await bus.close();
  });

  const collector = (id: string, name: string) => ({
    key: `collector/${id}`,
    value: JSON.stringify({ part: 'collector', host: { id, name } }),
    at: 1,
  });
  const headers = { authorization: `Bearer ${token}` };
  const get = (at: string, from: Feed = feed) => fetch(`${from.url}${at}`, { headers });
  const post = (body: unknown, more: Record<string, string> = {}) =>
    fetch(`${feed.url}${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const request = { host: 'anchor', reason: 'a nightly job', order: approve };
  const written = (): readonly BusRecord[] => bus.all('observations');
  const answered = async (decision: Decision, text: string, output = 'findings'): Promise<void> => {
    const { id, at, host, actor, reason, order } = decision;
    const made = { at, actor, reason, order: summaryOfOrder(order) };
    const answer: DecisionAnswer = { type: 'answer', decision: id, at: at + 1, host, result: 'applied', text, made };
    const value = JSON.stringify(answer);
    await bus.append(output, [{ key: host.id, value, headers: { [answerHeader]: id }, at: at + 1 }]);
  };
  const onlyDecision = (): Decision => decisionSchema.parse(JSON.parse(written()[0]?.value ?? ''));

  it('that come again with the same key are one, with another or none are two', async () => {
    const idOf = async (key?: string): Promise<unknown> => {
      now += 1;
      const answer = await post(request, key === undefined ? {} : { 'idempotency-key': key });
      expect(answer.status).toBe(202);
      return ((await answer.json()) as { id: unknown }).id;
    };
    const first = await idOf('a-key');
    expect(await idOf('a-key')).toBe(first);
    expect(new Set([first, await idOf('b-key'), await idOf(), await idOf()]).size).toBe(4);
    expect((await post(request, { 'idempotency-key': 'two words' })).status).toBe(400);
  });

  it('leave room for the token behind the name that a client gives', async () => {
    expect((await post({ ...request, owner: 'x'.repeat(101) })).status).toBe(400);
    expect((await post({ ...request, owner: 'x'.repeat(100) })).status).toBe(202);
    expect(onlyDecision().actor.name).toBe(`${'x'.repeat(100)} (by the local token)`);
  });

  it('are appended where the host is, with who, when and why, and wait for their answer', async () => {
    const response = await post({ ...request, owner: 'sam' });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect(response.headers.get('location')).toBe(`${path}/${id}`);
    expect(written()).toMatchObject([{ key: 'HOST', at: 1_000, headers: { [decisionHeader]: '1' } }]);
    expect(onlyDecision()).toEqual({
      id,
      at: 1_000,
      host: { id: 'HOST', name: 'anchor' },
      actor: { name: 'sam (by the local token)', role: 'administer' },
      reason: 'a nightly job',
      order: approve,
    });
    expect(await (await get(`${path}/${id}`)).json()).toMatchObject({ id, status: 'pending', order: approve });

    await bus.append('findings', [{ key: 'HOST', value: JSON.stringify(told(finding('f1'))), at: 1 }]);
    await answered(onlyDecision(), 'done');
    expect(await (await get(`${path}/${id}`)).json()).toEqual({
      id,
      status: 'applied',
      host: { id: 'HOST', name: 'anchor' },
      at: 1_000,
      actor: { name: 'sam (by the local token)', role: 'administer' },
      reason: 'a nightly job',
      order: approve,
      text: 'done',
      answeredAt: 1_001,
    });
  });

  it('about incidents go to their own stage, and its answers are listed with the others', async () => {
    const order: Order = { type: 'close', incident: 'I', version: 2 };
    expect((await post({ ...request, order })).status).toBe(202);
    expect(written()).toEqual([]);
    const [record] = bus.all('findings');
    expect(record).toMatchObject({ key: 'HOST', headers: { [decisionHeader]: '1' } });
    const decision = decisionSchema.parse(JSON.parse(record?.value ?? ''));
    await answered(decision, 'closed', 'incidents');
    expect(await (await get(`${path}/${decision.id}`)).json()).toMatchObject({
      status: 'applied',
      text: 'closed',
      order,
    });
    expect(await (await get('/api/v1/incidents')).json()).toMatchObject({ total: 0 });
  });

  it('are listed newest first, also by a feed that took none of them', async () => {
    for (const reason of ['first', 'second', 'third']) {
      now += 10;
      await post({ ...request, reason });
    }
    for (const { value } of written().slice(0, 2)) await answered(decisionSchema.parse(JSON.parse(value ?? '')), 'ok');
    const listed = async (from?: Feed, query = '') =>
      ((await (await get(`${path}${query}`, from)).json()) as { decisions: object[] }).decisions;
    expect(await listed()).toMatchObject([
      { reason: 'third', status: 'pending' },
      { reason: 'second', status: 'applied', text: 'ok' },
      { reason: 'first', status: 'applied' },
    ]);
    expect(await listed(feed, '?limit=1')).toMatchObject([{ reason: 'third' }]);
    const other = await start();
    expect(await listed(other)).toMatchObject([{ reason: 'second' }, { reason: 'first' }]);
    expect((await get(`${path}/unknown`, other)).status).toBe(404);
    await other.stop();
  });

  it('are no findings to who asks for those', async () => {
    await post(request);
    await answered(onlyDecision(), 'done');
    await bus.append('findings', [{ key: 'HOST', value: JSON.stringify(told(finding('f1'))), at: 1 }]);
    expect(await (await get('/api/v1/findings')).json()).toMatchObject({ findings: [{ id: 'f1' }] });
    expect(await (await get('/api/v1/findings/f1')).json()).toMatchObject({ id: 'f1' });
    expect((await get(`/api/v1/findings/${onlyDecision().id}`)).status).toBe(404);
  });

  it('that say nothing, say too much or come from elsewhere are refused, and nothing is written', async () => {
    const status = async (body: unknown, more: Record<string, string> = {}) => (await post(body, more)).status;
    expect(await status('{')).toBe(400);
    expect(await status(request, { 'content-type': 'text/plain' })).toBe(400);
    expect(await status({ ...request, reason: ' ' })).toBe(400);
    expect(await status({ ...request, extra: 1 })).toBe(400);
    expect(await status({ ...request, order: { ...approve, type: 'explode' } })).toBe(400);
    expect(await status({ ...request, order: { ...approve, workload: '\ud800' } })).toBe(400);
    expect(await status({ ...request, host: 'nowhere' })).toBe(404);
    expect(await status({ ...request, reason: 'x'.repeat(900_000) })).toBe(413);
    expect(await status(request, { origin: 'https://evil.example' })).toBe(403);
    expect(await status(request, { authorization: 'Bearer wrong' })).toBe(401);
    expect(written()).toEqual([]);
  });

  it('name one host: by id where a name is not enough', async () => {
    await bus.append('status', [collector('SECOND', 'anchor'), collector('anchored', 'SECOND')]);
    await expect.poll(async () => (await get('/api/v1/status')).text()).toContain('anchored');
    expect(await (await post(request)).text()).toContain('several hosts');
    expect((await post({ ...request, host: 'SECOND' })).status).toBe(202);
    expect(written().map(({ key }) => key)).toEqual(['SECOND']);
  });
});
