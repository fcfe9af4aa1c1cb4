import type { GapFacts } from '../../shared/observation.ts';
import type { EngineEvent } from './event.ts';
import type { Cursor } from './feed.ts';
import { marginNanos } from './handled.ts';

/** The engine keeps this many events for `since` (moby daemon/events). */
export const engineMemory = 256;

/** Whether the engine still remembered the last event that we handled. */
export interface ReplayCheck {
  /** `since` for the subscription, `seconds.nanoseconds`; undefined: only what happens from now on. */
  readonly since: string | undefined;
  /** Resolves when it is known what was missed, before which no event is handled: the gap that must be told, or nothing. */
  readonly verdict: Promise<GapFacts | undefined>;
  /** Call it for every event in the order of arrival. */
  event(event: EngineEvent): void;
  /** Call it when everything replayed must have arrived. */
  settle(): void;
  /** Call it when the connection ends: without any event nothing can be said, and the next connection asks again. */
  giveUp(): void;
}

/**
 * Subscribing since the last event that we handled must give that event again. If it does not, the engine forgot it: it remembers 256, and
 * nothing over its own restart. Maybe it forgot others behind it: a gap, from the last event handled to the first one replayed.
 */
export function createReplayCheck(cursor: Cursor | undefined, now: () => number): ReplayCheck {
  const last = BigInt(cursor?.nano ?? '0');
  let tell: (gap: GapFacts | undefined) => void = () => undefined;
  const verdict = new Promise<GapFacts | undefined>((resolve) => {
    tell = resolve;
  });
  // Without an event of ours there is nothing that must come again.
  let settled = cursor?.event !== true;
  if (settled) tell(undefined);
  let replayed = 0;
  let first: number | undefined;
  const settle = (): void => {
    if (settled) return;
    settled = true;
    const from = Number(last / 1_000_000n);
    tell(gapOf({ from, to: Math.max(from, first ?? Math.trunc(now())), replayed }));
  };
  return {
    since: cursor === undefined ? undefined : sinceOf(cursor.event ? last - marginNanos : last),
    verdict,
    event: ({ nano, at }) => {
      if (settled) return;
      replayed += 1;
      first ??= at;
      if (BigInt(nano) > last) return;
      settled = true;
      tell(undefined);
    },
    settle,
    giveUp: () => {
      if (replayed > 0) settle();
      settled = true;
      tell(undefined);
    },
  };
}

function gapOf({ from, to, replayed }: { from: number; to: number; replayed: number }): GapFacts {
  // An engine that kept running and forgot our event has its memory full.
  const restarted = replayed < engineMemory;
  return {
    from,
    to,
    reason: restarted ? 'engine-restarted' : 'events-evicted',
    scope: ['events', 'exec'],
    text: restarted
      ? 'the engine restarted and forgot its events; what happened while it was not watched is unknown'
      : `the engine remembers ${engineMemory} events and there were more while it was not watched`,
  };
}

/** `seconds.nanoseconds`, as the engine's `since` takes it. */
export function sinceOf(nano: bigint): string {
  const padded = String(nano < 0n ? 0n : nano).padStart(10, '0');
  return `${padded.slice(0, -9)}.${padded.slice(-9)}`;
}
