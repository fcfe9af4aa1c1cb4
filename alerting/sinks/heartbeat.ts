import { createHttpReceiver, type HttpOptions, verdict } from './http.ts';
import type { Delivery, Sink } from './sink.ts';

export interface HeartbeatOptions extends HttpOptions {
  readonly name: string;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
}

export interface Heartbeat {
  readonly name: string;
  beat(signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

/**
 * A sign of life by GET of an address, as dead man's switches take it (Healthchecks.io, Dead Man's Snitch, Uptime Kuma). It says nothing but that it
 * was sent; run-heartbeat.ts says when.
 */
export function createHeartbeat({ name, clock, ...http }: HeartbeatOptions): Heartbeat {
  const receiver = createHttpReceiver(http, []);
  return {
    name,
    beat: async (signal) => {
      try {
        const answer = await receiver.exchange({ method: 'GET', headers: {}, body: '' }, signal);
        return verdict(answer, { now: clock(), credentials: 'url' });
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: async () => receiver.close(),
  };
}

/** The same as a sink, for who wants to try it (`sinks test`): it beats, whatever it is given. No route leads to it. */
export function createHeartbeatSink(options: HeartbeatOptions): Sink {
  const { name, beat, close } = createHeartbeat(options);
  return { name, send: (_update, signal) => beat(signal), close };
}
