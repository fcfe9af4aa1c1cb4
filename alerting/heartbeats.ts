import { type Standstill, standstillText } from '../shared/standstill.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { blindness } from './blindness.ts';
import type { StatusBoard } from './feed/status-board.ts';
import type { Heartbeat } from './sinks/heartbeat.ts';
import type { RunningSink } from './sinks/run.ts';
import { runHeartbeat } from './sinks/run-heartbeat.ts';

export interface HeartbeatsOptions {
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly board: StatusBoard;
  /** What does not move although something waits. */
  standing(): readonly Standstill[];
  /** Those of incidents: a heartbeat vouches for them too. */
  readonly sinks: readonly RunningSink[];
  /** When the log last took something from us, ms. */
  answeredAt(): number;
}

/** Starts the heartbeats that are configured; they say what they do as other sinks. */
export function startHeartbeats(
  beating: readonly { readonly heartbeat: Heartbeat; readonly everyMs: number }[],
  options: HeartbeatsOptions,
): { readonly running: readonly RunningSink[]; stop(): Promise<void> } {
  if (beating.length === 0) return { running: [], stop: async () => undefined };
  const { board, telemetry, clock, sinks } = options;
  const running = beating.map(({ heartbeat, everyMs }) =>
    runHeartbeat({
      heartbeat,
      everyMs,
      telemetry,
      clock,
      blindness: async () => {
        const now = clock();
        const statuses = await Promise.all(sinks.map((one) => one.status()));
        const stuck = statuses.filter(({ retryingSince = now }) => now - retryingSince > everyMs);
        return blindness({
          processes: board.list(),
          logSilentMs: now - options.answeredAt(),
          stuckSinks: stuck.map(({ name }) => name),
          standing: options.standing().map(standstillText),
        });
      },
    }),
  );
  return {
    running,
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}
