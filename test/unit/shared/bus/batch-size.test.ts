import { describe, expect, it } from 'vitest';
import { createBatchSize, type FinishedBatch, firstOf, writtenBy } from '../../../../shared/bus/batch-size.ts';

const whole = (records: number, options: Partial<FinishedBatch> = {}): FinishedBatch => ({
  records,
  lag: 100_000,
  tookMs: 10,
  written: 1_000,
  ...options,
});

/** The size after each of the batches. */
function sizesAfter(...batches: readonly FinishedBatch[]): readonly number[] {
  const sizes = createBatchSize();
  return batches.map((batch) => {
    sizes.finished(batch);
    return sizes.size;
  });
}

describe('createBatchSize', () => {
  it('doubles while more waits, up to a bound', () => {
    const batches = [500, 1_000, 2_000, 4_000].map((records) => whole(records));
    expect(sizesAfter(...batches)).toEqual([1_000, 2_000, 4_000, 4_000]);
  });

  it('does not double where a batch takes more than half of the time or writes more than half of what it may', () => {
    expect(sizesAfter(whole(500, { tookMs: 80 }))).toEqual([500]);
    expect(sizesAfter(whole(500, { written: 2_100_000 }))).toEqual([500]);
  });

  it('halves what took too long or wrote too much, but to no less than usual', () => {
    expect(sizesAfter(whole(500), whole(1_000), whole(2_000, { tookMs: 151 }))).toEqual([1_000, 2_000, 1_000]);
    expect(sizesAfter(whole(500), whole(1_000, { written: 4_000_001 }))).toEqual([1_000, 500]);
    expect(sizesAfter(whole(500, { tookMs: 9_000 }))).toEqual([500]);
  });

  it('learns nothing from a batch that had to be smaller, and begins anew when nothing more waits', () => {
    expect(sizesAfter(whole(500), whole(800))).toEqual([1_000, 1_000]);
    expect(sizesAfter(whole(500), whole(1_000, { lag: 1_000 }))).toEqual([1_000, 500]);
  });

  it('begins anew after a failure', () => {
    const sizes = createBatchSize();
    sizes.finished(whole(500));
    sizes.failed();
    expect(sizes.size).toBe(500);
  });

  it('is what it was told to be', () => {
    const sizes = createBatchSize(50);
    sizes.finished(whole(50));
    sizes.failed();
    expect(sizes.size).toBe(50);
    expect(createBatchSize(0).size).toBe(1);
  });
});

describe('firstOf', () => {
  const record = (offset: number, length: number) => ({
    topic: 'in',
    partition: 0,
    offset,
    key: 'k',
    value: 'x'.repeat(length),
    headers: {},
    at: 1,
    logged: 1,
  });
  const offsets = (...of: Parameters<typeof firstOf>) => firstOf(...of).map(({ offset }) => offset);

  it('gives as many as asked for, in bounds of their text, and one in any case', () => {
    expect(offsets([record(0, 1), record(1, 1), record(2, 1)], 2)).toEqual([0, 1]);
    expect(offsets([record(0, 2_000_000), record(1, 2_000_000), record(2, 1)], 9)).toEqual([0, 1]);
    expect(offsets([record(0, 5_000_000), record(1, 1)], 9)).toEqual([0]);
  });
});

describe('writtenBy', () => {
  it('counts keys and values of outputs and state', () => {
    const outputs = [{ topic: 'out', record: { key: 'ab', value: 'cde', at: 1 } }];
    const state = [
      { key: 'fg', value: null },
      { key: 'h', value: 'ij' },
    ];
    expect(writtenBy({ outputs, state, done: 1 })).toBe(10);
  });
});
