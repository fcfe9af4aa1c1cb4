import type { Assignment, StateChange } from '../shared/bus/port.ts';
import { messageOf } from '../shared/errors.ts';
import { createTimers, type Timer, type Timers } from './timers.ts';

/** Key of one value within its partition: `host/part/entity…`, each segment escaped; host `-` for what belongs to the partition itself. */
export function entityKey(host: string, part: string, ...entity: readonly string[]): string {
  let key = `${escaped(host)}/${escaped(part)}`;
  for (const segment of entity) key += `/${escaped(segment)}`;
  return key;
}

/** Most segments are names and hashes that need no escape. */
const escaped = (segment: string): string => (/^[\w.-]*$/.test(segment) ? segment : encodeURIComponent(segment));

/**
 * Keyed state of one partition: small values of one part under keys `<partition>/<host>/<part>/…` of the state topic. It is bounded, knows which of its
 * values wake when, and says what changed since the last commit, so that memory and state topic never differ at a commit. Values are immutable, but
 * for what grows in place (gauges, sums, sketches, ids seen; when, and how often, something known was seen): that is set each time, and written as it is at
 * the commit.
 */
export interface Table<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  /** Where a value is kept, so that it need not be looked up again. */
  handle(key: string): Handle<Value> | undefined;
  /** As `set` of the value that is there, which grew in place and is of the same groups. */
  grown(handle: Handle<Value>): void;
  delete(key: string): void;
  readonly size: number;
  /** Values of one group (see `TableOptions.groups`) with their keys, ordered by key. */
  group(name: string): readonly (readonly [string, Value])[];
  /** The same without their keys. */
  valuesOf(name: string): readonly Value[];
  groupSize(name: string): number;
  /** All values with their keys, ordered by key. */
  all(): readonly (readonly [string, Value])[];
  /** Key and value that are due first at `now`. The caller sets it anew or deletes it. */
  due(now: number): readonly [string, Value] | undefined;
  next(): number | undefined;
  /** What changed since the last call. */
  takeChanges(): readonly StateChange[];
  /** How many values had to give way since the last call. */
  takeEvicted(): number;
}

/** A value of a table. */
export interface Handle<Value> {
  readonly key: string;
  /** The one that is kept under the key now. */
  readonly value: Value;
  /** It was deleted: what is kept under its key, if anything, is not here. */
  readonly isGone: boolean;
}

/** A partition's state as it was committed, to be taken up again. */
export interface Restored extends Assignment {
  /** Called with the key of a stored value that cannot be read, and why. It is left out. */
  readonly onMalformed?: (key: string, reason: string) => void;
}

export interface TableOptions<Value> extends Restored {
  readonly part: string;
  /** Reads a stored value; throws when it is malformed, and the value is left out. */
  readonly parse: (value: unknown) => Value;
  /** At most so many values; the least worth keeping go first, an eighth at a time. */
  readonly cap: number;
  /** Orders values by how much they are worth keeping (lower goes first); ties by key. */
  readonly worth: (value: Value) => number;
  /** Groups that a value belongs to, by name. */
  readonly groups?: (value: Value) => readonly string[];
  /** Whether two values under one key are of the same groups for certain; default: that is never asked, but made out from the groups. */
  readonly sameGroups?: (before: Value, after: Value) => boolean;
  /** A value as it is stored, where that is made faster than by `JSON.stringify`: the same text. */
  readonly text?: (value: Value) => string;
  readonly wake?: (value: Value) => number | undefined;
  readonly onEvict?: (key: string, value: Value) => void;
}

/** All that is known of one value in one place, as most values are set many times between two commits: one look-up instead of five. */
interface Entry<Value> extends Handle<Value> {
  value: Value;
  isGone: boolean;
  timer: Timer | undefined;
  /** It is among what changed since the last commit. */
  isChanged: boolean;
}

