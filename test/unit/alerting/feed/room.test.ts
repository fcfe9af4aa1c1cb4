import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Feed, startFeed } from '../../../../alerting/feed/server.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';

const token = 'a-token-of-sufficient-length-1234567';
/** 2 for each client, and 312 that only pass. */
const most = 314;

describe('room for connections', () => {
  let bus: MemoryBus;
  let feed: Feed;
  const happenings: Happening[] = [];
  const silent: Socket[] = [];

  beforeEach(async () => {
    bus = createMemoryBus();
    feed = await startFeed({
      bus,
      logName: 'the log',
      telemetry: { ...noTelemetry, happened: (happening) => happenings.push(happening) },
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      token,
      clock: Date.now,
      version: '1',
      metrics: async () => '',
      clients: 1,
    });
    await feed.ready;
  });
  afterEach(async () => {
    for (const socket of silent.splice(0)) socket.destroy();
    await feed.stop();
    await bus.close();
  });

  const hold = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(feed.url).port), '127.0.0.1', () => resolve(socket));
      socket.on('error', () => undefined);
      socket.write('GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ');
      silent.push(socket);
    });
  const ask = async (): Promise<number> =>
    (await fetch(`${feed.url}/version`, { headers: { authorization: `Bearer ${token}` } })).status;

  it('is not taken from who has a token by those who hold connections and say nothing', async () => {
    for (let count = 0; count < most + 50; count += 1) await hold();
    expect(await ask()).toBe(200);
    expect(happenings).toContainEqual({ name: 'feedRefused', reason: 'no-room' });
    await delay(50);
    expect(silent.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(50);
    // The oldest gave way, the newest did not.
    expect(silent.at(-1)?.closed).toBe(false);
  });

  it('stays with a stream of who has shown a token', async () => {
    const stopping = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const events = await fetch(`${feed.url}/events`, { headers, signal: stopping.signal });
    expect(events.status).toBe(200);
    const read = events.body?.getReader().read();
    for (let count = 0; count < most + 50; count += 1) await hold();
    const first = await Promise.race([read?.then(({ done }) => (done ? 'ended' : 'open')), delay(300, 'open')]);
    expect(first).toBe('open');
    stopping.abort();
  });
});
