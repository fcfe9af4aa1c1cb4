export interface ScheduleOptions {
  /** A diff waits so long for what else belongs to its cause, ms. */
  readonly settleMs: number;
  /** Between two diffs of one container, ms. */
  readonly distanceMs: number;
}

/** When which container's diff is due. A diff follows a cause, never another diff. */
export interface DiffSchedule {
  /** false: too many wait, it is left out. */
  want(id: string, now: number): boolean;
  /** Those whose time has come; they no longer wait. */
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
  return {
    want: (id, now) => {
      if (waiting.has(id)) return true;
      if (waiting.size >= mostWaiting) return false;
      waiting.set(id, Math.max(now + settleMs, free.get(id) ?? 0));
      return true;
    },
    take: (now, most) => {
      const due = [...waiting].filter(([, at]) => at <= now).slice(0, most);
      for (const [id] of due) waiting.delete(id);
      return due.map(([id]) => id);
    },
    done: (id, now, tookMs) => {
      free.delete(id);
      free.set(id, now + Math.max(distanceMs, tookMs * restPerWork));
      const at = waiting.get(id);
      if (at !== undefined) waiting.set(id, Math.max(at, free.get(id) ?? 0));
      const [oldest] = free.keys();
      if (free.size > mostKept && oldest !== undefined) free.delete(oldest);
    },
    next: () => (waiting.size === 0 ? undefined : Math.min(...waiting.values())),
    forget: (id) => {
      waiting.delete(id);
      free.delete(id);
    },
  };
}
