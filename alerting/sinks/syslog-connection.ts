import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { connectionReason } from './connection-reason.ts';
import { unacknowledged } from './syslog-acknowledged.ts';
import type { End } from './syslog-unconfirmed.ts';
import { within } from './within.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly tls?: TlsOptions | undefined;
  /** Bytes that the receiver's machine has not acknowledged; undefined where that cannot be told. Default: what the kernel says. */
  readonly unacknowledged?: ((socket: Socket) => Promise<number | undefined>) | undefined;
}

/** One connection to a receiver that never answers. */
export interface Connection {
  /** How it ended; undefined while it is open. */
  readonly end: End | undefined;
  /** Resolves when our kernel has all of it. */
  write(bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** Resolves when the receiver's machine has acknowledged everything written; ends the connection when that takes longer than `timeoutMs`. */
  acknowledged(signal: AbortSignal): Promise<void>;
  /** Closes it in order. */
  close(): Promise<void>;
}

/** A receiver that is gone without a word is noticed this long after the last message, plus ten seconds (libuv: ten probes, one a second). */
const keepAliveMs = 15_000;
/**
 * Proxies take a connection before they have one themselves, and with TLS 1.3 a refused client certificate is told after the handshake: only
 * a connection that is older than this is believed.
 */
const graceMs = 250;
const closeMs = 2_000;

/** @param onEnd called once, when the connection ends otherwise than by `close` */
export async function connect(
  options: ConnectionOptions,
  onEnd: (end: End) => void,
  signal: AbortSignal,
): Promise<Connection> {
  const { timeoutMs } = options;
  const socket = await within(timeoutMs, signal, 'no connection', (timed) => opened(options, timed));
  const watched = watch(socket, options, onEnd);
  const { finish } = watched;
  /** Gives up the connection when the work takes too long: what is under way on it is in doubt. */
  const inTime = async (what: string, stop: AbortSignal, work: (signal: AbortSignal) => Promise<void>) => {
    try {
      await within(timeoutMs, stop, what, work);
    } catch (error) {
      if (!stop.aborted) finish({ reason: connectionReason(error), isClean: false });
      throw watched.end === undefined ? error : new Error(watched.end.reason);
    }
  };
  return {
    get end() {
      return watched.end;
    },
    write: (bytes, stop) =>
      inTime('the receiver took nothing', stop, async (timed) => {
        watched.check(timed);
        await written(socket, bytes, timed);
      }),
    acknowledged: (stop) =>
      inTime('the receiver acknowledged nothing', stop, async (timed) => {
        for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
          const left = (await (options.unacknowledged ?? unacknowledged)(socket)) ?? 0;
          watched.check(timed);
          const young = graceMs - watched.age();
          if (left === 0 && young <= 0) return;
          await wait(left === 0 ? young : pause, undefined, { signal: timed });
        }
      }),
    close: () => watched.close(),
  };
}

/** How the connection ends, whoever ends it. */
function watch(socket: Socket, { tls }: ConnectionOptions, onEnd: (end: End) => void) {
  const since = performance.now();
  let end: End | undefined;
  let isClosing = false;
  const age = (): number => performance.now() - since;
  const finish = (next: End): void => {
    if (end !== undefined) return;
    end = next;
    socket.destroy();
    if (!isClosing) onEnd(next);
  };
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  const advice = (): string =>
    tls === undefined || age() > graceMs
      ? ''
      : ', as soon as it was open: it may want another certificate (cert and key)';
  socket.on('error', (error) => finish({ reason: `${connectionReason(error)}${advice()}`, isClean: false }));
  socket.on('end', () => finish({ reason: `the receiver closed the connection${advice()}`, isClean: true }));
  socket.on('close', () => finish({ reason: 'the connection was lost', isClean: false }));
  // Nothing is expected from the receiver, but only who reads notices that it closes.
  socket.resume();
  return {
    get end() {
      return end;
    },
    age,
    finish,
    check: (signal: AbortSignal): void => {
      if (end !== undefined) throw new Error(end.reason);
      signal.throwIfAborted();
    },
    close: async (): Promise<void> => {
      isClosing = true;
      if (end !== undefined) return;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end();
      await Promise.race([closed, wait(closeMs, undefined, { ref: false })]);
      socket.destroy();
    },
  };
}

/** A connection that is ready for messages: with TLS, the receiver's certificate is checked. */
function opened({ host, port, tls }: ConnectionOptions, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...tls });
    const giveUp = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', giveUp);
      reject(error);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    // Whatever else goes wrong on a socket that was given up is no news.
    socket.on('error', () => undefined);
    socket.once('error', fail);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      signal.removeEventListener('abort', giveUp);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    socket.write(bytes, (error) => {
      signal.removeEventListener('abort', giveUp);
      if (error) reject(error);
      else resolve();
    });
  });
}
