import { dropOldest } from '../../newest.ts';

export interface ScheduleOptions {
  /** A diff waits so long for what else belongs to its cause, ms. */
  readonly settleMs: number;
  /** Between two diffs of one container, ms. */
  readonly distanceMs: number;
}

/** When which container's diff is due. A diff follows a cause, never another diff. */
export interface DiffSchedule {
  /** `inMs`: from now, by default what it takes to settle; the earlier of two wishes counts. false: too many wait, it is left out. */
  want(id: string, now: number, inMs?: number): boolean;
  /** Those whose time has come; they no longer wait, and are not given again before they are done. */
  take(now: number, most: number): readonly string[];
  /** A diff ended that took so long. */
  done(id: string, now: number, tookMs: number): void;
  /** When the next one is due. */
  next(): number | undefined;
  forget(id: string): void;
}

const mostWaiting = 1_000;
const mostKept = 2_000;
/** An engine that has to walk through all files of an image is asked so much less often that it does nothing else for a small part of the time. */
const restPerWork = 20;

export function createDiffSchedule({ settleMs, distanceMs }: ScheduleOptions): DiffSchedule {
  const waiting = new Map<string, number>();
  const free = new Map<string, number>();
  const taken = new Set<string>();
  return {
    want: (id, now, inMs = settleMs) => {
      const before = waiting.get(id);
      if (before === undefined && waiting.size >= mostWaiting) return false;
      const at = Math.max(now + inMs, free.get(id) ?? 0);
      waiting.set(id, Math.min(at, before ?? at));
      return true;
    },
    take: (now, most) => {
      const due = [...waiting].filter(([id, at]) => at <= now && !taken.has(id)).slice(0, most);
      for (const [id] of due) {
        waiting.delete(id);
        taken.add(id);
      }
      return due.map(([id]) => id);
    },
    done: (id, now, tookMs) => {
      taken.delete(id);
      free.delete(id);
      free.set(id, now + Math.max(distanceMs, tookMs * restPerWork));
      const at = waiting.get(id);
      if (at !== undefined) waiting.set(id, Math.max(at, free.get(id) ?? 0));
      dropOldest(free, mostKept);
    },
    next: () => {
      const times = [...waiting].flatMap(([id, at]) => (taken.has(id) ? [] : at));
      return times.length === 0 ? undefined : Math.min(...times);
    },
    forget: (id) => {
      waiting.delete(id);
      free.delete(id);
    },
  };
}
