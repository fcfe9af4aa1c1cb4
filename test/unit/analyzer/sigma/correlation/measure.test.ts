import { describe, expect, it } from 'vitest';
import { countMeasure, sumMeasure } from '../../../../../analyzer/sigma/correlation/additive.ts';
import { distinctMeasure } from '../../../../../analyzer/sigma/correlation/distinct.ts';
import type { Entries } from '../../../../../analyzer/sigma/correlation/entries.ts';
import { enough, holds } from '../../../../../analyzer/sigma/correlation/measure.ts';
import { orderedMeasure } from '../../../../../analyzer/sigma/correlation/ordered.ts';
import type { Bound } from '../../../../../analyzer/sigma/correlation/spec.ts';
import { averageMeasure, percentileMeasure } from '../../../../../analyzer/sigma/correlation/statistic.ts';

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
/** Entries ten milliseconds apart, the first at 0. */
const every10 = (values: Entries['values']): Entries => ({ times: values.map((_, index) => index * 10), values });
const ones = (count: number): Entries => every10(upTo(count).map(() => 1));

describe('conditions', () => {
  it.each([
    ['gt', [false, false, true]],
    ['gte', [false, true, true]],
    ['lt', [true, false, false]],
    ['lte', [true, true, false]],
    ['eq', [false, true, false]],
    ['neq', [true, false, true]],
  ] as const)('%s of 4, 5 and 6 with 5: %j', (op, expected) => {
    expect([4, 5, 6].map((value) => holds([{ op, number: 5 }], value))).toEqual(expected);
  });

  it('hold all of them', () => {
    const between: readonly Bound[] = [
      { op: 'gt', number: 1 },
      { op: 'lt', number: 3 },
    ];
    expect([1, 2, 3].map((value) => holds(between, value))).toEqual([false, true, false]);
  });

  it.each([
    [[], 1],
    [[{ op: 'gte', number: -3 }], 1],
    [[{ op: 'gte', number: 2 }], 2],
    [[{ op: 'gte', number: 2.5 }], 3],
    [[{ op: 'gt', number: 2 }], 3],
    [[{ op: 'gt', number: 2.5 }], 3],
    [[{ op: 'lt', number: 5 }], 6],
    [[{ op: 'eq', number: 4 }], 5],
    [
      [
        { op: 'gte', number: 9 },
        { op: 'neq', number: 1 },
      ],
      9,
    ],
  ] as const)('%j are decided by a count of %i', (bounds, count) => {
    expect(enough(bounds)).toBe(count);
  });
});

describe('what is kept of counts', () => {
  it('that decide the condition: the newest, exact from where nothing is missing', () => {
    const measure = countMeasure({ need: 3, keep: 100 });
    expect(measure.limit).toBe(67);
    const kept = { times: ones(68).times.slice(1), values: upTo(67).map(() => 1), isLossy: false };
    expect(measure.shrink(ones(68), 100)).toEqual({ ...kept, exactFrom: 30 });
    expect(measure.shrink(ones(68), 15)).toEqual({ ...kept, exactFrom: 16 });
    expect(countMeasure({ need: 8, keep: 8 })).toMatchObject({ limit: 8 });
    expect(countMeasure({ need: 8, keep: 8 }).shrink(ones(9), 1_000)).toMatchObject({ exactFrom: 80, isLossy: false });
  });

  it.each([
    ['a count', countMeasure({ need: 9, keep: 8 })],
    ['a sum', sumMeasure({ keep: 8 })],
  ])('%s of more than fits: pairs at the time of the later one', (_, measure) => {
    expect(measure.limit).toBe(8);
    expect(measure.shrink(every10([1, 2, 3, 4, 5, 6, 7, 8, 9]), 1_000)).toEqual({
      times: [0, 20, 40, 60, 80],
      values: [1, 5, 9, 13, 17],
      exactFrom: 80,
      isLossy: true,
    });
    expect(measure.shrink(every10([1, 2, 3, 4]), 1_000)).toEqual({
      times: [10, 30],
      values: [3, 7],
      exactFrom: 30,
      isLossy: true,
    });
    expect(measure.of([1, 2, 3, 4], 1, 3)).toBe(5);
  });
});

