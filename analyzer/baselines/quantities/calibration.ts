import type { Peak } from '../../../shared/quantity-state.ts';
import { ratePerWeek, rememberedMs, undecidedMs } from '../rate.ts';
import { dayMs, hourMs, hourOf } from './time.ts';

/** Excursions that are remembered. */
const mostPeaks = 16;
/** What came within the day may be of the same intrusion: it makes the next one no more usual. */
const recentMs = dayMs;
/** More than so many that were told lately and that nobody decided about, one a day, are a habit. */
const mostUndecided = 7;

/** A chart that reached its threshold, in the workload that it is of. */
export interface Excursion {
  /** How far it rose so far, in the chart's own measure. */
  readonly score: number;
  /** Scores above that are not told apart. */
  readonly most: number;
  readonly peaks: readonly Peak[];
  /** When watching began, and now. */
  readonly first: number;
  readonly now: number;
}

export interface Calibrated {
  /** As far as this the charts of the workload are expected to rise so many times a week. */
  readonly perWeek: number;
  /** It is further than what this workload shows so often. */
  readonly isTold: boolean;
}

/**
 * How often a chart rises as far as this in normal life is what it did so far: n of its excursions in the time T went as far, taken as Poisson with
 * Jeffreys' prior as novelties are (surprise.ts), so (n + ½)/T a week are expected. That is the rate of false alarms of a cumulative sum (its
 * inverse is the mean run length: E. S. Page, Biometrika 41, 1954; D. Siegmund, "Sequential Analysis", 1985, chapter II), measured instead of
 * calculated, because the readings are neither independent nor normal. A threshold that this workload reaches too often rises until it
 * does not: to the highest of what is remembered at most, beyond which everything is told.
 *
 * @param atMost so many false alarms a week
 */
export function calibrated({ score, most, peaks, first, now }: Excursion, atMost: number): Calibrated {
  const from = Math.max(first, now - rememberedMs);
  const began = undecidedSince(peaks, now);
  const before = peaks.filter(([peak, hour]) => {
    const at = hour * hourMs;
    return at >= from && at <= now - recentMs && at < (began ?? now) && peak >= Math.min(score, most);
  });
  const perWeek = ratePerWeek(before.length, (began ?? now) - from);
  return { perWeek, isTold: perWeek <= atMost || before.length === 0 || score > most };
}

/**
 * Since when there is something that was told and not approved: that, and what came after it, is judged by what was known then, as with items
 * (surprise.ts). undefined: since never, or it is so much that whoever leaves it undecided says that it does not matter.
 */
function undecidedSince(peaks: readonly Peak[], now: number): number | undefined {
  const hours = peaks.flatMap(([, hour, told]) =>
    told !== undefined && hour * hourMs > now - undecidedMs ? [hour] : [],
  );
  return hours.length === 0 || hours.length > mostUndecided ? undefined : Math.min(...hours) * hourMs;
}

/** Remembers an excursion that is over, or that is told: `isTold`, as one that is seldom. What several containers show within an hour is one. */
export function withPeak(
  peaks: readonly Peak[],
  { score, most, at, isTold = false }: { score: number; most: number; at: number; isTold?: boolean },
) {
  const near = peaks.find((peak) => Math.abs(peak[1] - hourOf(at)) <= 1);
  const wasTold = near?.[2] === 'told';
  const height = rounded(Math.min(score, most));
  const isHigher = near === undefined || near[0] < height;
  // By its hour what was told is found again.
  const hour = near !== undefined && (wasTold || !isHigher) ? near[1] : hourOf(at);
  const mine = peakOf(isHigher ? height : near[0], hour, isTold || wasTold);
  const kept = peaks.filter((peak) => peak !== near && peak[1] * hourMs >= at - rememberedMs);
  const all: readonly Peak[] = [...kept, mine];
  if (all.length <= mostPeaks) return all;
  const lowest = all.reduce((low, peak) => (peak[0] < low[0] ? peak : low));
  return all.filter((peak) => peak !== lowest);
}

const peakOf = (height: number, hour: number, isTold: boolean): Peak =>
  isTold ? [height, hour, 'told'] : [height, hour];

/** What was told has gone back: it went further than where it was told. */
export const withRise = (peaks: readonly Peak[], told: number, rise: number, most: number): readonly Peak[] =>
  peaks.map((peak) =>
    isOfHour(peak, told) ? peakOf(rounded(Math.min(peak[0] + rise, most)), peak[1], peak[2] === 'told') : peak,
  );

export const withoutPeakAt = (peaks: readonly Peak[], told: number): readonly Peak[] =>
  peaks.filter((peak) => !isOfHour(peak, told));

const isOfHour = ([, hour]: Peak, at: number): boolean => hour === hourOf(at);

const rounded = (value: number): number => Math.round(value * 10) / 10;
