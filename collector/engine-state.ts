import type { WatchStatus } from './engine/watch.ts';

/** An engine that is back by then was restarted: what it did not tell is a gap, and nothing stands still. */
const backWithinMs = 30_000;

/** How the engine stands beside the sensors in a heartbeat: `running`, or `unavailable` when it has been away for longer than a restart takes. @param now ms */
export function engineState({ connected, lostAt }: Pick<WatchStatus, 'connected' | 'lostAt'>, now: number): string {
  const isAway = !connected && (lostAt === undefined || now - lostAt > backWithinMs);
  return isAway ? 'unavailable' : 'running';
}
