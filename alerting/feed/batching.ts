import type { Dialect, Wire } from './outlet.ts';

/** Events of one frame are never more than these bytes, however long it is waited. */
const mostBytes = 256 * 1024;

/**
 * Gathers events for `ms` and sends them as one frame, in order: for clients that would rather have few frames than each event at once. What is no
 * event (a gap) is sent after the events before it.
 */
export function batchingWire(
  wire: Wire,
  options: { readonly sub: string; readonly ms: number; readonly signal: AbortSignal },
): Wire {
  const { sub, ms, signal } = options;
  let waiting: string[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const frame = `{"type":"events","sub":${JSON.stringify(sub)},"events":[${waiting.join(',')}]}`;
    waiting = [];
    bytes = 0;
    wire.send(frame);
  };
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    waiting = [];
  });
  return {
    event(text) {
      if (signal.aborted) return;
      waiting.push(text);
      bytes += text.length;
      if (bytes >= mostBytes) flush();
      else timer ??= setTimeout(flush, ms);
    },
    send(text) {
      flush();
      wire.send(text);
    },
    buffered: () => wire.buffered() + bytes,
    giveUp: () => wire.giveUp(),
  };
}

/** An event as a member of a frame. */
export const batchedEvent: Dialect['event'] = ({ seq, cursor, data }) =>
  `{"seq":${seq},"cursor":"${cursor}","data":${data}}`;
