import { dropOldest } from '../../newest.ts';

/** What goes on being left out is told once in so long, after the first time. */
const hourMs = 3_600_000;
/** Whose left-out questions are remembered; the oldest is told early. */
const mostRemembered = 4_096;

/** So many questions were left out between two times. */
export interface Left {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What is left out without end is told the first time, and then once an hour. */
export interface LeftOuts<Of> {
  /** `key`: who it is that `of` describes. */
  add(key: string, of: Of, left: Left): void;
  /** What is to be told now. */
  due(now: number): readonly (Left & { readonly of: Of })[];
}

interface Known<Of> extends Left {
  readonly of: Of;
  readonly toldAt?: number;
}

export function createLeftOuts<Of>(): LeftOuts<Of> {
  const known = new Map<string, Known<Of>>();
  const early: Known<Of>[] = [];
  return {
    add: (key, of, { from, to, count }) => {
      const before = known.get(key);
      const isFirst = before === undefined || before.count === 0;
      known.set(key, {
        ...before,
        of,
        from: isFirst ? from : before.from,
        to,
        count: (before?.count ?? 0) + count,
      });
      const [oldest] = known.values();
      if (dropOldest(known, mostRemembered) !== undefined && oldest !== undefined && oldest.count > 0)
        early.push(oldest);
    },
    due: (now) => {
      const told: Known<Of>[] = early.splice(0);
      for (const [key, one] of known) {
        if (one.toldAt !== undefined && now - one.toldAt < hourMs) continue;
        if (one.count === 0) known.delete(key);
        else {
          told.push(one);
          known.set(key, { ...one, count: 0, toldAt: now });
        }
      }
      return told.map(({ of, from, to, count }) => ({ of, from, to, count }));
    },
  };
}
