import { deriveId } from '../../../shared/hash.ts';
import { random } from '../random.ts';

/** Draws of one thing that happens by chance. */
export interface Chance {
  /** From 0 up to 1. */
  next(): number;
  between(low: number, high: number): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  is(probability: number): boolean;
  pick<T>(of: readonly [T, ...T[]]): T;
  /** Time between two of what comes by itself, at `mean` (same unit). */
  exponential(mean: number): number;
  /** Of mean 0 and deviation 1 (G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", 1958). */
  normal(): number;
}

/** Draws that depend on the seed and the names alone: what else is simulated, or in which order, changes nothing of them. */
export function createChance(seed: number, ...names: readonly (string | number)[]): Chance {
  const next = random(Number.parseInt(deriveId('chance', seed, ...names).slice(0, 8), 16));
  const between = (low: number, high: number): number => low + next() * (high - low);
  const whole = (low: number, high: number): number => Math.floor(between(low, high + 1));
  return {
    next,
    between,
    whole,
    is: (probability) => next() < probability,
    pick: (of) => of[whole(0, of.length - 1)] ?? of[0],
    exponential: (mean) => -Math.log(1 - next()) * mean,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
