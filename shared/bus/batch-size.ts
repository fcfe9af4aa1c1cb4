import type { BusRecord, Commit } from './port.ts';

/** A batch that was committed. */
export interface FinishedBatch {
  readonly records: number;
  /** Records of the partition at and behind its first. */
  readonly lag: number;
  /** How long the stage took, ms. */
  readonly tookMs: number;
  /** UTF-16 units of keys and values of its outputs and state. */
  readonly written: number;
}

/** How many records the next batch has at most. */
export interface BatchSize {
  readonly size: number;
  finished(batch: FinishedBatch): void;
  /** It is tried again, and taken one by one in the end: not so many. */
  failed(): void;
}

const usual = 500;
const largest = 4_000;
/** Until a batch is done, nobody else in the process gets a turn, and nothing of it is told. */
const longestMs = 150;
const mostWritten = 4_000_000;
const mostRead = 4_000_000;

/**
 * What waits is taken in larger batches, as a value of the state that changes with each record is written once a batch: twice as many as before while
 * that keeps within half of the time and of the characters that a batch may come to, half as many once it does not. Who has caught up begins anew.
 * @param fixed so many always
 */
export function createBatchSize(fixed?: number): BatchSize {
  let size = Math.max(1, fixed ?? usual);
  return {
    get size() {
      return size;
    },
    finished({ records, lag, tookMs, written }) {
      if (fixed !== undefined) return;
      const share = Math.max(tookMs / longestMs, written / mostWritten);
      if (lag <= records) size = usual;
      else if (share > 1) size = Math.max(usual, Math.floor(size / 2));
      // One that had to be smaller says nothing of how long as many as were asked for take.
      else if (share <= 0.5 && records >= size) size = Math.min(largest, size * 2);
    },
    failed() {
      if (fixed === undefined) size = usual;
    },
  };
}

/** The first of the records, as many as a batch may have and some 4 MB of text at most, but one in any case. */
export function firstOf(records: readonly BusRecord[], size: number): readonly BusRecord[] {
  let read = 0;
  let count = 0;
  for (const { value } of records.slice(0, size)) {
    read += value?.length ?? 0;
    if (count > 0 && read > mostRead) break;
    count += 1;
  }
  return records.slice(0, count);
}

/** UTF-16 units of the keys and values that a commit writes. */
export function writtenBy({ outputs, state }: Commit): number {
  let units = 0;
  for (const { record } of outputs) units += record.key.length + (record.value?.length ?? 0);
  for (const { key, value } of state) units += key.length + (value?.length ?? 0);
  return units;
}
