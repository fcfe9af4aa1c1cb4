import type { StateChange } from '../../shared/bus/port.ts';
import { closeDue, type Entry } from './entry.ts';
import type { IncidentLimits } from './limits.ts';
import { entryChanges } from './persist.ts';

/** The open incidents of a partition: found by group, by the time they are due to close, and by which to close early when there are too many. */
export interface Book {
  get(entity: string): Entry | undefined;
  put(entry: Entry): void;
  remove(entity: string): void;
  /** Entries to be closed by that log time, earliest first, with the time each was due. */
  due(logged: number): readonly { readonly entry: Entry; readonly at: number }[];
  /** Earliest time at which to look again, ms of log time: never later than the first closing, undefined when none is in sight. */
  nextDue(): number | undefined;
  /** The incident longest without a finding, when there are more of them than the limits allow. */
  surplus(): Entry | undefined;
  /** What changed since it was last asked. */
  changes(): readonly StateChange[];
}

export interface BookOptions {
  readonly partition: number;
  readonly entries: readonly Entry[];
  readonly quietMs: number;
  readonly limits: IncidentLimits;
}

export function createBook(options: BookOptions): Book {
  const { partition, quietMs, limits } = options;
  const open = new Map(options.entries.map((entry) => [entry.group.entity, entry]));
  const written = new Map(open);
  const touched = new Set<string>();
  let lines = options.entries.reduce((sum, entry) => sum + entry.lines.length, 0);

  const set = (entity: string, entry: Entry | undefined): void => {
    lines += (entry?.lines.length ?? 0) - (open.get(entity)?.lines.length ?? 0);
    touched.add(entity);
    if (entry === undefined) open.delete(entity);
    else open.set(entity, entry);
  };
  const dues = () =>
    [...open.values()].flatMap((entry) => {
      const at = closeDue(entry, quietMs);
      return at === undefined ? [] : [{ entry, at }];
    });
  const earliestOf = (all: readonly { at: number }[]): number =>
    all.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  // Never later than the true earliest: a look at all entries is needed only once this has passed.
  let earliest = earliestOf(dues());
  let isPast = false;

  return {
    get: (entity) => open.get(entity),
    put: (entry) => {
      set(entry.group.entity, entry);
      earliest = Math.min(earliest, closeDue(entry, quietMs) ?? earliest);
    },
    remove: (entity) => {
      set(entity, undefined);
      isPast = true;
    },
    due: (logged) => {
      if (logged < earliest) return [];
      const all = dues();
      earliest = earliestOf(all.filter(({ at }) => at > logged));
      return all.filter(({ at }) => at <= logged).sort((a, b) => a.at - b.at || order(a.entry, b.entry));
    },
    nextDue: () => {
      if (isPast) earliest = earliestOf(dues());
      isPast = false;
      return Number.isFinite(earliest) ? earliest : undefined;
    },
    surplus: () =>
      open.size > limits.incidents || (lines > limits.allLines && open.size > 1)
        ? [...open.values()].reduce((a, b) => (b.activeAt < a.activeAt ? b : a))
        : undefined,
    changes: () => {
      const changes = [...touched].flatMap((entity) => entryChanges(partition, written.get(entity), open.get(entity)));
      for (const entity of touched) {
        const entry = open.get(entity);
        if (entry === undefined) written.delete(entity);
        else written.set(entity, entry);
      }
      touched.clear();
      return changes;
    },
  };
}

const order = (a: Entry, b: Entry): number => (a.group.entity < b.group.entity ? -1 : 1);
