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
