import type { GroupState } from './contract.ts';
import type { Entries } from './entries.ts';
import type { Bound } from './spec.ts';

/** What a type of correlation makes of what is in a window. */
export interface Measure {
  /** Kept at most; beyond it, `shrink`. */
  readonly limit: number;
  /** The number that the condition compares, of the entries from one index up to, not including, another. At least one. */
  of(values: GroupState['values'], from: number, to: number): number;
  /** Leaves out what no window that ends at or after the last entry needs, and if that is not enough, what it needs least. */
  shrink(entries: Entries, timespanMs: number): Shrunk;
}

export interface Shrunk extends Entries {
  /** Windows that end earlier are not complete any more. */
  readonly exactFrom: number;
  /** Something is gone that still counted: what is measured is from now on an approximation. */
  readonly isLossy: boolean;
}

/** Entries kept per group at most: a state stays below 60 KiB of JSON. */
export const mostEntries = 1_500;

/** Kept beyond what windows at the end need, so that an event that comes late finds its window whole. */
export const slack = 64;

/** A count of different values that so many decide is exact, whatever comes. */
export const mostDifferent = mostEntries - slack;

/** A count of so many or more decides the condition as any higher one does. */
export function enough(bounds: readonly Bound[]): number {
  const needs = bounds.map(({ op, number }) => (op === 'gte' ? Math.ceil(number) : Math.floor(number) + 1));
  return Math.max(1, ...needs);
}

const compare: Readonly<Record<Bound['op'], (value: number, number: number) => boolean>> = {
  gt: (value, number) => value > number,
  gte: (value, number) => value >= number,
  lt: (value, number) => value < number,
  lte: (value, number) => value <= number,
  eq: (value, number) => value === number,
  neq: (value, number) => value !== number,
};

/** Whether the condition is true of a number. */
export const holds = (bounds: readonly Bound[], value: number): boolean =>
  bounds.every(({ op, number }) => compare[op](value, number));
