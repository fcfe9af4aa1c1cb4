import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Feed, startFeed } from '../../../../alerting/feed/server.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { connectFeed, type FeedClient, refusedWith } from '../../../support/feed-client.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';
import { incidentRecord, update } from '../updates.ts';

const token = 'a-token-of-sufficient-length-1234567';
const authorization = `Bearer ${token}`;

describe('the WebSocket feed', () => {
  let bus: MemoryBus;
  let feed: Feed;

  const put = (...updates: readonly (IncidentUpdate | string)[]) =>
    bus.append('incidents', updates.map(incidentRecord));
  const connect = (): FeedClient => connectFeed(feed.url, { headers: { authorization } });
  /** Titles of the events that came, in order. */
  const titles = (client: FeedClient) =>
    client.got.flatMap(({ message }) => (message.type === 'event' ? [message.data?.incident.title] : []));
  const subscribed = async (more: object = {}): Promise<FeedClient> => {
    const client = connect();
    await client.want(({ type }) => type === 'hello');
    client.say({ type: 'subscribe', id: 's', ...more });
    // Answered after the subscription, since messages are taken in order.
    client.say({ type: 'subscribe', id: 's' });
    await client.want(({ code }) => code === 'duplicate-subscription');
    return client;
  };

  beforeEach(async () => {
    bus = createMemoryBus();
    feed = await startFeed({
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: ['https://soc.example'],
      token,
      clock: Date.now,
      version: '1',
      metrics: async () => '',
    });
  });
  afterEach(async () => {
    await feed.stop();
    await bus.close();
  });

  it('says hello with a cursor from which nothing is missed', async () => {
    await put(update(1));
    await feed.ready;
    const client = connect();
    const hello = await client.want(({ type }) => type === 'hello');
    expect(hello.message).toMatchObject({ heartbeatMs: 30_000, limits: { subscriptions: 16 } });
    await put(update(2));
    client.say({ type: 'subscribe', id: 's', after: hello.message.cursor });
    await client.want(({ data }) => data?.incident.title === 'c2: something');
    expect(titles(client)).toEqual(['c2: something']);
  });

  it('resumes after a cursor, once each, where past and present meet', async () => {
    await put(...Array.from({ length: 30 }, (_, n) => update(n)));
    await feed.ready;
    const first = await subscribed({ after: 'oldest' });
    await first.want(({ seq }) => seq === 10);
    const { message } = first.got.find((got) => got.message.seq === 10) ?? { message: { cursor: '' } };

    const second = connect();
    await second.want(({ type }) => type === 'hello');
    second.say({ type: 'subscribe', id: 's', after: message.cursor });
    for (let n = 30; n < 60; n += 1) await put(update(n));
    await second.want(({ data }) => data?.incident.title === 'c59: something');
    expect(titles(second)).toEqual(Array.from({ length: 50 }, (_, i) => `c${i + 10}: something`));
  });

  it('sends what fits the filter', async () => {
    const severe = await subscribed({ filter: { minSeverity: 'high', container: 'c2' } });
    const ruled = await subscribed({ filter: { rule: 'MNT-01', status: 'closed', workload: 'w3', host: 'lab1' } });
    await put(
      update(2, { severity: 'medium' }),
      update(1),
      update(2, { version: 2 }),
      update(3),
      update(3, { status: 'closed', version: 2 }),
    );
    await ruled.want(({ type }) => type === 'event');
    await severe.want(({ type }) => type === 'event');
    expect(titles(severe)).toEqual(['c2: something']);
    expect(ruled.got.filter(({ message }) => message.type === 'event')).toHaveLength(1);
  });

  it('tells what retention took', async () => {
    await put(...Array.from({ length: 10 }, (_, n) => update(n)));
    await feed.ready;
    const before = await subscribed({ after: 'oldest' });
    const third = await before.want(({ seq }) => seq === 3);
    bus.expire('incidents', 0, 6);
    const client = await subscribed({ after: third.message.cursor });
    const gap = await client.want(({ type }) => type === 'gap');
    expect(gap.message).toMatchObject({ sub: 's', reason: 'retention', from: third.message.cursor });
    await client.want(({ data }) => data?.incident.title === 'c9: something');
    expect(titles(client)).toEqual([6, 7, 8, 9].map((n) => `c${n}: something`));
  });

  it('says so when a cursor is of another log, and sends everything', async () => {
    await put(update(1));
    await feed.ready;
    const client = await subscribed({ after: Buffer.from('{"0":900}').toString('base64url') });
    const gap = await client.want(({ type }) => type === 'gap');
    expect(gap.message.reason).toBe('unknown-position');
    await client.want(({ type }) => type === 'event');
  });

  it('passes over a record that is no update', async () => {
    const client = await subscribed();
    await put('{"id":1}', 'nonsense', update(1));
    await client.want(({ type }) => type === 'event');
  });

  it('answers what it does not understand, and goes on', async () => {
    const client = await subscribed();
    client.say('nonsense');
    client.say({ type: 'subscribe', id: 'x', filter: { severity: 'high' } });
    client.say({ type: 'subscribe', id: 'y', after: '!' });
    await client.want(({ code }) => code === 'bad-cursor');
    expect(client.got.filter(({ message }) => message.code === 'bad-message')).toHaveLength(2);
    client.say({ type: 'ack', sub: 's', cursor: 'e30' });
    await put(update(1));
    await client.want(({ type }) => type === 'event');
  });

  it('stops sending after unsubscribe, and bounds subscriptions', async () => {
    const client = await subscribed();
    client.say({ type: 'unsubscribe', id: 's' });
    for (let i = 0; i < 17; i += 1) client.say({ type: 'subscribe', id: `n${i}`, filter: { host: 'nobody' } });
    await client.want(({ code }) => code === 'too-many-subscriptions');
    await put(update(1));
    const other = await subscribed({ after: 'oldest' });
    await other.want(({ type }) => type === 'event');
    expect(titles(client)).toEqual([]);
  });

  it('ends the connection of a client that takes nothing, which comes back by its cursor', async () => {
    const client = await subscribed();
    client.socket.pause();
    const large = 'x'.repeat(100_000);
    // Twice what the feed holds for a client, and more than the kernel does.
    for (let n = 0; n < 300; n += 1) await put(update(n, { severity: 'critical', title: large }));
    const other = await subscribed();
    await put(update(300));
    await other.want(({ data }) => data?.incident.title === 'c300: something');
    client.socket.resume();
    expect(await client.closed).toBe(1013);
    const last = client.got.at(-1)?.message;
    const again = await subscribed({ after: last?.cursor });
    await again.want(({ data }) => data?.incident.title === 'c300: something');
    const ids = [...client.got, ...again.got].flatMap(({ message }) => message.data?.incident.id ?? []);
    expect(ids).toEqual(Array.from({ length: 301 }, (_, n) => `incident-${n}`));
  });

  it('closes on oversized messages', async () => {
    const client = await subscribed();
    client.say(`"${'x'.repeat(20_000)}"`);
    expect(await client.closed).toBe(1009);
  });

  it('lets nobody in without token, known host, known origin and subprotocol', async () => {
    const tried = async (headers: Record<string, string>, more: object = {}) =>
      refusedWith(connectFeed(feed.url, { headers, ...more }));
    expect(await tried({})).toBe(401);
    expect(await tried({ authorization: 'Bearer wrong-token-wrong-token-wrong' })).toBe(401);
    expect(await tried({ authorization, host: 'evil.example' })).toBe(421);
    expect(await tried({ authorization, origin: 'https://evil.example' })).toBe(403);
    expect(await tried({ authorization }, { protocol: 'other.v1' })).toBe(400);
    expect(await tried({ authorization }, { path: '/elsewhere' })).toBe(404);
    expect(await tried({}, { path: `/ws?token=${token}` })).toBe(401);
    const allowed = connectFeed(feed.url, { headers: { authorization, origin: 'https://soc.example' } });
    await allowed.want(({ type }) => type === 'hello');
  });

  it('lets a browser in by a ticket, once', async () => {
    const response = await fetch(`${feed.url}/api/v1/ticket`, { method: 'POST', headers: { authorization } });
    const { ticket } = (await response.json()) as { ticket: string };
    const client = connectFeed(feed.url, { path: `/ws?ticket=${ticket}` });
    await client.want(({ type }) => type === 'hello');
    expect(await refusedWith(connectFeed(feed.url, { path: `/ws?ticket=${ticket}` }))).toBe(401);
  });

  it('says goodbye when it stops', async () => {
    const client = await subscribed();
    await feed.stop();
    expect(await client.closed).toBe(1001);
  });
});
