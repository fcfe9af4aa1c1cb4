/** Wake-up times of entities, in record time. Order of firing: time, then entity, so that a replay fires in the same order. */
export interface Timers {
  /** Sets the one timer of an entity; undefined cancels it. What is returned puts it off without looking it up again. */
  wakeAt(entity: string, time: number | undefined): Timer | undefined;
  /** As `wakeAt` of its entity, by what that returned last. */
  putOff(timer: Timer, time: number): void;
  /** The entity that is due first at `now`, or undefined. It stays due until its timer is set anew or cancelled. */
  due(now: number): string | undefined;
  /** The earliest timer of all. */
  next(): number | undefined;
  /** How many entries it holds, stale ones included: bounded by the timers that are set. */
  held(): number;
}

export interface Timer {
  readonly entity: string;
  /** When it fires; NaN: it was cancelled. */
  time: number;
  /** Where it waits in the heap: never later than it fires. */
  queued: number;
}

interface Entry {
  readonly timer: Timer;
  readonly time: number;
}

/** The heap is built anew when it holds more stale entries than live ones and so many besides. */
const fewStale = 64;

/**
 * A binary heap that drops stale entries when they surface, or when they are most of it. A timer that is put off (most are, again and again)
 * stays where it waits and sinks to its time only when it surfaces: putting it off costs O(1), setting it for earlier O(log n) on average.
 */
export function createTimers(): Timers {
  const timers = new Map<string, Timer>();
  let heap: Entry[] = [];

  const queue = (timer: Timer): void => {
    timer.queued = timer.time;
    insert(heap, { timer, time: timer.time });
  };
  const tidy = (): void => {
    if (heap.length <= timers.size * 2 + fewStale) return;
    heap = [];
    for (const timer of timers.values()) queue(timer);
  };
  /** The first timer, if it can be before or at `until`. */
  const first = (until: number): Timer | undefined => {
    for (let top = heap[0]; top !== undefined && top.time <= until; top = heap[0]) {
      const { timer } = top;
      const isStale = top.time !== timer.queued || Number.isNaN(timer.time);
      if (!isStale && timer.time === top.time) return timer;
      removeTop(heap);
      if (!isStale) queue(timer);
    }
    return undefined;
  };

  const putOff = (timer: Timer, time: number): void => {
    timer.time = time;
    if (time >= timer.queued) return;
    queue(timer);
    tidy();
  };

  return {
    wakeAt(entity, time) {
      const timer = timers.get(entity);
      if (time === undefined) {
        if (timer === undefined) return undefined;
        timer.time = Number.NaN;
        timers.delete(entity);
        tidy();
        return undefined;
      }
      if (timer !== undefined) {
        putOff(timer, time);
        return timer;
      }
      const made = { entity, time, queued: time };
      timers.set(entity, made);
      queue(made);
      tidy();
      return made;
    },
    putOff,
    due: (now) => first(now)?.entity,
    next: () => first(Number.POSITIVE_INFINITY)?.time,
    held: () => heap.length,
  };
}

const before = (a: Entry, b: Entry): boolean =>
  a.time < b.time || (a.time === b.time && a.timer.entity < b.timer.entity);

function insert(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(entry, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

function removeTop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const child = smallerChild(heap, at);
    const below = heap[child];
    if (below === undefined || !before(below, last)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}

function smallerChild(heap: readonly Entry[], at: number): number {
  const left = at * 2 + 1;
  const [a, b] = [heap[left], heap[left + 1]];
  return a !== undefined && b !== undefined && before(b, a) ? left + 1 : left;
}
