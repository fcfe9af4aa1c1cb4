import type { OperatorFunction } from 'rxjs';

/**
 * The bus: a partitioned, durable log with consumer groups (design §4 Bus). Three verbs. Two implementations, SQLite and Kafka, pass
 * one contract suite (test/contract). Keys, values and header values are text; values are JSON by custom of the house.
 */
export interface Bus {
  /** Resolves when all records are durable. Records of one call to one partition are contiguous and keep their order. */
  append(topic: string, records: readonly NewRecord[]): Promise<void>;

  /**
   * Joins the group and runs the stage on every partition it is assigned, until stopped. Per partition one batch at a time; a commit's
   * outputs, state and position become visible together or not at all.
   */
  process(group: string, topic: string, processor: Processor): Processing;

  /** Reads without a group. Yields pages in offset order per partition; a page may be empty only when `follow` is set (idle). */
  read(topic: string, range: ReadRange): AsyncIterable<BusPage>;

  /** Says that another process appended to these topics, so that waiting reads look at once. Harmless when untrue. */
  wake(topics: readonly string[]): void;

  /** Where the log of each partition begins and ends now. */
  bounds(topic: string): Promise<readonly PartitionBounds[]>;

  /**
   * By partition, the oldest record that the group has not finished yet; what has none is not named. By the positions that are committed, whoever owns
   * the partitions, also when nobody does. Fails when that cannot be said now.
   */
  waiting(group: string, topic: string): Promise<ReadonlyMap<number, Waiting>>;

  /** Stops every processing and read, waits for commits under way, releases all handles. */
  close(): Promise<void>;
}

export interface NewRecord {
  readonly key: string;
  /** JSON text; null is a tombstone (only meaningful on a compacted topic). */
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** When it happened, milliseconds since the epoch. */
  readonly at: number;
  /** Names the partition instead of letting the key place the record. */
  readonly partition?: number;
}

export interface BusRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When it happened, milliseconds since the epoch. */
  readonly at: number;
  /** When it was appended, milliseconds since the epoch; never decreases within a partition. */
  readonly logged: number;
}

export interface Processor {
  /** Compacted topic that holds the stage's state: same partition count as the input, same partition number. */
  readonly stateTopic?: string;
  /** At most this many records in one batch. Default: 500, and up to 4,000 while more wait (batch-size.ts). */
  readonly batchSize?: number;
  /** How often one batch may throw before it is taken record by record (default 3). */
  readonly attempts?: number;
  /** Called once per assignment, after the state was restored: subscribing is owning the partition, unsubscribing is losing it. */
  open(assignment: Assignment): OperatorFunction<Batch, Commit>;
  /** Something happened that a person or a metric should know; never thrown. */
  notice?(notice: BusNotice): void;
}

export interface Assignment {
  readonly partition: number;
  /** The partition's state topic, latest value per key, tombstones left out. */
  readonly restored: ReadonlyMap<string, string>;
}

export interface Batch {
  readonly topic: string;
  readonly partition: number;
  /** In offset order; never empty. Ticks (see `isTick`) are among them. */
  readonly records: readonly BusRecord[];
}

/** Exactly one per batch. */
export interface Commit {
  readonly outputs: readonly Output[];
  /** Only what changed. Written to the state topic at the batch's partition; null removes. */
  readonly state: readonly StateChange[];
  /** The first `done` records of the batch are finished; the rest comes again. */
  readonly done: number;
  /** Pause this partition for so many milliseconds (its session stays alive), then hand over again what was not done. */
  readonly retryAfter?: number;
  /** Earliest timer of the stage (record time, ms). When the partition is quiet past it, its owner appends a tick. */
  readonly nextWake?: number;
}

export interface Output {
  readonly topic: string;
  readonly record: NewRecord;
}

export interface StateChange {
  /** Unique within the state topic; by custom `host/entity/part`. The bus writes it to the batch's own partition. */
  readonly key: string;
  /** JSON text, at most 64 KiB; null removes. */
  readonly value: string | null;
}

export interface Processing {
  /** Resolves when the first partition was assigned and its stage opened. */
  readonly ready: Promise<void>;
  /** Lets the commit under way finish, gives the partitions back. */
  stop(): Promise<void>;
}

export interface ReadRange {
  /** Default: all partitions. */
  readonly partition?: number;
  /** Where to begin, per partition: the oldest record, after the newest, at an offset vector (missing partition: oldest), or the first logged at or after a time. */
  readonly from: 'oldest' | 'newest' | { readonly offsets: ReadonlyMap<number, number> } | { readonly logged: number };
  /** Stay and wait for more (ends by `signal` or close) or stop at the end that existed when the read began. */
  readonly follow: boolean;
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
}

export interface BusPage {
  readonly records: readonly BusRecord[];
  /** Offset vector to resume after this page (next offset per partition seen so far). */
  readonly next: ReadonlyMap<number, number>;
  /** Retention overran the position: records [from, to) of the partition are gone and were not delivered. */
  readonly gaps: readonly BusGap[];
}

export interface BusGap {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface PartitionBounds {
  readonly partition: number;
  readonly oldest: number;
  /** One past the newest record. */
  readonly end: number;
}

/** A record that a group has not finished. */
export interface Waiting {
  readonly offset: number;
  /** When it was appended, ms since the epoch. */
  readonly logged: number;
  /** What the group committed, -1: nothing. It moves only when the group does; the record is another, too, when retention took the one before. */
  readonly committed: number;
}

export type BusNotice =
  | { readonly kind: 'assigned' | 'revoked'; readonly partition: number }
  | { readonly kind: 'gap'; readonly gap: BusGap }
  /** The group has no position here: it is new, or the broker forgot it. It begins with the oldest of `records` records, `from`. */
  | { readonly kind: 'no-position'; readonly partition: number; readonly from: number; readonly records: number }
  | { readonly kind: 'batch-failed'; readonly partition: number; readonly attempt: number; readonly error: unknown }
  | { readonly kind: 'rejected'; readonly record: BusRecord; readonly error: unknown }
  | { readonly kind: 'session-lost'; readonly partition: number; readonly error: unknown }
  | { readonly kind: 'lag'; readonly partition: number; readonly records: number };

/** Header that marks a record as a tick: it says only that time has passed. Its value is null and its key is `tick`. */
const tickHeader = 'moorwatch-tick';

export const tickRecord = (partition: number, at: number): NewRecord => ({
  key: 'tick',
  value: null,
  headers: { [tickHeader]: '1' },
  at,
  partition,
});

export const isTick = (record: Pick<BusRecord, 'headers'>): boolean => record.headers[tickHeader] === '1';

/** Header of a gap that the bus itself puts before the first record after it, value: JSON BusGap. Key `gap`. */
export const busGapHeader = 'moorwatch-gap';
