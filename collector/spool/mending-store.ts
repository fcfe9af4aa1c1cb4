import { topic } from '../../shared/bus/topics.ts';
import { encodeGap, type Lost } from './expired.ts';
import type { SpoolStore } from './store.ts';

export interface MendingOptions {
  readonly first: SpoolStore;
  /** What an earlier file held when it was found damaged; undefined: it was not. */
  readonly lost: Lost | undefined;
  isDamage(error: unknown): boolean;
  /** Moves the damaged file aside and opens a new one, whose numbers begin behind `after`: somebody may still hold one of the old. */
  renew(error: unknown, after: number): SpoolStore;
  now(): number;
}

/**
 * A store whose file is replaced when it turns out to be damaged: the call fails, the next one finds a new file. Where none can be made (a full
 * or read-only disk), each call tries again, and nothing counts as waiting meanwhile. The first observation that is put into the new file
 * is led by the gap that tells of the lost ones.
 */
export function createMendingStore({ first, lost: before, isDamage, renew, now }: MendingOptions): SpoolStore {
  let store = first;
  let lost = before;
  let damage: { readonly error: unknown } | undefined;
  /** The highest number that was ever told. */
  let highest = 0;
  let waiting: Lost = { from: oldestOf(first) ?? now(), to: now(), count: first.size().records };

  const replace = (error: unknown): void => {
    damage ??= { error };
    store.close();
    store = renew(damage.error, highest);
    damage = undefined;
  };
  const mended = <T>(work: () => T): T => {
    if (damage !== undefined) replace(damage.error);
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) {
        const { from, count } = waiting;
        lost = { from: Math.min(from, lost?.from ?? from), to: now(), count: count + (lost?.count ?? 0) };
        waiting = { from: now(), to: now(), count: 0 };
        replace(error);
      }
      throw error;
    }
  };
  const put: SpoolStore['put'] = (name, records, options) => {
    const gap =
      lost === undefined || name !== topic.observations
        ? undefined
        : encodeGap(lost, records[0]?.value ?? null, 'spool-damaged');
    const written = mended(() => store.put(name, gap === undefined ? records : [gap.record, ...records], options));
    if (gap !== undefined) lost = undefined;
    highest = Math.max(highest, written.upTo);
    const count = store.size().records;
    waiting = { from: count > records.length ? waiting.from : options.at, to: options.at, count };
    return written;
  };
  return {
    put,
    head: (limits) => {
      const head = mended(() => store.head(limits));
      highest = Math.max(highest, head?.upTo ?? 0);
      return head;
    },
    remove: (upTo) => mended(() => store.remove(upTo)),
    refuse: (seq) => mended(() => store.refuse(seq)),
    expire: (old, after) => mended(() => store.expire(old, after)),
    remember: (records) => mended(() => store.remember(records)),
    remembered: () => mended(() => store.remembered()),
    waiting: (name) => mended(() => store.waiting(name)),
    size: () => (damage === undefined ? store.size() : { records: 0, bytes: 0 }),
    oldest: () => mended(() => store.oldest()),
    close: () => store.close(),
  };
}

function oldestOf(store: SpoolStore): number | undefined {
  try {
    return store.oldest();
  } catch {
    // Damaged: the first call that needs it says so.
    return undefined;
  }
}
