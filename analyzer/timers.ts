/** Wake-up times of entities, in record time. Order of firing: time, then entity, so that a replay fires in the same order. */
export interface Timers {
  /** Sets the one timer of an entity; undefined cancels it. */
  wakeAt(entity: string, time: number | undefined): void;
  /** The entity that is due first at `now`, or undefined. It stays due until its timer is set anew or cancelled. */
  due(now: number): string | undefined;
  /** The earliest timer of all. */
  next(): number | undefined;
  /** How many entries it holds, stale ones included: bounded by the timers that are set. */
  held(): number;
}

interface Entry {
  readonly entity: string;
  readonly time: number;
}

/** The heap is built anew when it holds more stale entries than live ones and so many besides. */
const fewStale = 64;

/**
 * A binary heap that drops stale entries when they surface, or when they are most of it (a timer that is put off again and again leaves one
 * each time, far from the top): setting a timer costs O(log n) on average, asking for the earliest O(1).
 */
export function createTimers(): Timers {
  const times = new Map<string, number>();
  let heap: Entry[] = [];

  const tidy = (): void => {
    if (heap.length <= times.size * 2 + fewStale) return;
    heap = [];
    for (const [entity, time] of times) insert(heap, { entity, time });
  };
  const first = (): Entry | undefined => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (times.get(top.entity) === top.time) return top;
      removeTop(heap);
    }
    return undefined;
  };

  return {
    wakeAt(entity, time) {
      if (times.get(entity) === time) return;
      if (time === undefined) {
        times.delete(entity);
        tidy();
        return;
      }
      times.set(entity, time);
      insert(heap, { entity, time });
      tidy();
    },
    due(now) {
      const top = first();
      return top !== undefined && top.time <= now ? top.entity : undefined;
    },
    next: () => first()?.time,
    held: () => heap.length,
  };
}

const before = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.entity < b.entity);

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
