import { topic } from '../../shared/bus/topics.ts';
import { encodeGap, type Lost } from './expired.ts';
import type { SpoolStore } from './store.ts';

export interface MendingOptions {
  readonly first: SpoolStore;
  /** What an earlier file held when it was found damaged; undefined: it was not. */
  readonly lost: Lost | undefined;
  isDamage(error: unknown): boolean;
  /** Moves the damaged file aside and opens a new one. */
  renew(error: unknown): SpoolStore;
  now(): number;
}

/**
 * A store whose file is replaced when it turns out to be damaged: the call fails, the next one finds a new file. The first observation that is
 * put then is led by the gap that tells of the lost ones.
 */
export function createMendingStore({ first, lost: before, isDamage, renew, now }: MendingOptions): SpoolStore {
  let store = first;
  let lost = before;
  let waiting: Lost = { from: now(), to: now(), count: 0 };

  const mended = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) {
        store.close();
        store = renew(error);
        const { from, count } = waiting;
        lost = { from: Math.min(from, lost?.from ?? from), to: now(), count: count + (lost?.count ?? 0) };
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
    const { records: count, oldest } = mended(() => store.size());
    waiting = { from: oldest ?? options.at, to: options.at, count };
    return written;
  };
  return {
    put,
    head: (limits) => mended(() => store.head(limits)),
    remove: (upTo) => mended(() => store.remove(upTo)),
    expire: (old, after) => mended(() => store.expire(old, after)),
    remember: (records) => mended(() => store.remember(records)),
    remembered: () => mended(() => store.remembered()),
    waiting: (name) => mended(() => store.waiting(name)),
    size: () => mended(() => store.size()),
    close: () => store.close(),
  };
}
