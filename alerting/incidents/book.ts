import type { StateChange } from '../../shared/bus/port.ts';
import type { Finding } from '../../shared/finding.ts';
import { byEntity, type Entry } from './entry.ts';
import { createEntryIndex } from './entry-index.ts';
import type { IncidentLimits } from './limits.ts';
import { byAge } from './merge.ts';
import { entryChanges } from './persist.ts';
import { createTimetable, type Due, type TimedDue } from './timetable.ts';

/**
 * The incidents of a partition that are open or were closed lately: found by group, by what merged into them, by containers that made each other, by
 * the time at which they are due, and by which to do without when there are too many.
 */
export interface Book {
  get(entity: string): Entry | undefined;
  incident(id: string): Entry | undefined;
  /** The incident in which the one of that id goes on, over however many others. */
  successor(id: string): Entry | undefined;
  /** Those of a host, oldest first. */
  ofHost(id: string): readonly Entry[];
  /** Other incidents with a container that made this one, or that this one made, oldest first. */
  linked(finding: Finding): readonly Entry[];
  put(entry: Entry): void;
  remove(entity: string): void;
  /** What is due by that log time, earliest first, with the time it was. */
  due(logged: number): readonly TimedDue[];
  /** Earliest time at which to look again, ms of log time: never later than the first due one, undefined when none is in sight. */
  nextDue(): number | undefined;
  /** What gives way, when there are more of them than the limits allow: what is closed first, then what is longest without a finding. */
  surplus(): Due | undefined;
  /** What changed since it was last asked. */
  changes(): readonly StateChange[];
}

export interface BookOptions {
  readonly partition: number;
  readonly entries: readonly Entry[];
  readonly quietMs: number;
  readonly reopenMs: number;
  readonly limits: IncidentLimits;
}

export function createBook(options: BookOptions): Book {
  const { partition, limits } = options;
  const entries = new Map(options.entries.map((entry) => [entry.group.entity, entry]));
  const written = new Map(entries);
  const touched = new Set<string>();
  const index = createEntryIndex();
  const timetable = createTimetable(entries, { ...options, pauseMs: limits.pauseMs });
  let lines = 0;
  let closed = 0;

  const count = (entry: Entry | undefined, sign: 1 | -1): void => {
    lines += sign * (entry?.lines.length ?? 0);
    closed += entry?.closedLogged === undefined ? 0 : sign;
  };
  for (const entry of options.entries) {
    count(entry, 1);
    index.move(undefined, entry);
  }
  const set = (entity: string, entry: Entry | undefined): void => {
    const before = entries.get(entity);
    count(before, -1);
    count(entry, 1);
    index.move(before, entry);
    touched.add(entity);
    if (entry === undefined) entries.delete(entity);
    else entries.set(entity, entry);
    timetable.changed(entry);
  };

  return {
    get: (entity) => entries.get(entity) ?? entries.get(index.member(entity) ?? ''),
    incident: (id) => entries.get(index.incident(id) ?? ''),
    successor: (id) => entries.get(index.successor(id) ?? ''),
    ofHost: (id) => [...entries.values()].filter(({ head }) => head.host.id === id).sort(byAge),
    linked: ({ host, container, creator }) =>
      [...new Set(index.linked(host.id, { container: container?.id, creator }))]
        .flatMap((entity) => entries.get(entity) ?? [])
        .sort(byAge),
    put: (entry) => set(entry.group.entity, entry),
    remove: (entity) => set(entity, undefined),
    due: timetable.due,
    nextDue: timetable.next,
    surplus: () => {
      const isFull = lines > limits.allLines && entries.size > 1;
      const open = entries.size - closed;
      if (closed > limits.closed || (isFull && closed > 0)) return oldest(entries, 'forget');
      return open > limits.incidents || isFull ? oldest(entries, 'close') : undefined;
    },
    changes: () => {
      const changes = [...touched].flatMap((entity) =>
        entryChanges(partition, written.get(entity), entries.get(entity)),
      );
      for (const entity of touched) {
        const entry = entries.get(entity);
        if (entry === undefined) written.delete(entity);
        else written.set(entity, entry);
      }
      touched.clear();
      return changes;
    },
  };
}

/** Of those that are closed the one that was closed first, of those that are open the one longest without a finding. */
function oldest(entries: ReadonlyMap<string, Entry>, what: Due['what']): Due | undefined {
  const age = (entry: Entry): number => entry.closedLogged ?? entry.activeAt;
  const [first, ...others] = [...entries.values()].filter(
    ({ closedLogged }) => (closedLogged !== undefined) === (what === 'forget'),
  );
  if (first === undefined) return undefined;
  const entry = others.reduce((a, b) => ((age(b) - age(a) || byEntity(b, a)) < 0 ? b : a), first);
  return { entry, what };
}
