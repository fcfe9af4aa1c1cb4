import type { Chance } from './chance.ts';

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;

/** Midnight (UTC) of a Monday: every simulation begins there. */
export const beginning = Date.UTC(2026, 2, 2);

export interface Span {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** Hours since midnight, with fractions. */
export const hourOf = (at: number): number => ((at - beginning) % dayMs) / hourMs;
/** 0 Monday … 6 Sunday. */
export const weekdayOf = (at: number): number => Math.floor((at - beginning) / dayMs) % 7;

/** How busy people are: 0.1 at 4 at night, 1 at 16 in the afternoon; at weekends half of that. */
export function busyness(at: number): number {
  const wave = (1 - Math.cos(((hourOf(at) - 4) / 24) * 2 * Math.PI)) / 2;
  return (0.1 + 0.9 * wave) * (weekdayOf(at) >= 5 ? 0.5 : 1);
}

export const isOfficeTime = (at: number): boolean => weekdayOf(at) < 5 && hourOf(at) >= 9 && hourOf(at) < 18;

/** Every so often, the first time within the first interval; each may be late or early by a share of it. */
export function* every(ms: number, { from, to }: Span, chance: Chance, jitter = 0.02): Iterable<number> {
  const phase = chance.between(jitter, 1 - jitter) * ms;
  for (let turn = 0; ; turn += 1) {
    const at = Math.trunc(from + phase + (turn + chance.between(-jitter, jitter)) * ms);
    if (at >= to) return;
    yield at;
  }
}

/**
 * What comes by itself, `perHour` of it at a time, at most `most` of it (P. A. W. Lewis and G. S. Shedler, "Simulation of nonhomogeneous
 * Poisson processes by thinning", 1979).
 */
export function* byItself(
  most: number,
  { from, to }: Span,
  chance: Chance,
  perHour: (at: number) => number = () => most,
): Iterable<number> {
  for (let at = from; ; ) {
    at += chance.exponential(hourMs / most);
    if (at >= to) return;
    if (chance.next() * most < perHour(at)) yield Math.trunc(at);
  }
}

/** Each day at an hour, late by a few minutes at most; on one day of the week alone, where one is given. */
export function* daily(hour: number, { from, to }: Span, chance: Chance, weekday?: number): Iterable<number> {
  for (let day = beginning + Math.floor((from - beginning) / dayMs) * dayMs; day < to; day += dayMs) {
    const at = Math.trunc(day + hour * hourMs + chance.between(0, 3) * minuteMs);
    if (at >= from && at < to && (weekday === undefined || weekdayOf(day) === weekday)) yield at;
  }
}
