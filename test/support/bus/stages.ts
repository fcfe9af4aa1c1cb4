import { concatMap, map, NEVER, type OperatorFunction, of } from 'rxjs';
import type {
  Batch,
  Bus,
  BusNotice,
  BusRecord,
  Commit,
  NewRecord,
  Processor,
  ReadRange,
} from '../../../shared/bus/port.ts';
import { isTick } from '../../../shared/bus/port.ts';
import type { TopicSpec } from '../../../shared/bus/topics.ts';

export const spec = (name: string, options: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  cleanup: 'delete',
  partitions: 1,
  retention: { ms: 3_600_000, bytes: 100_000_000 },
  ...options,
});

/** Input, output, state and `rejected`, with so many partitions each. */
export const chain = (partitions = 1): readonly TopicSpec[] => [
  spec('in', { partitions }),
  spec('out', { partitions }),
  spec('state', { partitions, cleanup: 'compact' }),
  spec('rejected', { partitions }),
];

export const record = (value: string | null, options: Partial<NewRecord> = {}): NewRecord => ({
  key: 'host',
  value,
  at: 1_000,
  ...options,
});

export const numbers = (from: number, to: number): NewRecord[] =>
  Array.from({ length: to - from }, (_, index) => record(String(from + index)));

/** Everything in a topic now. */
export async function all(bus: Bus, topic: string, range: Partial<ReadRange> = {}): Promise<BusRecord[]> {
  const found: BusRecord[] = [];
  for await (const page of bus.read(topic, { from: 'oldest', follow: false, ...range })) found.push(...page.records);
  return found;
}

export const values = async (bus: Bus, topic: string, range: Partial<ReadRange> = {}): Promise<(string | null)[]> =>
  (await all(bus, topic, range)).map(({ value }) => value);

/** Follows a topic until so many records came. */
export async function firstRecords(bus: Bus, topic: string, count: number): Promise<BusRecord[]> {
  const found: BusRecord[] = [];
  for await (const page of bus.read(topic, { from: 'oldest', follow: true })) {
    found.push(...page.records);
    if (found.length >= count) break;
  }
  return found;
}

export const firstValues = async (bus: Bus, topic: string, count: number): Promise<(string | null)[]> =>
  (await firstRecords(bus, topic, count)).map(({ value }) => value);

/** A commit that finishes the whole batch and sends what `out` makes of its records (ticks left out). */
export function commitOf(
  batch: Batch,
  options: Partial<Commit> & { out?: (record: BusRecord) => string } = {},
): Commit {
  const { out = ({ value }) => `${value}`, ...rest } = options;
  const outputs = batch.records
    .filter((one) => !isTick(one))
    .map((one) => ({ topic: 'out', record: { key: one.key, value: out(one), at: one.at, partition: one.partition } }));
  return { outputs, state: [], done: batch.records.length, ...rest };
}

/** A processor whose stage answers each batch by itself. */
export function processorOf(
  answer: (batch: Batch) => Commit | Promise<Commit>,
  options: Omit<Processor, 'open'> = {},
): Processor {
  return { ...options, open: () => concatMap(async (batch: Batch) => answer(batch)) };
}

/**
 * Numbers the records it sees, and remembers how many it saw: `value#count`. Anything lost, doubled or restored wrongly shows in its
 * output.
 */
export function counting(options: Omit<Processor, 'open'> & { before?: (batch: Batch) => void } = {}): Processor {
  const { before = () => undefined, ...rest } = options;
  return {
    stateTopic: 'state',
    ...rest,
    open({ restored, partition }): OperatorFunction<Batch, Commit> {
      let seen = Number(restored.get(`${partition}/seen`) ?? 0);
      return map((batch) => {
        before(batch);
        const out = ({ value }: BusRecord): string => {
          seen += 1;
          return `${value}#${seen}`;
        };
        const commit = commitOf(batch, { out });
        return { ...commit, state: [{ key: `${partition}/seen`, value: String(seen) }] };
      });
    },
  };
}

export const counted = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${from + index}#${from + index + 1}`);

/** Collects notices; `until` resolves when one of a kind is there. */
export function noticeBoard(): {
  readonly all: BusNotice[];
  notice(notice: BusNotice): void;
  until<K extends BusNotice['kind']>(kind: K): Promise<Extract<BusNotice, { kind: K }>>;
} {
  const all: BusNotice[] = [];
  const waiting: (() => void)[] = [];
  const find = <K extends BusNotice['kind']>(kind: K) =>
    all.find((one): one is Extract<BusNotice, { kind: K }> => one.kind === kind);
  return {
    all,
    notice(one) {
      all.push(one);
      for (const look of waiting.splice(0)) look();
    },
    async until(kind) {
      for (let found = find(kind); ; found = find(kind)) {
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

/** Lets the first `pass` commits through and holds back everything after, telling when that begins. */
export function holdAfter<T>(pass: number, held: () => void): OperatorFunction<T, T> {
  return (source$) =>
    source$.pipe(
      concatMap((value, index) => {
        if (index < pass) return of(value);
        held();
        return NEVER;
      }),
    );
}
