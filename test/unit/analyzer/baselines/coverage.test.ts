import { describe, expect, it } from 'vitest';
import { newProbability } from '../../../../analyzer/baselines/coverage.ts';

describe('how likely the next sighting is new', () => {
  it('is certain before anything was seen', () => {
    expect(newProbability(0, 0)).toBe(1);
  });

  /** Garwood's exact upper limits (one-sided 95 %) for 0, 1, 2, 5 and 10 events. */
  it.each([
    [0, 2.996],
    [1, 4.744],
    [2, 6.296],
    [5, 10.513],
    [10, 16.962],
  ])('bounds the mean behind %i items seen once as the exact limit does, within 1 %%', (once, exact) => {
    expect(newProbability(1_000, once) * 1_000).toBeGreaterThan(exact * 0.99);
    expect(newProbability(1_000, once) * 1_000).toBeLessThan(exact * 1.01);
  });

  it('needs about 60 sightings of what is known to get to 5 %', () => {
    expect(newProbability(55, 0)).toBeGreaterThan(0.05);
    expect(newProbability(60, 0)).toBeLessThanOrEqual(0.05);
  });

  it('stays high while one sighting in ten is new', () => {
    expect(newProbability(1_000, 100)).toBeGreaterThan(0.1);
  });
});