describe('what is kept of different values', () => {
  it('is counted up to what decides', () => {
    const { of, limit } = distinctMeasure({ need: 2, keep: 100 });
    const values = ['a', 'b', 'a', 'c', 'd'];
    expect([limit, of(values, 0, 5), of(values, 0, 3), of(values, 1, 2), of(values, 0, 4)]).toEqual([66, 3, 2, 1, 3]);
  });

  it('is each at the last time it was seen, and one more than decides', () => {
    const entries = every10(['a', 'b', 'a', 'c', 'd', 'e']);
    expect(distinctMeasure({ need: 2, keep: 100 }).shrink(entries, 1_000)).toEqual({
      times: [30, 40, 50],
      values: ['c', 'd', 'e'],
      exactFrom: 50,
      isLossy: false,
    });
    expect(distinctMeasure({ need: 9, keep: 100 }).shrink(entries, 1_000)).toMatchObject({
      times: [10, 20, 30, 40, 50],
      values: ['b', 'a', 'c', 'd', 'e'],
    });
  });

  it.each([
    [36, 100, 99, 37, false],
    [37, 100, 99, 88, false],
    [99, 100, 99, 88, true],
    [99, 100, 88, 88, false],
    [20, 16, 17, 14, true],
    [14, 16, 17, 14, false],
  ])('where %i decide and %i fit, of %i there stay %i; lossy: %s', (need, keep, different, length, isLossy) => {
    const measure = distinctMeasure({ need, keep });
    expect(measure.limit).toBe(Math.min(keep, need + 64));
    const shrunk = measure.shrink(every10(upTo(different)), 1_000);
    expect([shrunk.times.length, shrunk.isLossy]).toEqual([length, isLossy]);
  });
});

describe('what is kept of steps in order', () => {
  const { of, limit } = orderedMeasure({ rules: 3, keep: 100 });

  it.each([
    [[0, 1, 2], 3],
    [[2, 1, 0], 1],
    [[0, 2, 1], 2],
    [[1, 2], 2],
    [[0, 0], 1],
    [[2, 0, 1], 2],
    [[0, 1, 0, 2], 3],
    [[1, 0, 2], 2],
  ])('%j are %i steps', (positions, steps) => {
    expect(of(positions, 0, positions.length)).toBe(steps);
  });

  it('of a part', () => {
    expect([of([0, 1, 2, 0], 1, 3), of([0, 1, 2, 0], 0, 2), limit]).toEqual([2, 2, 73]);
    expect(orderedMeasure({ rules: 3, keep: 16 }).limit).toBe(16);
  });

  it('are the chains that began last', () => {
    const entries = every10([0, 0, 0, 1, 1, 2, 2]);
    expect(orderedMeasure({ rules: 3, keep: 16 }).shrink(entries, 1_000)).toEqual({
      times: [20, 40, 60],
      values: [0, 1, 2],
      exactFrom: 60,
      isLossy: false,
    });
    expect(orderedMeasure({ rules: 3, keep: 2 }).shrink(entries, 1_000)).toEqual({
      times: [40, 60],
      values: [1, 2],
      exactFrom: 60,
      isLossy: true,
    });
    // The longer chain needs the older step too.
    expect(orderedMeasure({ rules: 3, keep: 16 }).shrink(every10([0, 1, 0, 2, 2, 0]), 1_000).times).toEqual([
      0, 10, 20, 40, 50,
    ]);
  });
});

describe('what is kept of numbers', () => {
  it('is the newest; whether one that counted is gone is told', () => {
    const measure = averageMeasure({ keep: 8 });
    expect([measure.limit, measure.of([1, 2, 3, 7], 1, 4)]).toEqual([8, 4]);
    const kept = { times: [20, 30, 40, 50, 60, 70, 80], values: [1, 1, 1, 1, 1, 1, 1] };
    expect(measure.shrink(ones(9), 30)).toEqual({ ...kept, exactFrom: 41, isLossy: false });
    expect(measure.shrink(ones(9), 69)).toEqual({ ...kept, exactFrom: 80, isLossy: false });
    expect(measure.shrink(ones(9), 70)).toEqual({ ...kept, exactFrom: 81, isLossy: true });
  });

  it('percentiles are those of the sorted numbers, interpolated between ranks', () => {
    const lists = [
      [1],
      [2, 1],
      [3, 1, 2],
      [0, 0, 1],
      [5, 4, 3, 2, 1],
      [1, 3, 2, 3, 1, 2],
      [9, 1, 8, 2, 7, 3, 6, 4, 5, 0],
    ];
    for (const percentile of [0, 10, 25, 50, 75, 90, 100]) {
      const { of } = percentileMeasure({ percentile, keep: 100 });
      for (const list of lists) {
        const sorted = list.toSorted((a, b) => a - b);
        const rank = (percentile / 100) * (list.length - 1);
        const low = sorted[Math.floor(rank)] ?? Number.NaN;
        const high = sorted[Math.ceil(rank)] ?? Number.NaN;
        expect(of(list, 0, list.length)).toBeCloseTo(low + (high - low) * (rank % 1), 9);
      }
    }
    expect(percentileMeasure({ percentile: 50, keep: 100 }).of([9, 1, 2, 3, 9], 1, 4)).toBe(2);
  });
});
