import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectionReason } from '../../../../alerting/sinks/connection-reason.ts';
import { queuedIn, unacknowledged } from '../../../../alerting/sinks/syslog-acknowledged.ts';
import { createStreamTransport } from '../../../../alerting/sinks/syslog-stream.ts';
import { createUnconfirmed, unconfirmedLimits } from '../../../../alerting/sinks/syslog-unconfirmed.ts';
import { eventually } from '../../../support/eventually.ts';
import { startTcpReceiver } from '../../../support/syslog-receiver.ts';

const limits = { messages: 3, characters: 100, keptMs: 60_000, cleanMs: 5_000 };
const message = (id: string, text = id) => ({ id, text });
const torn = { reason: 'torn', isClean: false };
const clean = { reason: 'closed', isClean: true };

describe('messages that nobody confirmed', () => {
  const written = (...ids: string[]) => {
    const unconfirmed = createUnconfirmed(limits);
    for (const [i, id] of ids.entries()) unconfirmed.written(message(id), i * 1_000);
    return unconfirmed;
  };
  const doubtful = (of: ReturnType<typeof createUnconfirmed>) => of.doubtful().map(({ id }) => id);

  it('are all in doubt when the connection is torn down, acknowledged or not', () => {
    const unconfirmed = written('a', 'b');
    unconfirmed.acknowledged();
    unconfirmed.written(message('c'), 2_000);
    unconfirmed.ended(torn, 10_000);
    expect(doubtful(unconfirmed)).toEqual(['a', 'b', 'c']);
    expect(unconfirmed.has('a')).toBe(false);
    expect(unconfirmed.isAcknowledged).toBe(false);
  });

  it('are in doubt after a clean end only when they are new, or were not acknowledged', () => {
    const unconfirmed = written('a', 'b');
    unconfirmed.acknowledged();
    unconfirmed.written(message('c'), 1_500);
    unconfirmed.ended(clean, 6_000);
    expect(doubtful(unconfirmed)).toEqual(['b', 'c']);
    const unacknowledged = written('a');
    unacknowledged.ended(clean, 1_000_000);
    expect(doubtful(unacknowledged)).toEqual(['a']);
  });

  it('are taken for read when they were acknowledged long ago', () => {
    const unconfirmed = written('a');
    unconfirmed.acknowledged();
    unconfirmed.written(message('b'), 61_000);
    unconfirmed.ended(torn, 61_000);
    expect(doubtful(unconfirmed)).toEqual(['b']);
  });

  it('keep their order when only some could be sent again', () => {
    const unconfirmed = written('a', 'b', 'c');
    unconfirmed.ended(torn, 3_000);
    unconfirmed.written(message('a'), 4_000);
    expect([doubtful(unconfirmed), unconfirmed.has('a')]).toEqual([['b', 'c'], true]);
    unconfirmed.ended(torn, 5_000);
    expect(doubtful(unconfirmed)).toEqual(['a', 'b', 'c']);
  });

  it('are bounded by number and by size; the oldest that were acknowledged make room', () => {
    const many = written('a', 'b', 'c');
    expect(many.isFull).toBe(true);
    many.makeRoom();
    expect(many.isFull).toBe(true);
    many.acknowledged();
    many.makeRoom();
    expect(many.isFull).toBe(false);
    many.ended(torn, 3_000);
    expect(doubtful(many)).toEqual(['b', 'c']);
    const large = createUnconfirmed(limits);
    large.written(message('a', 'x'.repeat(100)), 0);
    expect(large.isFull).toBe(true);
    large.written(message('a', 'x'), 0);
    expect(large.isFull).toBe(false);
  });
});

