import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeartbeat, type Heartbeat } from '../../../../alerting/sinks/heartbeat.ts';
import { runHeartbeat } from '../../../../alerting/sinks/run-heartbeat.ts';
import type { Delivery } from '../../../../alerting/sinks/sink.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

describe('a heartbeat', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const started = () => {
    const world: { beats: number[]; answer: Delivery; blind: string | undefined; happened: Happening[] } = {
      beats: [],
      answer: { kind: 'delivered' },
      blind: undefined,
      happened: [],
    };
    const heartbeat: Heartbeat = {
      name: 'alive',
      beat: async () => {
        world.beats.push(Date.now());
        return world.answer;
      },
      close: async () => undefined,
    };
    const telemetry = { ...noTelemetry, happened: (one: Happening) => void world.happened.push(one) };
    const running = runHeartbeat({
      heartbeat,
      everyMs: 60_000,
      blindness: async () => world.blind,
      telemetry,
      clock: Date.now,
    });
    return { world, running, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
  };

  it('beats as often as it is told while all is well', async () => {
    const { world, running, pass } = started();
    expect(await running.status()).toEqual({ name: 'alive', type: 'heartbeat', state: 'idle', backlog: 0 });
    await pass(200_000);
    expect(world.beats).toEqual([15_000, 75_000, 135_000, 195_000]);
    expect(await running.status()).toMatchObject({ state: 'delivering', lastDelivered: 195_000 });
    await running.stop();
    await pass(200_000);
    expect(world.beats).toHaveLength(4);
  });

  it('is withheld while Moorwatch is blind, says why once, and beats as soon as it sees again', async () => {
    const { world, running, pass } = started();
    world.blind = 'no collector has said anything';
    await pass(100_000);
    expect(world.beats).toEqual([]);
    expect(await running.status()).toMatchObject({
      state: 'retrying',
      lastError: 'withheld: no collector has said anything',
    });
    expect(world.happened.filter(({ name }) => name === 'deliveryRetried')).toHaveLength(1);
    world.blind = undefined;
    await pass(15_000);
    expect(world.beats).toEqual([105_000]);
    expect(await running.status()).toMatchObject({ state: 'delivering', lastDelivered: 105_000 });
    await running.stop();
  });

  it('tries again what failed at the next look', async () => {
    const { world, running, pass } = started();
    world.answer = { kind: 'retry', reason: 'down' };
    await pass(45_000);
    expect(world.beats).toEqual([15_000, 30_000, 45_000]);
    expect(await running.status()).toMatchObject({ state: 'retrying', lastError: 'down' });
    await running.stop();
  });

  it('goes on when the clock is set back', async () => {
    const { world, running, pass } = started();
    vi.setSystemTime(10_000_000);
    await pass(15_000);
    vi.setSystemTime(0);
    await pass(15_000);
    expect(world.beats).toHaveLength(2);
    await running.stop();
  });
});

describe('the address of a heartbeat', () => {
  let server: Server;
  const asked: string[] = [];
  let status = 200;
  beforeEach(async () => {
    asked.length = 0;
    server = createServer(({ method, url }, response) => {
      asked.push(`${method ?? ''} ${url ?? ''}`);
      response.writeHead(status).end('OK');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is asked for by GET, and appears in no message', async () => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/ping/s3cret-uuid`;
    const heartbeat = createHeartbeat({ name: 'alive', url, timeoutMs: 1_000, clock: Date.now });
    const { signal } = new AbortController();
    expect(await heartbeat.beat(signal)).toEqual({ kind: 'delivered' });
    expect(asked).toEqual(['GET /ping/s3cret-uuid']);
    status = 503;
    const failed = await heartbeat.beat(signal);
    expect(failed.kind).toBe('retry');
    server.closeAllConnections();
    server.close();
    await heartbeat.close();
    expect(JSON.stringify([failed, await heartbeat.beat(signal)])).not.toContain('s3cret');
  });
});
