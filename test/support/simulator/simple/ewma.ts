import { createDeviations } from './deviations.ts';
import type { SimpleBaseline } from './simple-baseline.ts';

/** Weight of the newest value, and how many deviations the average may be from the long-run mean: the chart's customary pair. */
const lambda = 0.2;
const limit = 3;

interface Chart {
  count: number;
  average: number;
  mean: number;
  squares: number;
}

/**
 * "EWMA": the control chart of S. W. Roberts ("Control chart tests based on geometric moving averages", Technometrics 1, 1959), around the mean
 * and deviation of what was shown so far: its average may be off by 3 σ √(λ / (2 − λ)).
 */
export const createEwma = (): SimpleBaseline =>
  createDeviations<Chart>('EWMA', {
    begin: (value) => ({ count: 1, average: value, mean: value, squares: 0 }),
    isFar({ count, average, mean, squares }, value) {
      const now = average + lambda * (value - average);
      const deviation = Math.sqrt(squares / Math.max(1, count - 1));
      return Math.abs(now - mean) > limit * deviation * Math.sqrt(lambda / (2 - lambda));
    },
    take(chart, value) {
      chart.count += 1;
      chart.average += lambda * (value - chart.average);
      const before = value - chart.mean;
      chart.mean += before / chart.count;
      chart.squares += before * (value - chart.mean);
    },
    bytes: 32,
  });
