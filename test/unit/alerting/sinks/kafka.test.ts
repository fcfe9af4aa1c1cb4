import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createKafkaSink } from '../../../../alerting/sinks/kafka.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { update } from '../updates.ts';

/** What takes no broker; with one: test/integration/kafka-sink.test.ts. */
let cleanup: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const clean of cleanup) await clean();
  cleanup = [];
});

/** Something that listens and is no broker. */
async function listen(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
function sinkTo(broker: string, timeoutMs: number): Sink {
  const sink = createKafkaSink({
    name: 'events',
    brokers: [broker],
    clientId: 'moorwatch',
    topic: 'incidents',
    timeoutMs,
    ssl: { enabled: false },
  });
  cleanup.push(() => sink.close?.());
  return sink;
}
async function send(sink: Sink, signal = new AbortController().signal): Promise<Delivery | undefined> {
  expect(await sink.send(update(1), signal)).toEqual({ kind: 'delivered' });
  return sink.flush?.(signal);
}

test('a program that is no broker', async () => {
  const broker = await listen((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
  expect(await send(sinkTo(broker, 500))).toEqual({
    kind: 'retry',
    reason: expect.stringMatching(/does not speak Kafka's protocol.*check brokers and ssl\.enabled$/) as string,
  });
});

test('a broker that answers nothing', async () => {
  const broker = await listen(() => undefined);
  expect(await send(sinkTo(broker, 100))).toEqual({
    kind: 'retry',
    reason: `Kafka at ${broker} cannot be used: the broker did not answer within 300 ms: check brokers, and that they run`,
  });
});

test('what waits for it is given up at once', async () => {
  const broker = await listen(() => undefined);
  const stopping = new AbortController();
  const sink = sinkTo(broker, 60_000);
  const first = send(sink, stopping.signal);
  const second = send(sink, stopping.signal);
  stopping.abort();
  expect(await first).toEqual({ kind: 'retry', reason: 'stopped' });
  expect(await second).toMatchObject({ kind: expect.stringMatching(/retry|delivered/) as string });
});

const events = (more: object) => ({ type: 'kafka', brokers: ['kafka-1:9092'], topic: 'security', ...more });
const problems = (sink: object, more: object = {}): string =>
  configSchema.safeParse({ sinks: { events: sink }, ...more }).error?.message ?? '';

test('what is configured', () => {
  expect(problems(events({}))).toBe('');
  expect(problems(events({ topic: 'a b' }))).toContain('a name that Kafka takes');
  expect(problems(events({ topic: '..' }))).toContain('a name that Kafka takes');
  expect(problems(events({ brokers: ['kafka-1'] }))).toContain('host:port');
  expect(problems(events({ sasl: { mechanism: 'plain', username: 'a', password: 'b' } }))).toContain('passwordFile');
});

test('a topic of the log is no topic to write to', () => {
  const own = events({ topic: 'moorwatch.incidents' });
  const log = { bus: 'kafka', kafka: { brokers: ['kafka-1:9092'] } };
  expect(problems(own, log)).toContain("belongs to Moorwatch's own log");
  expect(problems(own)).toBe('');
  expect(problems({ ...own, brokers: ['other:9092'] }, log)).toBe('');
  expect(problems(events({}), log)).toBe('');
});
