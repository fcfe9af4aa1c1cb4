import { dropOldest } from '../newest.ts';

/** What makes two connections one thing to be told: the same program of the same container at the same door. */
export interface ToldOnce {
  /** Whether this one is told; how many like it were not since the last. */
  next(what: string, now: number): { readonly isTold: boolean; readonly untold: number };
  /** Forgets the containers that are not these. */
  keep(containers: ReadonlySet<string>): void;
}

/**
 * Clients that poll open a connection for every request. One like those before is told again after this time at the soonest, and before that only if
 * something was asked for through it.
 */
const againMs = 60 * 60_000;
const mostRemembered = 4_096;

export function createToldOnce(): ToldOnce {
  const last = new Map<string, { readonly at: number; readonly untold: number }>();
  return {
    next: (what, now) => {
      const before = last.get(what);
      const isTold = before === undefined || now - before.at >= againMs;
      const untold = before?.untold ?? 0;
      last.delete(what);
      last.set(what, isTold ? { at: now, untold: 0 } : { at: before.at, untold: untold + 1 });
      dropOldest(last, mostRemembered);
      return { isTold, untold: isTold ? untold : 0 };
    },
    keep: (containers) => {
      for (const key of last.keys()) if (!containers.has(key.split(' ')[0] ?? '')) last.delete(key);
    },
  };
}
