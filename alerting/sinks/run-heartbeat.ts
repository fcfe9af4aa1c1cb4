import { messageOf } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { RunningSink, SinkStatus } from './run.ts';
import type { Delivery } from './sink.ts';

export interface RunHeartbeatOptions {
  readonly heartbeat: Heartbeat;
  readonly everyMs: number;
  /** Why no beat may go out now; undefined: Moorwatch sees and tells. */
  blindness(): Promise<string | undefined>;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  /** How often it is looked whether a beat is due and may go; default 15 s, or `everyMs` where that is less. */
  readonly lookMs?: number;
}

/**
 * Beats while all is well, at once when it is well again. What is not sent is not made up for: a dead man's switch knows only the last one. A beat that
 * failed, or was withheld, is tried again at the next look.
 */
export function runHeartbeat(options: RunHeartbeatOptions): RunningSink {
  const { heartbeat, everyMs, telemetry, clock, lookMs = Math.min(15_000, everyMs) } = options;
  const { name } = heartbeat;
  const stopping = new AbortController();
  let lastDelivered: number | undefined;
  let trouble: string | undefined;
  let underWay: Promise<void> | undefined;

  const attempt = async (): Promise<Delivery> => {
    try {
      const blind = await options.blindness();
      return blind === undefined
        ? await heartbeat.beat(stopping.signal)
        : { kind: 'retry', reason: `withheld: ${blind}` };
    } catch (error) {
      return { kind: 'retry', reason: messageOf(error) };
    }
  };
  const send = async (): Promise<void> => {
    const delivery = await attempt();
    if (stopping.signal.aborted) return;
    if (delivery.kind === 'delivered') {
      lastDelivered = clock();
      trouble = undefined;
      telemetry.happened({ name: 'delivered', sink: name });
      return;
    }
    // Told once for each reason: it is looked for every few seconds.
    if (trouble !== delivery.reason)
      telemetry.happened({ name: 'deliveryRetried', sink: name, reason: delivery.reason, afterMs: lookMs });
    trouble = delivery.reason;
  };
  const look = (): void => {
    const since = lastDelivered === undefined ? everyMs : clock() - lastDelivered;
    // Negative: the clock was set back.
    if (underWay !== undefined || (since >= 0 && since < everyMs)) return;
    underWay = send().finally(() => {
      underWay = undefined;
    });
  };
  const timer = setInterval(look, lookMs);
  return {
    status: async (): Promise<SinkStatus> => ({
      name,
      type: 'heartbeat',
      state: trouble !== undefined ? 'retrying' : lastDelivered === undefined ? 'idle' : 'delivering',
      backlog: 0,
      ...(trouble !== undefined && { lastError: trouble }),
      ...(lastDelivered !== undefined && { lastDelivered }),
    }),
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await underWay;
      await heartbeat.close();
    },
  };
}