describe('a stream whose other end is gone without a word', () => {
  it('is given up, and what was on it goes over the next connection', async () => {
    const receiver = await startTcpReceiver();
    let queued = 100;
    const stream = createStreamTransport({
      host: '127.0.0.1',
      port: receiver.port,
      timeoutMs: 500,
      unacknowledged: async () => queued,
    });
    const { signal } = new AbortController();
    await stream.send(message('a'), signal);
    const reason = 'the receiver acknowledged nothing within 500 ms';
    expect(await stream.flush(signal)).toEqual({ kind: 'retry', reason });
    queued = 0;
    expect(await stream.send(message('a'), signal)).toEqual({ kind: 'delivered' });
    expect(await stream.flush(signal)).toEqual({ kind: 'delivered' });
    expect(receiver.connections()).toBe(2);
    expect(await receiver.settled()).toEqual(['a', 'a']);
    await stream.close();
    await receiver.goAway();
  });

  it('sends again all that was in doubt, though who asked for it is stopped in the middle', async () => {
    const receiver = await startTcpReceiver();
    // More than the kernels take of a connection that nobody reads.
    const large = message('large', 'x'.repeat(12_000_000));
    const kept = { ...unconfirmedLimits, characters: 64_000_000 };
    // A machine with much else to do takes seconds for so much.
    const stream = createStreamTransport({ host: '127.0.0.1', port: receiver.port, timeoutMs: 30_000, kept });
    const { signal } = new AbortController();
    for (const one of [large, message('small')]) expect(await stream.send(one, signal)).toEqual({ kind: 'delivered' });
    expect(await stream.flush(signal)).toEqual({ kind: 'delivered' });
    await receiver.goAway('reset');
    receiver.messages.length = 0;
    // Until the end is noticed.
    await wait(100);
    await receiver.comeBack({ reads: false });
    const stopping = new AbortController();
    const stopped = stream.send(message('new'), stopping.signal);
    await eventually(() => receiver.connections() === 2 || undefined);
    expect(await Promise.race([stopped, wait(300, 'sending')])).toBe('sending');
    stopping.abort();
    expect(await stopped).toEqual({ kind: 'retry', reason: 'stopped' });
    receiver.read();
    expect(await stream.flush(signal)).toEqual({ kind: 'delivered' });
    await eventually(() => receiver.messages.includes('small') || undefined);
    expect(receiver.messages.includes(large.text)).toBe(true);
    expect(receiver.connections()).toBe(2);
    await stream.close();
    await receiver.goAway();
  });

  it('has no more in memory than its bound, however many come before a flush', async () => {
    const receiver = await startTcpReceiver();
    const stream = createStreamTransport({ host: '127.0.0.1', port: receiver.port, timeoutMs: 5_000 });
    const { signal } = new AbortController();
    for (let n = 0; n < 300; n += 1) await stream.send(message(`m${n}`), signal);
    await receiver.goAway('reset');
    receiver.messages.length = 0;
    await receiver.comeBack();
    await eventually(async () => (await stream.flush(signal)).kind === 'delivered' || undefined);
    await eventually(() => receiver.messages.at(-1) === 'm299');
    expect(receiver.messages).toEqual(Array.from({ length: 256 }, (_, n) => `m${n + 44}`));
    await stream.close();
    await receiver.goAway();
  });
});

describe('a stream', () => {
  it('asks for acknowledgements once a flush, not once a message', async () => {
    const receiver = await startTcpReceiver();
    let asked = 0;
    const unacknowledged = async () => {
      asked += 1;
      return 0;
    };
    const stream = createStreamTransport({ host: '127.0.0.1', port: receiver.port, timeoutMs: 5_000, unacknowledged });
    const { signal } = new AbortController();
    for (let n = 1; n <= 600; n += 1) {
      expect(await stream.send(message(`m${n}`), signal)).toEqual({ kind: 'delivered' });
      if (n % 50 === 0) expect(await stream.flush(signal)).toEqual({ kind: 'delivered' });
    }
    expect(asked).toBeLessThan(24);
    await eventually(() => receiver.messages.length === 600);
    await stream.close();
    await receiver.goAway();
  });
});

describe('what the kernel has not sent for good', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0',
    '   1: 0100007F:D431 0100007F:0202 01 0000002A:00000000 01:00000014 00000000     0        0 2 2 0 20 4 30 10 -1',
    '   2: 0100007F:0202 0100007F:D431 01 00000007:00000000 00:00000000 00000000     0        0 3 1 0 20 4 0 10 -1',
    '   3: 0000000000000000FFFF00000100007F:C350 0000000000000000FFFF00000100007F:0202 08 00000000:00000000 00:00 0 0 0',
  ].join('\n');
  it.each([
    [0xd431, 0x202, 42],
    [0x202, 0xd431, 7],
    [0xc350, 0x202, 0],
    [0xd431, 0x203, undefined],
    [1, 2, undefined],
  ])('from port %i to port %i: %s', (local, remote, bytes) => {
    expect(queuedIn(table, local, remote)).toBe(bytes);
  });

  it('on a real connection: something while the other end reads nothing, nothing once it has read all', async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const taken = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [other] = await taken;
    socket.write(Buffer.alloc(16_000_000));
    await eventually(async () => ((await unacknowledged(socket)) ?? 0) > 0 || undefined);
    other.resume();
    await eventually(async () => (socket.writableLength === 0 && (await unacknowledged(socket)) === 0) || undefined);
    socket.destroy();
    expect(await unacknowledged(socket)).toBeUndefined();
    server.close();
  });
});

describe('reasons', () => {
  const error = (text: string, code: string) => Object.assign(new Error(text), { code });
  it.each([
    [error('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'self-signed certificate: check ca'],
    [
      error('Host: a. is not b', 'ERR_TLS_CERT_ALTNAME_INVALID'),
      'Host: a. is not b: check the host in url, or set serverName',
    ],
    [
      error(
        '00:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:../x.c:1:SSL alert 42\n',
        'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      ),
      'sslv3 alert bad certificate: the receiver does not accept our certificate: check cert and key',
    ],
    [new Error(''), 'the connection failed'],
    ['thrown', 'thrown'],
  ])('%s', (thrown, reason) => {
    expect(connectionReason(thrown)).toBe(reason);
  });
});
