import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absorbed,
  added,
  coarse,
  emptySketch,
  faded,
  fine,
  type Grain,
  meanOf,
  merged,
  quantile,
  quantilesOf,
  weightOf,
} from '../../../../../analyzer/baselines/quantities/sketch.ts';

const few: Grain = { ...fine, bins: 5 };
const sketchOf = (values: readonly number[], grain: Grain) =>
  values.reduce((sketch, value) => added(sketch, value, { grain }), emptySketch);
/** Of the sorted values, the one of that rank. */
const exact = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN;

const value = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-5, max: 1e12, noNaN: true }),
  fc.integer({ min: 1, max: 200 }),
);
const values = fc.array(value, { minLength: 1, maxLength: 60 });

describe('a sketch', () => {
  it('gives every quantile within its accuracy', () => {
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(0, 0.25, 0.5, 0.9, 0.99, 1),
        fc.constantFrom(fine, coarse),
        (all, q, grain) => {
          // As many bins as there are values: nothing is collapsed.
          const roomy = { ...grain, bins: 64 };
          const told = quantile(sketchOf(all, roomy), q, roomy) ?? Number.NaN;
          const right = exact(all, q);
          expect(Math.abs(told - right)).toBeLessThanOrEqual(right * grain.accuracy * 1.000_001);
        },
      ),
    );
  });

  it('gives several quantiles in one pass as it gives each', () => {
    const shares = [0, 0.25, 0.5, 0.9, 0.99, 1];
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.constantFrom(few, fine),
        (all, left, grain) => {
          const sketch = faded(sketchOf(all, grain), left);
          const each = shares.flatMap((share) => quantile(sketch, share, grain) ?? []);
          expect(quantilesOf(sketch, shares, grain)).toEqual(each);
        },
      ),
    );
  });

  it('is the same however its values were divided, ordered and merged', () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom(few, fine, coarse), (a, b, grain) => {
        const whole = sketchOf([...a, ...b], grain);
        expect(merged(sketchOf(a, grain), sketchOf(b, grain), grain)).toEqual(whole);
        expect(merged(sketchOf(b, grain), sketchOf(a, grain), grain)).toEqual(whole);
        expect(sketchOf([...b, ...a].reverse(), grain)).toEqual(whole);
      }),
    );
  });

  it('forgets no value, and keeps the high quantiles when bins are collapsed', () => {
    const all = Array.from({ length: 1_000 }, (_, index) => index + 1);
    const sketch = sketchOf(all, few);
    expect(sketch).toHaveLength(1 + 2 * few.bins);
    expect(weightOf(sketch)).toBe(1_000);
    expect(quantile(sketch, 0.99, few)).toBeGreaterThan(990 * 0.98);
    expect(quantile(sketch, 0.99, few)).toBeLessThan(990 * 1.02);
  });

  it('has one bin for what is just below one and what is one', () => {
    expect(sketchOf([0.9, 1], coarse)).toStrictEqual([0, 0, 2]);
    expect(sketchOf([1, 0.9], coarse)).toStrictEqual([0, 0, 2]);
  });

  it('is small as JSON, and the same when read again', () => {
    const sketch = sketchOf(
      Array.from({ length: 5_000 }, (_, index) => (index * 7_919) % 1_000_003),
      fine,
    );
    expect(JSON.stringify(sketch).length).toBeLessThan(600);
    expect(JSON.parse(JSON.stringify(sketch))).toEqual(sketch);
  });

  it('counts nothing where it has seen nothing', () => {
    expect(quantile(emptySketch, 0.5, fine)).toBeUndefined();
    expect(meanOf(emptySketch, fine)).toBe(0);
    expect(quantile(sketchOf([0, 0, 0], fine), 0.99, fine)).toBe(0);
  });

  it('takes what is no amount for zero', () => {
    expect(sketchOf([Number.NaN, -3], fine)).toEqual([2]);
    expect(quantile(sketchOf([Number.POSITIVE_INFINITY], fine), 1, fine)).toBeGreaterThan(1e15);
  });

  it('knows its mean within its accuracy', () => {
    fc.assert(
      fc.property(values, (all) => {
        const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
        expect(Math.abs(meanOf(sketchOf(all, fine), fine) - mean)).toBeLessThanOrEqual(mean * 0.0201);
      }),
    );
  });

  it('forgets by halves, and in the end all', () => {
    const sketch = sketchOf([0, 10, 10, 500], fine);
    expect(weightOf(faded(sketch, 0.5))).toBe(2);
    expect(quantile(faded(sketch, 0.5), 1, fine)).toBe(quantile(sketch, 1, fine));
    expect(faded(sketch, 0.01)).toEqual([0]);
  });

  it('absorbs one of another grain, twice over, within the accuracy of both', () => {
    const coarser = absorbed(emptySketch, sketchOf([0, 10, 100, 100], fine), { to: coarse, of: fine, weight: 2 });
    expect(weightOf(coarser)).toBe(8);
    expect(Math.abs((quantile(coarser, 1, coarse) ?? 0) - 100)).toBeLessThan(12.2);
  });
});
