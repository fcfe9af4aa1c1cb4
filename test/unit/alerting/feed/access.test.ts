import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAccess } from '../../../../alerting/feed/access.ts';
import { type Feed, startFeed } from '../../../../alerting/feed/server.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { connectFeed } from '../../../support/feed-client.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';
import { update } from '../updates.ts';

describe('who may ask the feed, and how', () => {
  let directory: string;
  let bus: MemoryBus;
  let feed: Feed | undefined;
  const now = Date.UTC(2026, 0, 1);
  const file = (name: string): string => join(directory, name);
  const start = async (more: Partial<Parameters<typeof readAccess>[1]> = {}): Promise<Feed> => {
    const access = await readAccess(file('feed.token'), { tokens: [], tls: undefined, ...more });
    feed = await startFeed({
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      clock: () => now,
      version: '1',
      metrics: async () => '',
      ...access,
    });
    await feed.ready;
    return feed;
  };
  const tokenIn = (name: string): string => readFileSync(file(name), 'utf8').trim();
  const bearer = (name: string) => ({ authorization: `Bearer ${tokenIn(name)}` });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'moorwatch-access-'));
    bus = createMemoryBus();
  });
  afterEach(async () => {
    await feed?.stop();
    feed = undefined;
    await bus.close();
    rmSync(directory, { recursive: true });
  });

  it('makes the tokens that are missing, and lets each do what its role says', async () => {
    const { url } = await start({ tokens: [{ name: 'screen', role: 'read', file: file('screen.token') }] });
    expect(statSync(file('screen.token')).mode & 0o777).toBe(0o600);
    expect((await fetch(`${url}/version`, { headers: bearer('screen.token') })).status).toBe(200);
    const decide = await fetch(`${url}/api/v1/decisions`, {
      method: 'POST',
      headers: { ...bearer('screen.token'), 'content-type': 'application/json' },
      body: JSON.stringify({
        host: 'anchor',
        reason: 'because',
        order: { type: 'approve', workload: 'w', feature: 'f', key: 'k' },
      }),
    });
    expect([decide.status, await decide.json()]).toMatchObject([403, { error: { code: 'forbidden' } }]);
  });

  it('refuses to start with two tokens that are the same', async () => {
    writeFileSync(file('feed.token'), 'a-token-of-sufficient-length-1234567', { mode: 0o600 });
    writeFileSync(file('screen.token'), 'a-token-of-sufficient-length-1234567', { mode: 0o600 });
    const tokens = [{ name: 'screen', role: 'read', file: file('screen.token') }] as const;
    await expect(start({ tokens: [...tokens] })).rejects.toThrow('two tokens of the feed are the same');
  });

  it('listens with TLS too, with the same rules and the same feed', async () => {
    await makeCertificates(directory, { server: 'feed', names: 'IP:127.0.0.1' });
    const tls = { host: '127.0.0.1', port: 0, cert: file('feed.pem'), key: file('feed.key') };
    const { tlsUrl = '' } = await start({ tls });
    expect(tlsUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ca = readFileSync(file('ca.pem'), 'utf8');
    const status = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        get(`${tlsUrl}/version`, { ca, headers }, (answer) => resolve(answer.resume().statusCode ?? 0)).on(
          'error',
          reject,
        );
      });
    expect([await status(bearer('feed.token')), await status({})]).toEqual([200, 401]);
    await expect(fetch(`${tlsUrl.replace('https', 'http')}/healthz`)).rejects.toThrow();
  });

  it('says what is wrong with a certificate', async () => {
    writeFileSync(file('no.pem'), 'no certificate');
    const tls = { host: '127.0.0.1', port: 0, cert: file('no.pem'), key: file('no.pem') };
    await expect(start({ tls })).rejects.toThrow('feed.tls: certificate and key cannot be used');
    await expect(start({ tls: { ...tls, cert: file('absent') } })).rejects.toThrow('feed.tls.cert');
  });

  it('tells a token that asks too often when to ask again', async () => {
    const { url } = await start();
    const ask = async () => (await fetch(`${url}/version`, { headers: bearer('feed.token') })).status;
    for (let n = 0; n < 600; n += 1) expect(await ask()).toBe(200);
    const refused = await fetch(`${url}/version`, { headers: bearer('feed.token') });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    // Who only lives on is not in the way.
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('gathers events for who wants few frames, in order, with the gaps in their places', async () => {
    const { url } = await start();
    const client = connectFeed(url, { headers: bearer('feed.token') });
    await client.want(({ type }) => type === 'hello');
    client.say({ type: 'subscribe', id: 's', after: 'oldest', batchMs: 50 });
    for (let n = 0; n < 40; n += 1)
      await bus.append('incidents', [{ key: 'h1', value: JSON.stringify(update(n)), at: n }]);
    const frames = () => client.got.flatMap(({ message: { events } }) => (events === undefined ? [] : [events]));
    await expect.poll(() => frames().flat().length).toBe(40);
    expect(frames().length).toBeLessThan(20);
    expect(
      frames()
        .flat()
        .map(({ seq }) => seq),
    ).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(
      frames()
        .flat()
        .map(({ data }) => data.id),
    ).toEqual(Array.from({ length: 40 }, (_, n) => update(n).id));
    client.socket.terminate();
  });
});
