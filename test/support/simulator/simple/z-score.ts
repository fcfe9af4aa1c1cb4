import { createDeviations } from './deviations.ts';
import type { SimpleBaseline } from './simple-baseline.ts';

/** Further than so many standard deviations from the mean is told. */
const limit = 3;

interface Moments {
  count: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
}

/**
 * "z-score": mean and standard deviation of everything a workload ever showed of a quantity (B. P. Welford, "Note on a method for calculating
 * corrected sums of squares and products", Technometrics 4, 1962).
 */
export const createZScore = (): SimpleBaseline =>
  createDeviations<Moments>('z-score', {
    begin: (value) => ({ count: 1, mean: value, squares: 0 }),
    isFar: ({ count, mean, squares }, value) =>
      Math.abs(value - mean) > limit * Math.sqrt(squares / Math.max(1, count - 1)),
    take(moments, value) {
      moments.count += 1;
      const before = value - moments.mean;
      moments.mean += before / moments.count;
      moments.squares += before * (value - moments.mean);
    },
    bytes: 24,
  });
