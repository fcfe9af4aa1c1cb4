import { deriveId } from '../../shared/hash.ts';
import { dropOldest } from '../newest.ts';
import type { EngineEvent } from './event.ts';
import type { Cursor } from './feed.ts';

/** Which of the latest events were handled, so that a replay after a reconnect or a restart repeats nothing. */
export interface Handled {
  has(event: EngineEvent): boolean;
  add(event: EngineEvent): void;
  /** undefined before the first event. */
  cursor(): Cursor | undefined;
}

/**
 * Events made at the same time leave the engine in another order than their `timeNano` (seen: 1 % of a flood, by up to 3 ms), so that what
 * was handled cannot be told by the newest time alone: within this margin behind it every event is told by its identity.
 */
export const marginNanos = 50_000_000n;
const mostKeys = 2_000;
/** The engine replays no more than it remembers. */
const mostEdgeKeys = 256;

/** The identity of an event (timeNano, type, action, actor, exec id), short enough to be kept by the hundred. */
export const eventKey = ({ nano, type, action, actor, attributes }: EngineEvent): string =>
  deriveId(nano, type, action, actor, attributes.execID).slice(0, 16);

export function createHandled(restored: Cursor | undefined): Handled {
  const keys = new Set(restored?.recent);
  let newest = restored?.event === true ? BigInt(restored.nano) : undefined;
  // Times of restored keys are not known: they leave when the edge has moved past all of them.
  let edge = [...keys].map((key) => ({ key, nano: newest ?? 0n }));
  return {
    has: (event) => keys.has(eventKey(event)),
    add: (event) => {
      const key = eventKey(event);
      const nano = BigInt(event.nano);
      keys.add(key);
      if (newest === undefined || nano > newest) newest = nano;
      const since = newest - marginNanos;
      edge.push({ key, nano });
      if ((edge[0]?.nano ?? since) < since || edge.length > mostEdgeKeys)
        edge = edge.filter((one) => one.nano >= since).slice(-mostEdgeKeys);
      dropOldest(keys, mostKeys);
    },
    cursor: () =>
      newest === undefined ? undefined : { nano: String(newest), event: true, recent: edge.map(({ key }) => key) },
  };
}
