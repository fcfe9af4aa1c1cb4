import type { PatternMemory, PatternValue } from '../../../shared/quantity-state.ts';
import { dayMs, dayOf, placeInWeek } from './time.ts';

/**
 * The hours that are told apart: those of a week, or, where it takes too long until each of them was seen, those of a day; and how far apart two may
 * be to be near. What runs by a clock may be early or late; where few were seen, people may come a little earlier or later than they did so far.
 */
const resolutions = [
  { hours: 24, near: 2 },
  { hours: 168, near: 1 },
] as const;
type Resolution = (typeof resolutions)[number];

/** What was told within so many days and nobody decided about may all be of one intrusion; more than so many of them, one a day, are a habit. */
const undecidedDays = 7;
const mostUndecided = 7;
/** Told today or yesterday. */
const recentDays = 1;

export interface Unusual {
  /** Of all that is seen, the share expected at a time that none before was near to. */
  readonly chance: number;
  /** So many such are expected in a week. */
  readonly perWeek: number;
}

/**
 * Whether an hour of the week is unusual: nothing that is known came at it, nor near to it. How much that says follows from leaving one out (H. Ney, U. Essen, R. Kneser, "On the estimation of 'small' probabilities by
 * leaving-one-out", IEEE Transactions on Pattern Analysis and Machine Intelligence 17(12), 1995, 1202–1212, which for equal items is
 * Good–Turing's estimate): s of N sightings, had each been the last, would have been unusual by all the others, so the next one is with probability
 * (s + ½)/(N + 1), and (s + ½)/T come in a week. Where they come at any hour, s is large, and nothing is unusual. Sightings of one day near to each
 * other are one visit, and no support of one another.
 *
 * @param atMost such a chance
 */
export function unusualHour(
  { known, novel, progress }: Pick<PatternMemory, 'known' | 'novel' | 'progress'>,
  value: string,
  { atMost, now }: { readonly atMost: number; readonly now: number },
): Unusual | undefined {
  const first = progress.steady?.first ?? now;
  const began = undecidedSince(novel, now);
  const weeks = (Math.min(began ?? now, now) - first) / (7 * dayMs);
  const told = novel.filter(([, , day]) => day < dayOf(now) - recentDays && day * dayMs < (began ?? now)).length;
  for (const resolution of resolutions) {
    const { chance, alone } = chanceOfHours(known, resolution);
    if (!isNearAny(known, value, resolution) && chance <= atMost && weeks > 0)
      return { chance, perWeek: (alone + told + 0.5) / weeks };
  }
  return undefined;
}

/** Since when there are hours that were told and not approved: by what was known then the next ones are judged. undefined: since never, or they are a habit. */
function undecidedSince(novel: readonly PatternValue[], now: number): number | undefined {
  const days = novel.flatMap(([, , day]) => (day > dayOf(now) - undecidedDays ? [day] : []));
  return days.length === 0 || days.length > mostUndecided ? undefined : Math.min(...days) * dayMs;
}

/** Whether that hour of the week was told today or yesterday. */
export const wasToldLately = (novel: readonly PatternValue[], value: string, now: number): boolean =>
  novel.some(([other, , , last]) => other === value && last >= dayOf(now) - recentDays);

/** Whether anything known came on any day near to an hour. */
export const isNearKnown = (known: readonly PatternValue[], value: string): boolean =>
  isNearAny(known, value, resolutions[0]);

const isNearAny = (known: readonly PatternValue[], value: string, resolution: Resolution): boolean =>
  known.some(([other]) => isNearTo(other, value, resolution));

/** How likely the next sighting is at an unusual hour of the day. */
export const chanceOfUnusual = (known: readonly PatternValue[]): number => chanceOfHours(known, resolutions[0]).chance;

function chanceOfHours(known: readonly PatternValue[], resolution: Resolution) {
  let sightings = 0;
  let alone = 0;
  for (const one of known) {
    sightings += weeksOf(one);
    if (one[2] === one[3] && !known.some((other) => supports(other, one, resolution))) alone += 1;
  }
  return { chance: (alone + 0.5) / (sightings + 1), alone };
}

/** So few days say nothing about the hours of a day, however near to each other their sightings are. */
const fewestDays = 4;

/**
 * How likely it were that all sightings keep to so small a part of the day, if each of n days had one at any hour: all of n points on a circle lie
 * within one arc of the share a ≤ ½ of it with the probability n · aⁿ⁻¹ (W. L. Stevens, "Solution to a geometrical problem in probability", Annals of
 * Eugenics 9, 1939, 315–320; for longer arcs that is a bound). Days, not sightings: those of one day are not independent. 1 for fewer than four days.
 */
export function chanceOfKeeping(known: readonly PatternValue[]): number {
  const days = new Set(known.flatMap(([, , first, last]) => [first, last])).size;
  if (days < fewestDays) return 1;
  const hours = [...new Set(known.map(([value]) => placeInWeek(value) % 24))].sort((a, b) => a - b);
  const [earliest = 0] = hours;
  // Between the beginnings of two hours that follow each other, round the day; the longest of these is what they keep away from.
  const gaps = hours.map((hour, index) => (hours[index + 1] ?? earliest + 24) - hour);
  return Math.min(1, days * ((25 - Math.max(...gaps)) / 24) ** (days - 1));
}

/** Days on which an hour of the week was seen, at most. */
const weeksOf = ([, count, first, last]: PatternValue): number => Math.min(count, 1 + Math.floor((last - first) / 7));

/** One near to it that was not of the same visit, which may be over midnight. */
const supports = (other: PatternValue, one: PatternValue, resolution: Resolution): boolean =>
  isNearTo(other[0], one[0], resolution) &&
  (distance(other[0], one[0], 168) > resolution.near || other[2] < one[2] - 1 || other[3] > one[2] + 1);

const isNearTo = (a: string, b: string, { hours, near }: Resolution): boolean => distance(a, b, hours) <= near;

/** Hours between two of them, round the day or the week. */
function distance(a: string, b: string, hours: Resolution['hours']): number {
  const apart = Math.abs(placeInWeek(a) - placeInWeek(b)) % hours;
  return Math.min(apart, hours - apart);
}
