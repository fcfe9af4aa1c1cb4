import { byEntity, dueOf, type Entry, type Times } from './entry.ts';

/** What is to be done about an incident because of time, or because there are too many. */
export interface Due {
  readonly entry: Entry;
  readonly what: 'tell' | 'close' | 'forget';
}

export interface TimedDue extends Due {
  /** When it was due, as log time. */
  readonly at: number;
}

/** When something is due of the entries of a map, without looking at all of them each time. */
export interface Timetable {
  /** An entry of the map is this one now, or is gone. */
  changed(entry: Entry | undefined): void;
  /** What is due by that log time, earliest first. */
  due(logged: number): readonly TimedDue[];
  /** Never later than the first one that is due; undefined when none is in sight. */
  next(): number | undefined;
}

export function createTimetable(entries: ReadonlyMap<string, Entry>, times: Times): Timetable {
  const dues = (): readonly TimedDue[] =>
    [...entries.values()].flatMap((entry) => {
      const due = dueOf(entry, times);
      return due === undefined ? [] : [{ entry, ...due }];
    });
  // Never later than the true earliest: a look at all entries is needed only once this has passed.
  let earliest = earliestOf(dues());
  let isPast = false;

  return {
    changed: (entry) => {
      if (entry === undefined) isPast = true;
      else earliest = Math.min(earliest, dueOf(entry, times)?.at ?? earliest);
    },
    due: (logged) => {
      if (logged < earliest) return [];
      const all = dues();
      earliest = earliestOf(all.filter(({ at }) => at > logged));
      return all.filter(({ at }) => at <= logged).sort((a, b) => a.at - b.at || byEntity(a.entry, b.entry));
    },
    next: () => {
      if (isPast) earliest = earliestOf(dues());
      isPast = false;
      return Number.isFinite(earliest) ? earliest : undefined;
    },
  };
}

const earliestOf = (all: readonly TimedDue[]): number =>
  all.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
