import { setImmediate as immediate } from 'node:timers/promises';
import type { BusGap, BusPage, BusRecord, ReadRange } from '../port.ts';
import type { Store } from './store.ts';

/** What reading needs of an open file. */
type ReadStore = Pick<Store, 'table' | 'reader' | 'wakeups' | 'read'>;

export interface ReadOptions {
  readonly topic: string;
  readonly range: ReadRange;
  /** The bus closes, or the caller's `range.signal`. */
  readonly signal: AbortSignal;
}

const longestWaitMs = 60_000;

/** Where it begins and ends is settled by the call, not by the first page. When following, an empty page says that all was read. */
export function readTopic(store: ReadStore, options: ReadOptions): AsyncIterable<BusPage> {
  const { topic, range } = options;
  const partitions = store.table
    .topic(topic)
    .ids.map((_, partition) => partition)
    .filter((partition) => range.partition === undefined || range.partition === partition);
  const starts = store.read(() =>
    partitions.map((partition) => ({
      position: startOf(store, { topic, partition }, range.from),
      end: range.follow ? Number.POSITIVE_INFINITY : stateOf(store, topic, partition).end,
    })),
  );
  const cursors = new Map(partitions.map((partition, index) => [partition, { ...required(starts[index]) }]));
  return pages(store, options, cursors);
}

interface Cursor {
  position: number;
  readonly end: number;
}

async function* pages(store: ReadStore, options: ReadOptions, cursors: Map<number, Cursor>): AsyncGenerator<BusPage> {
  const { topic, range, signal } = options;
  const size = Math.max(1, range.pageSize ?? 500);
  const next = (): ReadonlyMap<number, number> =>
    new Map([...cursors].map(([partition, { position }]) => [partition, position]));
  let idle = false;
  while (!signal.aborted) {
    let found = false;
    for (const [partition, cursor] of cursors) {
      const { records, gaps } = step(store, { topic, partition }, { cursor, size });
      if (records.length === 0 && gaps.length === 0) continue;
      found = true;
      yield { records, gaps, next: next() };
      await immediate();
      if (signal.aborted) return;
    }
    if (found) {
      idle = false;
    } else if (!range.follow) {
      return;
    } else if (!idle) {
      idle = true;
      yield { records: [], gaps: [], next: next() };
    } else {
      await store.wakeups.wait(topic, longestWaitMs, signal);
    }
  }
}

function step(
  store: ReadStore,
  place: { topic: string; partition: number },
  { cursor, size }: { cursor: Cursor; size: number },
): { records: readonly BusRecord[]; gaps: readonly BusGap[] } {
  return store.read(() => {
    const { oldest, end } = stateOf(store, place.topic, place.partition);
    const { from, gap } = recover(cursor, { oldest, end });
    const to = Math.min(end, cursor.end);
    const gaps = gap ? [{ ...place, ...gap }] : [];
    const records = from < to ? store.reader.page(place, { from, to, size }) : [];
    const last = records.at(-1);
    // Without records there is nothing before the end: compaction took the rest.
    cursor.position = last ? last.offset + 1 : Math.max(from, to);
    return { records, gaps };
  });
}

/**
 * Where to go on, and what was lost. Before the oldest record: retention was quicker. After the end: the log was made anew, so everything it
 * has may be unseen.
 */
function recover(cursor: Cursor, { oldest, end }: { oldest: number; end: number }) {
  const { position } = cursor;
  if (position > end) return { from: oldest, gap: { from: end, to: position } };
  if (position < oldest && position < cursor.end) return { from: oldest, gap: { from: position, to: oldest } };
  return { from: Math.max(position, oldest), gap: undefined };
}

function startOf(store: ReadStore, place: { topic: string; partition: number }, from: ReadRange['from']): number {
  const { oldest, end } = stateOf(store, place.topic, place.partition);
  if (from === 'oldest') return oldest;
  if (from === 'newest') return end;
  if ('offsets' in from) return from.offsets.get(place.partition) ?? oldest;
  return store.reader.firstLogged(place, from.logged);
}

function stateOf({ table }: ReadStore, topic: string, partition: number) {
  return table.state(table.logOf(table.topic(topic), partition));
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a partition without a start');
  return value;
}
