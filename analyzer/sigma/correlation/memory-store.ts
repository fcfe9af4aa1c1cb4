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

interface Held {
  readonly state: GroupState;
  readonly expiresAt: number;
  readonly bytes: number;
}

/**
 * Groups in memory, for one process that keeps nothing. When there are too many, those that heard nothing for the longest go first.
 * Time is that of the events: what can count no more is looked for a little at each event, so that no event pays for many.
 */
export function createMemoryStore({
  groups = 1_000_000,
  bytes = 256 * 1024 * 1024,
}: MemoryStoreOptions = {}): MemoryStore {
  // In the order of the last change.
  const held = new Map<string, Held>();
  let total = 0;
  let evicted = 0;
  let sweep = held.entries();
  // It stands before the stalest: a new one would have to pass all that was dropped since the map last tidied itself.
  let stalest = held.entries();

  const drop = (key: string, one: Held): void => {
    held.delete(key);
    total -= one.bytes;
  };
  const tidy = (now: number): void => {
    for (let step = 0; step < 2; step += 1) {
      const { value, done } = sweep.next();
      if (done === true) sweep = held.entries();
      else if (value[1].expiresAt < now) drop(value[0], value[1]);
    }
  };
  const makeRoom = (now: number): void => {
    // The one that was just set is the last: it stays, however large it is.
    while (held.size > 1 && (held.size > groups || total > bytes)) {
      const { value, done } = stalest.next();
      if (done === true) stalest = held.entries();
      else {
        drop(value[0], value[1]);
        if (value[1].expiresAt >= now) evicted += 1;
      }
    }
  };

  return {
    get: (key) => held.get(key)?.state,
    set(key, state, expiresAt) {
      const old = held.get(key);
      if (old !== undefined) drop(key, old);
      const one: Held = { state, expiresAt, bytes: sizeOf(key, state) };
      held.set(key, one);
      total += one.bytes;
      const now = state.times.at(-1) ?? expiresAt;
      tidy(now);
      makeRoom(now);
    },
    delete(key) {
      const old = held.get(key);
      if (old !== undefined) drop(key, old);
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

/** Measured in Node 20: a group without entries, with its two arrays and its place in the map. */
const emptyBytes = 300;

function sizeOf(key: string, { times, values }: GroupState): number {
  let texts = 0;
  for (const value of values) if (typeof value === 'string') texts += 24 + value.length;
  return emptyBytes + key.length + times.length * 16 + texts;
}
