import { type Connection, type ConnectionOptions, connect } from './syslog-connection.ts';
import { createTurns, type SyslogMessage, type SyslogTransport } from './syslog-delivery.ts';
import { createUnconfirmed, unconfirmedLimits } from './syslog-unconfirmed.ts';

export interface StreamOptions extends ConnectionOptions {
  /** How much is kept that may be in doubt. */
  readonly kept?: typeof unconfirmedLimits;
}

const backoff = { firstMs: 1_000, mostMs: 60_000 };

/**
 * Messages over one TCP or TLS connection with octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3). A connection that ended is opened again for
 * the next message, or by itself when there are messages in doubt; those come first on it.
 */
export function createStreamTransport(options: StreamOptions): SyslogTransport {
  const closing = new AbortController();
  const turns = createTurns();
  const stream = createStream(options, () => comeBack());
  const take = (work: (signal: AbortSignal) => Promise<void>, stop: AbortSignal) =>
    turns.take(work, AbortSignal.any([stop, closing.signal]));
  let again: NodeJS.Timeout | undefined;
  let failures = 0;

  /** What is in doubt does not wait for the next message. */
  const comeBack = (): void => {
    if (again !== undefined || closing.signal.aborted || !stream.isInDoubt()) return;
    const waitMs = Math.min(backoff.firstMs * 2 ** failures, backoff.mostMs);
    failures = Math.min(failures + 1, 10);
    again = setTimeout(() => {
      again = undefined;
      void take(settle, closing.signal).then(({ kind }) => kind === 'retry' && comeBack());
    }, waitMs);
    again.unref();
  };
  const settle = async (signal: AbortSignal): Promise<void> => {
    await stream.settle(signal);
    failures = 0;
  };

  return {
    send: (message, stop) => take((signal) => stream.write(message, signal), stop),
    flush: (stop) => take(settle, stop),
    close: async () => {
      closing.abort(new Error('stopped'));
      clearTimeout(again);
      await turns.idle();
      await stream.close();
    },
  };
}

/** The connection there is, and the messages that are in doubt when it ends. */
function createStream(options: StreamOptions, onEnd: () => void) {
  const unconfirmed = createUnconfirmed(options.kept ?? unconfirmedLimits);
  let current: Connection | undefined;

  const put = async (on: Connection, message: SyslogMessage, signal: AbortSignal): Promise<void> => {
    await on.write(frame(message.text), signal);
    // It ended meanwhile: what was in doubt then was noted without this one.
    if (on.end !== undefined) throw new Error(on.end.reason);
    unconfirmed.written(message, performance.now());
  };
  const open = async (signal: AbortSignal): Promise<Connection> => {
    if (current === undefined || current.end !== undefined) current = await connect(options, ended, signal);
    const connection = current;
    // Not only on a new one: who wanted it may have been stopped before all of them were sent again.
    for (const message of unconfirmed.doubtful()) await put(connection, message, signal);
    return connection;
  };
  const ended: Parameters<typeof connect>[1] = (end) => {
    unconfirmed.ended(end, performance.now());
    onEnd();
  };
  const acknowledged = async (on: Connection, signal: AbortSignal): Promise<void> => {
    await on.acknowledged(signal);
    unconfirmed.acknowledged();
  };
  return {
    write: async (message: SyslogMessage, signal: AbortSignal): Promise<void> => {
      const connection = await open(signal);
      // Sent again by us, because the connection ended, and then by who was not told that it is safe: once is enough.
      if (unconfirmed.has(message.id)) return;
      unconfirmed.makeRoom();
      if (unconfirmed.isFull) {
        await acknowledged(connection, signal);
        unconfirmed.makeRoom();
      }
      await put(connection, message, signal);
    },
    settle: async (signal: AbortSignal): Promise<void> => {
      if (!unconfirmed.isAcknowledged) await acknowledged(await open(signal), signal);
    },
    isInDoubt: (): boolean => unconfirmed.doubtful().length > 0,
    close: () => current?.close(),
  };
}

/** MSG-LEN is the number of bytes (octets), not of characters. */
function frame(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}
