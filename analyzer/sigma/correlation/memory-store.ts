import type { GroupState, GroupStore } from './contract.ts';

export interface MemoryStoreOptions {
  /** Groups at most. */
  readonly groups?: number;
  /** Estimated bytes of all groups at most: keys, times and values as they lie in memory. */
  readonly bytes?: number;
}

export interface MemoryStore extends GroupStore {
  readonly size: number;
  /** Estimated bytes of what is held. */
  readonly bytes: number;
  /** Groups that had to give way although something in them still counted. */
  readonly evicted: number;
}

/** A group in a list from the stalest to the one that changed last. */
interface Held {
  readonly key: string;
  state: GroupState;
  expiresAt: number;
  bytes: number;
  older: Held | undefined;
  newer: Held | undefined;
}

/**
 * Groups in memory, for one process that keeps nothing. When there are too many, those that heard nothing for the longest go first.
 * Time is that of the events: what can count no more is looked for a little at each event, so that no event pays for many.
 */
export function createMemoryStore({
  groups = 1_000_000,
  bytes = 256 * 1024 * 1024,
}: MemoryStoreOptions = {}): MemoryStore {
  const held = new Map<string, Held>();
  const order = createOrder();
  let total = 0;
  let evicted = 0;

  const drop = (one: Held): void => {
    held.delete(one.key);
    order.remove(one);
    total -= one.bytes;
  };
  const tidy = (now: number): void => {
    for (let step = 0; step < 2; step += 1) {
      const one = order.walk();
      if (one !== undefined && one.expiresAt < now) drop(one);
    }
  };
  const makeRoom = (now: number): void => {
    // The one that was just set is the last: it stays, however large it is.
    while (held.size > 1 && (held.size > groups || total > bytes)) {
      const stalest = order.stalest();
      if (stalest === undefined) return;
      drop(stalest);
      if (stalest.expiresAt >= now) evicted += 1;
    }
  };

  return {
    get: (key) => held.get(key)?.state,
    set(key, state, expiresAt) {
      const size = sizeOf(key, state);
      const one: Held = held.get(key) ?? { key, state, expiresAt, bytes: 0, older: undefined, newer: undefined };
      if (held.has(key)) order.remove(one);
      else held.set(key, one);
      total += size - one.bytes;
      one.state = state;
      one.expiresAt = expiresAt;
      one.bytes = size;
      order.append(one);
      const now = state.times.at(-1) ?? expiresAt;
      tidy(now);
      makeRoom(now);
    },
    delete(key) {
      const one = held.get(key);
      if (one !== undefined) drop(one);
    },
    get size() {
      return held.size;
    },
    get bytes() {
      return total;
    },
    get evicted() {
      return evicted;
    },
  };
}

/** The order of the last change, and a walk through it that goes round for ever. */
function createOrder() {
  let stalest: Held | undefined;
  let newest: Held | undefined;
  let walking: Held | undefined;
  return {
    stalest: () => stalest,
    append(one: Held): void {
      one.older = newest;
      one.newer = undefined;
      if (newest === undefined) stalest = one;
      else newest.newer = one;
      newest = one;
    },
    remove(one: Held): void {
      if (walking === one) walking = one.newer;
      if (one.older === undefined) stalest = one.newer;
      else one.older.newer = one.newer;
      if (one.newer === undefined) newest = one.older;
      else one.newer.older = one.older;
    },
    walk(): Held | undefined {
      const one = walking ?? stalest;
      walking = one?.newer;
      return one;
    },
  };
}

/** Measured in Node 20, rounded up: a group without entries, with its two arrays and its place in the map. */
const emptyBytes = 540;

function sizeOf(key: string, { times, values }: GroupState): number {
  let texts = 0;
  for (const value of values) if (typeof value === 'string') texts += 24 + value.length;
  return emptyBytes + key.length + times.length * 16 + texts;
}
