import type { BusRecord } from './port.ts';

/** What to do about a batch that failed. */
export type Verdict = 'again' | 'one-by-one' | 'reject';

/** Counts the failures of a batch: tried so often, then record by record, and the one that fails alone is to blame. */
export interface Attempts {
  /** Records are taken one by one now. */
  readonly solo: boolean;
  /** How often the batch at hand failed. */
  readonly failures: number;
  failed(records: readonly BusRecord[]): Verdict;
  /** Everything up to this offset is finished. */
  finished(offset: number): void;
}

export function createAttempts(allowed: number): Attempts {
  let failures = 0;
  let soloUntil = -1;
  return {
    get solo() {
      return soloUntil >= 0;
    },
    get failures() {
      return failures;
    },
    failed(records) {
      failures += 1;
      if (soloUntil < 0 && failures < allowed) return 'again';
      if (records.length === 1) return 'reject';
      failures = 0;
      soloUntil = records.at(-1)?.offset ?? -1;
      return 'one-by-one';
    },
    finished(offset) {
      failures = 0;
      if (offset >= soloUntil) soloUntil = -1;
    },
  };
}
