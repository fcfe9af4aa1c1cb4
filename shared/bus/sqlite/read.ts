import type { BusGap, BusPage, ReadRange } from '../port.ts';
import type { StoredTopic } from './schema.ts';
import type { Store } from './store.ts';
import type { Wakers } from './wakers.ts';

export interface ReadOptions {
  readonly store: Store;
  readonly wakers: Wakers;
  readonly topic: StoredTopic;
  readonly range: ReadRange;
  readonly signal: AbortSignal;
  readonly pollMs: number;
}

const defaultPage = 500;

/** Short page reads in turn over the partitions: a long-lived cursor would keep the write-ahead log from being checkpointed. */
export async function* readTopic(options: ReadOptions): AsyncGenerator<BusPage> {
  const { store, wakers, topic, range } = options;
  const signal = range.signal === undefined ? options.signal : AbortSignal.any([range.signal, options.signal]);
  const next = startOffsets(store, topic, range);
  const ends = new Map([...next.keys()].map((partition) => [partition, store.bounds(topic, partition).end]));
  while (!signal.aborted) {
    const mark = wakers.mark(topic.name);
    let found = false;
    for (const [partition, offset] of next) {
      if (signal.aborted) return;
      const until = range.follow ? Number.POSITIVE_INFINITY : (ends.get(partition) ?? 0);
      const page = readPage(store, topic, { partition, offset, until, size: range.pageSize ?? defaultPage });
      if (page === undefined) continue;
      found = true;
      next.set(partition, page.next);
      yield { records: page.records, gaps: page.gaps, next: new Map(next) };
    }
    if (found) continue;
    if (!range.follow) return;
    await wakers.wait(topic.name, { mark, ms: options.pollMs, signal });
  }
}

function startOffsets(store: Store, topic: StoredTopic, { partition, from }: ReadRange): Map<number, number> {
  const partitions =
    partition === undefined ? Array.from({ length: topic.partitions }, (_, index) => index) : [partition];
  const start = (of: number): number => {
    const { oldest, end } = store.bounds(topic, of);
    if (from === 'oldest') return oldest;
    if (from === 'newest') return end;
    return 'offsets' in from ? (from.offsets.get(of) ?? oldest) : store.offsetAt(topic, of, from.logged);
  };
  return new Map(partitions.map((of) => [of, start(of)]));
}

interface PageAt {
  readonly partition: number;
  readonly offset: number;
  readonly until: number;
  readonly size: number;
}

function readPage(store: Store, topic: StoredTopic, { partition, offset, until, size }: PageAt) {
  if (offset >= until) return undefined;
  const { oldest } = store.bounds(topic, partition);
  const records = store.page(topic, { partition, offset }, size).filter((record) => record.offset < until);
  const last = records.at(-1);
  // Compaction leaves holes by design; on other topics a hole is what retention took.
  const gap: BusGap | undefined =
    !topic.compact && offset < oldest ? { topic: topic.name, partition, from: offset, to: oldest } : undefined;
  if (last === undefined && gap === undefined) return undefined;
  return {
    records,
    gaps: gap === undefined ? [] : [gap],
    next: last === undefined ? Math.max(offset, oldest) : last.offset + 1,
  };
}
