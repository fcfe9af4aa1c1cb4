import type { Assignment, StateChange } from '../shared/bus/port.ts';
import { messageOf } from '../shared/errors.ts';
import { createTimers } from './timers.ts';

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
 * for what grows in place (gauges, sums, sketches, ids seen): that is set each time, and written as it is at the commit.
 */
export interface Table<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  readonly size: number;
  /** Values of one group (see `TableOptions.groups`) with their keys, ordered by key. */
  group(name: string): readonly (readonly [string, Value])[];
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

/** Restores a table. Keys given and returned are those of `entityKey`, without the partition. */
export function createTable<Value>(options: TableOptions<Value>): Table<Value> {
  const values = new Map<string, Value>();
  const groups = new Map<string, Set<string>>();
  const timers = createTimers();
  const changed = new Set<string>();
  const text = options.text ?? ((value: Value): string => JSON.stringify(value));
  let evicted = 0;

  const leaveAll = (key: string, value: Value): void => {
    for (const name of options.groups?.(value) ?? []) leave(groups, name, key);
  };
  const regroup = (key: string, old: Value | undefined, value: Value): void => {
    if (options.groups === undefined || (old !== undefined && options.sameGroups?.(old, value) === true)) return;
    if (old !== undefined) leaveAll(key, old);
    for (const name of options.groups(value)) memberOf(groups, name).add(key);
  };
  const put = (key: string, value: Value): void => {
    regroup(key, values.get(key), value);
    values.set(key, value);
    if (options.wake !== undefined) timers.wakeAt(key, options.wake(value));
  };
  const drop = (key: string, value: Value): void => {
    values.delete(key);
    timers.wakeAt(key, undefined);
    changed.add(key);
    leaveAll(key, value);
  };
  const evict = (): void => {
    const ranked = [...values].map(([key, value]) => ({ key, value, worth: options.worth(value) }));
    ranked.sort((a, b) => a.worth - b.worth || (a.key < b.key ? -1 : 1));
    for (const { key, value } of ranked.slice(0, Math.ceil(options.cap / 8))) {
      drop(key, value);
      evicted += 1;
      options.onEvict?.(key, value);
    }
  };
  for (const [key, value] of stored(options)) put(key, value);

  return {
    get: (key) => values.get(key),
    set(key, value) {
      if (!values.has(key) && values.size >= options.cap) evict();
      put(key, value);
      changed.add(key);
    },
    delete(key) {
      const value = values.get(key);
      if (value !== undefined) drop(key, value);
    },
    get size() {
      return values.size;
    },
    group: (name) => members(values, groups.get(name)),
    groupSize: (name) => groups.get(name)?.size ?? 0,
    all: () => [...values].sort(byKey),
    due(now) {
      const key = timers.due(now);
      const value = key === undefined ? undefined : values.get(key);
      return key === undefined || value === undefined ? undefined : [key, value];
    },
    next: () => timers.next(),
    takeChanges() {
      const changes = [...changed].map((key) => {
        const value = values.get(key);
        return { key: `${options.partition}/${key}`, value: value === undefined ? null : text(value) };
      });
      changed.clear();
      return changes;
    },
    takeEvicted() {
      const count = evicted;
      evicted = 0;
      return count;
    },
  };
}

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

function memberOf(groups: Map<string, Set<string>>, name: string): Set<string> {
  const found = groups.get(name);
  if (found !== undefined) return found;
  const made = new Set<string>();
  groups.set(name, made);
  return made;
}

function leave(groups: Map<string, Set<string>>, name: string, key: string): void {
  const group = groups.get(name);
  group?.delete(key);
  if (group?.size === 0) groups.delete(name);
}

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);

function members<Value>(values: ReadonlyMap<string, Value>, keys: ReadonlySet<string> | undefined) {
  const found: [string, Value][] = [];
  for (const key of keys ?? []) {
    const value = values.get(key);
    if (value !== undefined) found.push([key, value]);
  }
  return found.sort(byKey);
}
