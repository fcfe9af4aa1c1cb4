import type { Bus } from '../../shared/bus/port.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Position } from './cursor.ts';
import type { Filter } from './filter.ts';
import type { Live } from './live.ts';
import { createOutlet, slownessOf } from './outlet.ts';
import { sseDialect } from './protocol.ts';
import { follow } from './subscription.ts';

export interface SseOptions {
  readonly bus: Bus;
  readonly live: Live;
  readonly telemetry: Telemetry;
  readonly filter: Filter;
  readonly after?: Position | 'oldest';
  readonly signal: AbortSignal;
  /** Most that may be connected. */
  readonly clients: number;
  onEnd(): void;
}

const heartbeatMs = 15_000;

/** The feed as server-sent events (docs/feed.md): the same subscription, cursors and slow-client rules as over WebSocket. */
export function sseBody(options: SseOptions): ReadableStream<Uint8Array> {
  const slowness = slownessOf(options.clients);
  const encoder = new TextEncoder();
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const send = (text: string): void => {
          if (!signal.aborted) controller.enqueue(encoder.encode(text));
        };
        const buffered = (): number => slowness.giveUp - (controller.desiredSize ?? 0);
        const end = (): void => {
          if (!stopping.signal.aborted) stopping.abort();
        };
        const heartbeat = setInterval(() => send(': \n\n'), heartbeatMs);
        signal.addEventListener('abort', () => {
          clearInterval(heartbeat);
          options.onEnd();
          closeQuietly(controller);
        });
        const outlet = createOutlet({
          sub: 'sse',
          dialect: sseDialect,
          slowness,
          wire: { send, buffered, giveUp: end },
          onDropped: (dropped) => options.telemetry.happened({ name: 'feedClientSlow', dropped }),
        });
        send('retry: 3000\n\n');
        follow({ ...options, outlet, signal, onStart: (cursor) => send(hello(cursor)) }).catch(end);
      },
      cancel: () => stopping.abort(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: slowness.giveUp }),
  );
}

/** A client whose connection ends before the first event begins there again. */
const hello = (cursor: string): string => `id: ${cursor}\nevent: hello\ndata: ${JSON.stringify({ cursor })}\n\n`;

/** A stream that its reader cancelled is closed already. */
function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
