import type { GapFacts, HostRef } from '../../shared/observation.ts';
import type { EngineEvent } from './event.ts';
import type { Cursor, FeedItem } from './feed.ts';

/** The engine keeps this many events for `since` (moby daemon/events). */
export const engineMemory = 256;

export interface ReplayOptions {
  readonly cursor: Cursor | undefined;
  readonly host: HostRef;
  now(): number;
  emit(item: FeedItem): void;
}

/**
 * Subscribing since the last event that we handled must give that event again. If it does not, the engine forgot it (it remembers 256, and
 * nothing over its own restart), and maybe others behind it: a gap.
 */
export function createReplayCheck({ cursor, host, now, emit }: ReplayOptions) {
  let settled = cursor === undefined;
  const missing = (to: number, reason: GapFacts['reason']): void => {
    const from = Number(BigInt(cursor?.nano ?? '0') / 1_000_000n);
    const text =
      reason === 'engine-restarted'
        ? 'the engine restarted and forgot its events; what happened while it was not watched is unknown'
        : `the engine remembers ${engineMemory} events and there were more while it was not watched`;
    emit({ kind: 'gap', host, gap: { from, to: Math.max(from, to), reason, scope: ['events', 'exec'], text } });
  };
  return {
    /** Call it for every event in the order of arrival, replays that were seen before left out. */
    event: (event: EngineEvent): void => {
      if (settled || cursor === undefined) return;
      settled = true;
      if (cursor.event && BigInt(event.nano) > BigInt(cursor.nano)) missing(event.at, 'events-evicted');
    },
    /** Call it when everything replayed must have arrived. */
    settle: (): void => {
      if (settled) return;
      settled = true;
      if (cursor?.event === true) missing(now(), 'engine-restarted');
    },
  };
}
