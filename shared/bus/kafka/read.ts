import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import type { BusGap, BusPage, BusRecord, ReadRange } from '../port.ts';
import type { LogReader, Position } from './log-reader.ts';
import { recoverPosition } from './position.ts';

export interface ReadOptions {
  /** One for each partition that is followed: a fetch that waits holds up its connection. */
  openReader(): LogReader;
  readonly topic: string;
  readonly range: ReadRange;
  /** The bus closes, or the caller's `range.signal`. */
  readonly signal: AbortSignal;
  /** Before the first repetition of a request that failed (default 200 ms); each next one waits twice as long, up to 2 s. */
  readonly pauseMs?: number;
}

const waitMs = 500;
/** How often a bounded read begins a request anew before it fails; a following one never gives up. */
const attempts = 5;

interface Step {
  readonly partition: number;
  readonly records: readonly BusRecord[];
  readonly gaps: readonly BusGap[];
  readonly next: number;
  readonly end: number;
}

/** @throws UnavailableError or the broker's error, when not following and the broker stays away; UserError where only a person can help. */
export async function* readTopic(options: ReadOptions): AsyncGenerator<BusPage, void, undefined> {
  const { range, signal } = options;
  const readers: LogReader[] = [];
  const open = (): LogReader => {
    const reader = options.openReader();
    readers.push(reader);
    return reader;
  };
  // Whatever waits for the broker then fails at once.
  const closeAll = (): void => {
    for (const reader of readers) reader.close();
  };
  signal.addEventListener('abort', closeAll, { once: true });
  try {
    const reader = open();
    const starts = await persist(options, () => startOffsets(reader, options.topic, range.from));
    const positions = new Map(
      [...starts].filter(([partition]) => range.partition === undefined || range.partition === partition),
    );
    for await (const step of range.follow ? follow(options, positions, open) : toTheEnd(options, positions, reader)) {
      const size = range.pageSize ?? step.records.length;
      for (const page of pages(step, Math.max(size, 1))) {
        if (signal.aborted) return;
        positions.set(step.partition, page.next);
        yield { records: page.records, gaps: page.gaps, next: new Map(positions) };
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', closeAll);
    closeAll();
  }
}

/** Each partition up to the end it had at its first fetch; records of transactions that were open then are waited for. */
async function* toTheEnd(
  options: ReadOptions,
  positions: ReadonlyMap<number, number>,
  reader: LogReader,
): AsyncGenerator<Step, void, undefined> {
  for (const [partition, start] of positions) {
    let offset = start;
    let target: number | undefined;
    while (!options.signal.aborted && (target === undefined || offset < target)) {
      const step = await persist(options, () =>
        fetchStep(reader, { topic: options.topic, partition, offset }, target === undefined ? 0 : waitMs),
      );
      target ??= step.gaps.length > 0 ? undefined : step.end;
      offset = step.next;
      const until = target ?? step.next;
      const records = step.records.filter((record) => record.offset < until);
      if (records.length > 0 || step.gaps.length > 0) yield { ...step, records, next: Math.min(step.next, until) };
    }
  }
}

/** All partitions at once, whichever has something; each is asked again only after its last page was taken. */
async function* follow(
  options: ReadOptions,
  positions: ReadonlyMap<number, number>,
  open: () => LogReader,
): AsyncGenerator<Step, void, undefined> {
  const pending = new Map<number, Promise<Step>>();
  const ask = (partition: number, offset: number, reader: LogReader): void => {
    const step = persist(options, () => fetchStep(reader, { topic: options.topic, partition, offset }, waitMs));
    step.catch(() => undefined);
    pending.delete(partition);
    pending.set(partition, step);
  };
  const readerOf = new Map([...positions.keys()].map((partition) => [partition, open()] as const));
  for (const [partition, offset] of positions) {
    const reader = readerOf.get(partition);
    if (reader) ask(partition, offset, reader);
  }
  while (!options.signal.aborted) {
    const step = await Promise.race(pending.values());
    yield step;
    const reader = readerOf.get(step.partition);
    if (reader) ask(step.partition, step.next, reader);
  }
}

async function fetchStep(reader: LogReader, at: Position, wait: number): Promise<Step> {
  const fetched = await reader.fetch(at, wait);
  if (fetched !== 'out-of-range') return { ...fetched, partition: at.partition, gaps: [] };
  const { offset, gap } = await recoverPosition(reader, at);
  return { partition: at.partition, records: [], gaps: [gap], next: offset, end: offset };
}

async function startOffsets(
  reader: LogReader,
  topic: string,
  from: ReadRange['from'],
): Promise<ReadonlyMap<number, number>> {
  if (typeof from === 'string') return reader.offsets(topic, from);
  if ('offsets' in from)
    return new Map(
      [...(await reader.offsets(topic, 'oldest'))].map(([p, oldest]) => [p, from.offsets.get(p) ?? oldest]),
    );
  const newest = await reader.offsets(topic, 'newest');
  // -1: nothing was logged so late.
  return new Map(
    [...(await reader.offsets(topic, { logged: from.logged }))].map(([p, offset]) => [
      p,
      offset < 0 ? (newest.get(p) ?? 0) : offset,
    ]),
  );
}

function* pages(
  step: Step,
  size: number,
): Generator<{ records: readonly BusRecord[]; gaps: readonly BusGap[]; next: number }> {
  for (let start = 0; start === 0 || start < step.records.length; start += size) {
    const records = step.records.slice(start, start + size);
    const following = step.records[start + size];
    yield { records, gaps: start === 0 ? step.gaps : [], next: following?.offset ?? step.next };
  }
}

async function persist<T>(options: ReadOptions, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const final = error instanceof UserError || (!options.range.follow && attempt === attempts);
      if (options.signal.aborted || final) throw error;
      await delay(Math.min((options.pauseMs ?? 200) * 2 ** (attempt - 1), 2_000), undefined, {
        signal: options.signal,
      });
    }
  }
}
