import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { firstValueFrom, Subject } from 'rxjs';
import type {
  Batch,
  Bus,
  BusPage,
  BusRecord,
  Commit,
  NewRecord,
  Processor,
  ReadRange,
  Waiting,
} from '../../shared/bus/port.ts';

export interface MemoryBus extends Bus {
  /** Everything in a topic, in the order in which it came. */
  all(topic: string): readonly BusRecord[];
  /** Drops the oldest records, as retention does. */
  expire(topic: string, partition: number, before: number): void;
}

/** A double of the bus for unit tests: one process, nothing durable, records land in the named partition or in 0. */
export function createMemoryBus(options: { partitions?: number; clock?: () => number } = {}): MemoryBus {
  const { partitions = 1, clock = Date.now } = options;
  const topics = new Map<string, { records: BusRecord[]; oldest: number; end: number }[]>();
  const changed = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();

  const logs = (topic: string) => {
    const known = topics.get(topic) ?? Array.from({ length: partitions }, () => ({ records: [], oldest: 0, end: 0 }));
    topics.set(topic, known);
    return known;
  };
  const put = (topic: string, record: NewRecord): void => {
    const partition = record.partition ?? 0;
    const log = logs(topic)[partition];
    if (log === undefined) throw new Error(`no partition ${partition}`);
    const { key, value, at, headers = {} } = record;
    log.records.push({ topic, partition, offset: log.end, key, value, headers, at, logged: clock() });
    log.end += 1;
  };
  let changes = 0;
  const tell = (): void => {
    changes += 1;
    changed.emit('change');
  };
  /** Resolves with the next change after the `seen`-th, so that none is missed between looking and waiting. */
  const change = async (seen: number, signal: AbortSignal): Promise<void> => {
    if (changes === seen && !signal.aborted) await once(changed, 'change', { signal }).catch(() => undefined);
  };

  async function* read(topic: string, range: ReadRange): AsyncGenerator<BusPage> {
    const signal = AbortSignal.any([closing.signal, ...(range.signal === undefined ? [] : [range.signal])]);
    const wanted = logs(topic).map((log, partition) => ({ log, partition, offset: startOf(range, partition, log) }));
    const chosen = wanted.filter(({ partition }) => range.partition === undefined || range.partition === partition);
    const ends = chosen.map(({ log }) => log.end);
    const next = new Map(chosen.map(({ partition, offset }) => [partition, offset]));
    while (!signal.aborted) {
      const seen = changes;
      let progress = false;
      for (const [i, { log, partition }] of chosen.entries()) {
        const from = next.get(partition) ?? 0;
        const limit = range.follow ? log.end : (ends[i] ?? 0);
        const records = log.records.filter((r) => r.offset >= from && r.offset < limit).slice(0, range.pageSize ?? 500);
        const gaps = from < log.oldest ? [{ topic, partition, from, to: log.oldest }] : [];
        if (records.length === 0 && gaps.length === 0) continue;
        progress = true;
        next.set(partition, (records.at(-1)?.offset ?? log.oldest - 1) + 1);
        yield { records, next: new Map(next), gaps };
      }
      if (progress) continue;
      if (!range.follow) return;
      yield { records: [], next: new Map(next), gaps: [] };
      await change(seen, signal);
    }
  }

  /** By group, topic and partition. */
  const positions = new Map<string, number>();
  const process = (group: string, topic: string, processor: Processor) => {
    const stopping = new AbortController();
    const runs = logs(topic).map((_, partition) =>
      run(topic, partition, processor, { signal: stopping.signal, at: `${group}/${topic}/${partition}` }),
    );
    return {
      ready: Promise.resolve(),
      stop: async () => {
        stopping.abort();
        await Promise.all(runs);
      },
    };
  };
  const run = async (
    topic: string,
    partition: number,
    processor: Processor,
    { signal, at }: { readonly signal: AbortSignal; readonly at: string },
  ): Promise<void> => {
    const batches = new Subject<Batch>();
    const commits = new Subject<Commit>();
    // Subscribed once, as a partition is assigned once: what the stage keeps outlives a batch.
    const assigned = batches.pipe(processor.open({ partition, restored: new Map() })).subscribe(commits);
    processor.notice?.({ kind: 'assigned', partition });
    let position = 0;
    while (!signal.aborted && !closing.signal.aborted) {
      const seen = changes;
      const records = (logs(topic)[partition]?.records ?? [])
        .filter((r) => r.offset >= position)
        .slice(0, processor.batchSize ?? 500);
      if (records.length === 0) {
        await change(seen, AbortSignal.any([signal, closing.signal]));
        continue;
      }
      const committed = firstValueFrom(commits);
      batches.next({ topic, partition, records });
      const commit = await committed;
      for (const output of commit.outputs) put(output.topic, output.record);
      if (processor.stateTopic !== undefined) {
        for (const change of commit.state) put(processor.stateTopic, { ...change, at: 0, partition });
      }
      position += commit.done;
      positions.set(at, position);
      if (commit.outputs.length > 0) tell();
      if (commit.retryAfter !== undefined) await delay(commit.retryAfter, undefined, { signal }).catch(() => undefined);
    }
    assigned.unsubscribe();
  };

  return {
    append: async (topic, records) => {
      for (const record of records) put(topic, record);
      tell();
    },
    process,
    read,
    wake: tell,
    bounds: async (topic) => logs(topic).map(({ oldest, end }, partition) => ({ partition, oldest, end })),
    waiting: async (group, topic) => {
      const waiting = new Map<number, Waiting>();
      for (const [partition, { records }] of logs(topic).entries()) {
        const committed = positions.get(`${group}/${topic}/${partition}`) ?? -1;
        const first = records.find(({ offset }) => offset >= committed);
        if (first !== undefined) waiting.set(partition, { offset: first.offset, logged: first.logged, committed });
      }
      return waiting;
    },
    close: async () => closing.abort(),
    all: (topic) => logs(topic).flatMap((log) => log.records),
    expire: (topic, partition, before) => {
      const log = logs(topic)[partition];
      if (log === undefined) return;
      log.records = log.records.filter((r) => r.offset >= before);
      log.oldest = before;
    },
  };
}

function startOf(
  range: ReadRange,
  partition: number,
  log: { oldest: number; end: number; records: BusRecord[] },
): number {
  const { from } = range;
  if (from === 'oldest') return log.oldest;
  if (from === 'newest') return log.end;
  if ('offsets' in from) return from.offsets.get(partition) ?? log.oldest;
  return log.records.find((r) => r.logged >= from.logged)?.offset ?? log.end;
}
