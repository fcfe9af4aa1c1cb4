import { connectionReason } from './connection-reason.ts';
import type { Delivery } from './sink.ts';

/** A message as it goes over the wire, under the id by which a receiver knows it again. */
export interface SyslogMessage {
  readonly id: string;
  readonly text: string;
}

/** A way to a syslog receiver; what sinks that speak syslog are built on. */
export interface SyslogTransport {
  send(message: SyslogMessage, signal: AbortSignal): Promise<Delivery>;
  /** Resolves when what was sent is as safe as this way can tell. */
  flush(signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

export interface Turns {
  /** Does the work when all before it is done. What fails is tried again: no receiver of syslog says anything of a message. */
  take(work: (signal: AbortSignal) => Promise<void>, stop: AbortSignal): Promise<Delivery>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<unknown>;
}

/** One after the other: the partitions of the log share what a sink has open. */
export function createTurns(): Turns {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    take: (work, signal) => {
      const mine = queue
        .then(() => {
          signal.throwIfAborted();
          return work(signal);
        })
        .then(
          (): Delivery => ({ kind: 'delivered' }),
          (error: unknown): Delivery => ({
            kind: 'retry',
            reason: signal.aborted ? 'stopped' : connectionReason(error),
          }),
        );
      queue = mine;
      return mine;
    },
    idle: () => queue,
  };
}

/** Work that is given up after so many milliseconds, or when it is stopped; whether it listens to its signal or not. */
export async function within<T>(
  ms: number,
  stop: AbortSignal,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  stop.throwIfAborted();
  const giving = new AbortController();
  const { promise: givenUp, reject } = withReject();
  const giveUp = (reason: unknown): void => {
    reject(reason);
    giving.abort(reason);
  };
  const timer = setTimeout(() => giveUp(new Error(`${what} within ${ms} ms`)), ms);
  const onStop = (): void => giveUp(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    return await Promise.race([work(giving.signal), givenUp]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}
