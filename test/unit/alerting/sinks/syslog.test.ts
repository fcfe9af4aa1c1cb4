import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { createSyslogSink, type SyslogSinkOptions } from '../../../../alerting/sinks/syslog.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { eventually } from '../../../support/eventually.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import {
  type SyslogReceiver,
  startSilentReceiver,
  startTcpReceiver,
  startUdpReceiver,
} from '../../../support/syslog-receiver.ts';
import { parse5424 } from '../formats/rfc5424.ts';
import { update } from '../updates.ts';

const sinkTo = (url: string, more: Partial<SyslogSinkOptions> = {}) =>
  createSyslogSink({
    name: 'siem',
    url,
    timeoutMs: 5_000,
    facility: 'local0',
    enterpriseNumber: 32_473,
    version: '1.2.3',
    ...more,
  });
const idOf = (message: string): string => parse5424(message).data['incident@32473']?.update ?? '';
const signal = new AbortController().signal;
const delivered = { kind: 'delivered' };

describe('the syslog sink over TCP', () => {
  describeSinkCompliance(async () => {
    const receiver = await startTcpReceiver();
    return {
      sink: sinkTo(`tcp://127.0.0.1:${receiver.port}`),
      received: async () => (await receiver.settled()).map(idOf),
      goAway: () => receiver.goAway(),
      comeBack: () => receiver.comeBack(),
      secrets: [],
      close: () => receiver.goAway(),
    };
  });

  let receiver: SyslogReceiver;
  beforeEach(async () => {
    receiver = await startTcpReceiver();
  });
  afterEach(() => receiver.goAway());
  const ids = () => receiver.messages.map(idOf);

  it('uses one connection, for partitions that send at once as well', async () => {
    const sink = sinkTo(`tcp://127.0.0.1:${receiver.port}`);
    const all = Array.from({ length: 50 }, (_, n) => update(n));
    expect(await Promise.all(all.map((one) => sink.send(one, signal)))).toEqual(all.map(() => delivered));
    expect(await sink.flush?.(signal)).toEqual(delivered);
    await eventually(() => receiver.messages.length === 50);
    expect(ids()).toEqual(all.map(({ id }) => id));
    expect(receiver.connections()).toBe(1);
    await sink.close?.();
  });

  it('keeps to the size that is configured, and counts bytes', async () => {
    const sink = sinkTo(`tcp://127.0.0.1:${receiver.port}`, { maxBytes: 1_024 });
    for (const n of [1, 2]) await sink.send(update(n, { title: '🐳'.repeat(500) }), signal);
    await eventually(() => receiver.messages.length === 2);
    expect(receiver.messages.every((message) => Buffer.byteLength(message) <= 1_024)).toBe(true);
    await sink.close?.();
  });

  it('sends again, in order and by itself, what was in doubt when the connection was torn down', async () => {
    const sink = sinkTo(`tcp://127.0.0.1:${receiver.port}`);
    for (const n of [1, 2, 3]) await sink.send(update(n), signal);
    expect(await sink.flush?.(signal)).toEqual(delivered);
    await receiver.goAway('reset');
    await receiver.comeBack();
    await eventually(() => receiver.messages.length === 6);
    expect(ids().slice(3)).toEqual([1, 2, 3].map((n) => update(n).id));
    await sink.close?.();
  });

  it('puts what was in doubt before the next message, and not a second time for who sends it again', async () => {
    const sink = sinkTo(`tcp://127.0.0.1:${receiver.port}`);
    for (const n of [1, 2]) await sink.send(update(n), signal);
    await receiver.goAway('reset');
    await receiver.comeBack();
    receiver.messages.length = 0;
    const isDone = async () => {
      for (const n of [1, 2, 3]) if ((await sink.send(update(n), signal)).kind !== 'delivered') return undefined;
      return (await sink.flush?.(signal))?.kind === 'delivered' || undefined;
    };
    await eventually(isDone);
    await eventually(() => receiver.messages.length >= 3);
    expect(ids()).toEqual([1, 2, 3].map((n) => update(n).id));
    await sink.close?.();
  });

  it('is not safe while the receiver cannot be reached for what is in doubt', async () => {
    const sink = sinkTo(`tcp://127.0.0.1:${receiver.port}`);
    await sink.send(update(1), signal);
    await receiver.goAway('end');
    const flushed = await sink.flush?.(signal);
    expect(flushed).toMatchObject({ kind: 'retry' });
    await sink.close?.();
  });

  it('does not believe a proxy that takes connections and drops them', async () => {
    const proxy = createServer((socket) => setTimeout(() => socket.destroy(), 50));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const sink = sinkTo(`tcp://127.0.0.1:${port}`);
    await sink.send(update(1), signal);
    expect(await sink.flush?.(signal)).toMatchObject({ kind: 'retry' });
    await sink.close?.();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('says what to do when nobody listens', async () => {
    await receiver.goAway();
    const sink = sinkTo(`tcp://127.0.0.1:${receiver.port}`);
    const reason = `connect ECONNREFUSED 127.0.0.1:${receiver.port}: nothing listens there: check url, and that the receiver runs`;
    expect(await sink.send(update(1), signal)).toEqual({ kind: 'retry', reason });
    await sink.close?.();
  });
});

describe('the syslog sink over UDP', () => {
  describeSinkCompliance(async () => {
    const receiver = await startUdpReceiver();
    return {
      sink: sinkTo(`udp://127.0.0.1:${receiver.port}`),
      received: async () => (await receiver.settled()).map(idOf),
      goAway: () => receiver.goAway(),
      comeBack: () => receiver.comeBack(),
      secrets: [],
      close: () => receiver.goAway(),
    };
  });

  it('sends datagrams of 2048 bytes at most, each valid UTF-8', async () => {
    const receiver = await startUdpReceiver();
    const sink = sinkTo(`udp://127.0.0.1:${receiver.port}`);
    const long = '🐳'.repeat(1_000);
    await sink.send(update(1, { title: long, host: { id: long, name: long }, techniques: [long] }), signal);
    await eventually(() => receiver.messages.length === 1);
    const [message = ''] = receiver.messages;
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2_048);
    expect(message).not.toContain('\ufffd');
    expect(idOf(message)).toBe(update(1).id);
    await sink.close?.();
    await receiver.goAway();
  });
});

describe('the syslog sink over TLS', () => {
  it('gives up at once when it is stopped while the receiver says nothing', async () => {
    const silent = await startSilentReceiver();
    const sink = sinkTo(`tls://127.0.0.1:${silent.port}`);
    const stopping = new AbortController();
    const sending = sink.send(update(1), stopping.signal);
    await eventually(() => silent.connections() === 1);
    stopping.abort();
    expect(await sending).toEqual({ kind: 'retry', reason: 'stopped' });
    await sink.close?.();
    silent.stop();
  });

  it('does not wait for ever', async () => {
    const silent = await startSilentReceiver();
    const sink = sinkTo(`tls://127.0.0.1:${silent.port}`, { timeoutMs: 50 });
    expect(await sink.send(update(1), signal)).toEqual({ kind: 'retry', reason: 'no connection within 50 ms' });
    await sink.close?.();
    silent.stop();
  });

  it('names the file that is no certificate', () => {
    const make = () => sinkTo('tls://siem.example:6514', { ca: import.meta.filename, cert: import.meta.filename });
    expect(make).toThrow('ca, cert and key make no TLS');
    expect(() => sinkTo('tls://siem.example:6514', { ca: '/nowhere/ca.pem' })).toThrow('ca /nowhere/ca.pem');
  });
});

it('is made as configured', async () => {
  const receiver = await startTcpReceiver();
  const url = `TCP://localhost:${receiver.port}`;
  const { sinks } = configSchema.parse({
    sinks: { siem: { type: 'syslog', url, facility: 'audit', enterpriseNumber: 99 } },
  });
  const sink = sinks.siem && createSink('siem', sinks.siem, { clock: Date.now, version: '1.2.3' });
  expect(await sink?.send(update(1), signal)).toEqual(delivered);
  await eventually(() => receiver.messages.length === 1);
  const { priority, data } = parse5424(receiver.messages[0] ?? '');
  expect({ name: sink?.name, priority, version: data.origin?.swVersion }).toEqual({
    name: 'siem',
    priority: 13 * 8 + 3,
    version: '1.2.3',
  });
  expect(Object.keys(data)).toContain('incident@99');
  await sink?.close?.();
  await receiver.goAway();
});