/** Restores a table. Keys given and returned are those of `entityKey`, without the partition. */
export function createTable<Value>(options: TableOptions<Value>): Table<Value> {
  const entries = new Map<string, Entry<Value>>();
  const groups = createGroups(options);
  const timers = createTimers();
  const changes = createChanges(options, entries);
  let evicted = 0;

  const put = (key: string, value: Value, known: Entry<Value> | undefined): Entry<Value> => {
    const entry = known ?? { key, value, isGone: false, timer: undefined, isChanged: false };
    if (known === undefined) entries.set(key, entry);
    groups.move(entry, known?.value, value);
    entry.value = value;
    wake(timers, entry, options.wake?.(value));
    return entry;
  };
  const drop = (entry: Entry<Value>): void => {
    entries.delete(entry.key);
    entry.isGone = true;
    timers.wakeAt(entry.key, undefined);
    changes.drop(entry.key);
    groups.leave(entry);
  };
  const evict = (): void => {
    for (const { entry } of ranked(entries.values(), options.worth).slice(0, Math.ceil(options.cap / 8))) {
      drop(entry);
      evicted += 1;
      options.onEvict?.(entry.key, entry.value);
    }
  };
  for (const [key, value] of stored(options)) put(key, value, entries.get(key));

  return {
    get: (key) => entries.get(key)?.value,
    set(key, value) {
      const known = entries.get(key);
      if (known === undefined && entries.size >= options.cap) evict();
      changes.mark(put(key, value, known));
    },
    handle: (key) => entries.get(key),
    grown(handle) {
      const entry = handle as Entry<Value>;
      if (options.wake !== undefined) wake(timers, entry, options.wake(entry.value));
      changes.mark(entry);
    },
    delete(key) {
      const entry = entries.get(key);
      if (entry !== undefined) drop(entry);
    },
    get size() {
      return entries.size;
    },
    group: (name) => groups.members(name).map(({ key, value }) => [key, value] as const),
    valuesOf: (name) => groups.members(name).map(({ value }) => value),
    groupSize: (name) => groups.members(name).length,
    all: () => [...entries].map(([key, { value }]) => [key, value] as const).sort(byKey),
    due(now) {
      const key = timers.due(now);
      const entry = key === undefined ? undefined : entries.get(key);
      return key === undefined || entry === undefined ? undefined : [key, entry.value];
    },
    next: () => timers.next(),
    takeChanges: changes.take,
    takeEvicted() {
      const count = evicted;
      evicted = 0;
      return count;
    },
  };
}

/** Which keys changed since the last commit. */
function createChanges<Value>(options: TableOptions<Value>, entries: ReadonlyMap<string, Entry<Value>>) {
  const changed = new Set<string>();
  const text = options.text ?? ((value: Value): string => JSON.stringify(value));
  return {
    mark(entry: Entry<Value>): void {
      if (entry.isChanged) return;
      entry.isChanged = true;
      changed.add(entry.key);
    },
    drop: (key: string): void => void changed.add(key),
    take(): readonly StateChange[] {
      const changes = [...changed].map((key) => {
        const entry = entries.get(key);
        if (entry !== undefined) entry.isChanged = false;
        return { key: `${options.partition}/${key}`, value: entry === undefined ? null : text(entry.value) };
      });
      changed.clear();
      return changes;
    },
  };
}

function wake(timers: Timers, entry: Entry<unknown>, time: number | undefined): void {
  const { key, timer } = entry;
  if (timer !== undefined && time !== undefined) timers.putOff(timer, time);
  else if (timer !== undefined || time !== undefined) entry.timer = timers.wakeAt(key, time);
}

/** The least worth keeping first. */
const ranked = <Value>(entries: Iterable<Entry<Value>>, worth: (value: Value) => number) =>
  [...entries]
    .map((entry) => ({ entry, worth: worth(entry.value) }))
    .sort((a, b) => a.worth - b.worth || (a.entry.key < b.entry.key ? -1 : 1));

function* stored<Value>(options: TableOptions<Value>): Iterable<readonly [string, Value]> {
  const prefix = `${options.partition}/`;
  for (const [key, text] of options.restored) {
    if (!key.startsWith(prefix) || key.split('/', 3)[2] !== options.part) continue;
    try {
      yield [key.slice(prefix.length), options.parse(JSON.parse(text))];
    } catch (error) {
      options.onMalformed?.(key, messageOf(error));
    }
  }
}

/** Which values are in which groups, in the order of their keys: a group is asked for more often than it changes. */
function createGroups<Value>({ groups: groupsOf, sameGroups }: TableOptions<Value>) {
  const groups = new Map<string, Entry<Value>[]>();
  const none: readonly Entry<Value>[] = [];
  const leaveAll = (entry: Entry<Value>, value: Value): void => {
    for (const name of groupsOf?.(value) ?? []) leave(groups, name, entry);
  };
  return {
    members: (name: string): readonly Entry<Value>[] => groups.get(name) ?? none,
    leave: (entry: Entry<Value>): void => leaveAll(entry, entry.value),
    move(entry: Entry<Value>, old: Value | undefined, value: Value): void {
      if (groupsOf === undefined || (old !== undefined && sameGroups?.(old, value) === true)) return;
      if (old !== undefined) leaveAll(entry, old);
      for (const name of groupsOf(value)) join(groups, name, entry);
    },
  };
}

function join<Value>(groups: Map<string, Entry<Value>[]>, name: string, entry: Entry<Value>): void {
  const group = groups.get(name);
  if (group === undefined) {
    groups.set(name, [entry]);
    return;
  }
  const at = placeIn(group, entry.key);
  if (group[at] !== entry) group.splice(at, 0, entry);
}

function leave<Value>(groups: Map<string, Entry<Value>[]>, name: string, entry: Entry<Value>): void {
  const group = groups.get(name);
  if (group === undefined) return;
  const at = placeIn(group, entry.key);
  if (group[at] === entry) group.splice(at, 1);
  if (group.length === 0) groups.delete(name);
}

/** Where a key is among sorted ones, or would be. */
function placeIn(sorted: readonly Entry<unknown>[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
