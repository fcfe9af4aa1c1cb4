/** Things in the order of their time, none earlier than `from`, made when that time has come. */
export interface Source<T> {
  readonly from: number;
  things(): Iterable<T>;
}

interface Open<T> {
  readonly rest: Iterator<T>;
  readonly place: number;
  at: number;
  head: T;
}

/**
 * All things of all sources in the order of their time; those of one moment in the order of their sources, which come by their `from`. Only sources
 * that have begun and not ended are held.
 */
export function* inTimeOrder<T>(sources: Iterable<Source<T>>, timeOf: (thing: T) => number): Iterable<T> {
  const waiting = sources[Symbol.iterator]();
  let coming = waiting.next();
  const open: Open<T>[] = [];
  for (let place = 0; ; ) {
    while (coming.done !== true && (open[0] === undefined || coming.value.from <= open[0].at)) {
      const rest = coming.value.things()[Symbol.iterator]();
      const first = rest.next();
      if (first.done !== true) push(open, { rest, place, head: first.value, at: timeOf(first.value) });
      place += 1;
      coming = waiting.next();
    }
    const [soonest] = open;
    if (soonest === undefined) return;
    yield soonest.head;
    const next = soonest.rest.next();
    if (next.done === true) dropFirst(open);
    else {
      soonest.head = next.value;
      soonest.at = timeOf(next.value);
      sink(open, 0);
    }
  }
}

/** A binary heap (J. W. J. Williams, "Algorithm 232: Heapsort", 1964), the soonest first. */
const isBefore = <T>(a: Open<T>, b: Open<T>): boolean => a.at < b.at || (a.at === b.at && a.place < b.place);

function push<T>(heap: Open<T>[], entry: Open<T>): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!swapped(heap, above, at)) return;
    at = above;
  }
}

function dropFirst<T>(heap: Open<T>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  sink(heap, 0);
}

function sink<T>(heap: Open<T>[], from: number): void {
  for (let at = from; ; ) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    if (left === undefined) return;
    const below = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
    if (!swapped(heap, at, below)) return;
    at = below;
  }
}

/** Puts two entries in order; whether they were not. */
function swapped<T>(heap: Open<T>[], above: number, below: number): boolean {
  const [upper, lower] = [heap[above], heap[below]];
  if (upper === undefined || lower === undefined || !isBefore(lower, upper)) return false;
  heap[above] = lower;
  heap[below] = upper;
  return true;
}
