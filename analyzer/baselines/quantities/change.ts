/** A chart that has risen above zero. */
export interface Chart {
  /** Evidence, in nats times minutes. */
  readonly sum: number;
  /** When it began to rise, ms since the epoch. */
  readonly since: number;
  /** Minutes since, and what was read in them times minutes. */
  readonly minutes: number;
  readonly area: number;
  /** The highest that `scoreOf` was since, once it was a change. */
  readonly peak?: number | undefined;
}

export interface ChartReading {
  readonly at: number;
  readonly value: number;
  /** What 99 % of the readings were below, and what is added to both. */
  readonly reference: number;
  readonly floor: number;
  /** Nats that a value may lie above the reference. */
  readonly allowance: number;
  /** Minutes that it stands for. */
  readonly minutes: number;
}

/** No reading counts for more than so much in a minute, either way: one value, however high, is no change. */
const mostPerMinute = 1;
/** Five minutes far above the reference. */
const threshold = 5;
/** What rises is not learned, so it may not rise for ever: then it is a change however slowly it rises, or none. */
const longestMs = 2 * 3_600_000;

/**
 * A one-sided cumulative sum (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954, 100–115) of how far the readings lie above what
 * was learned, with each term bounded (J. M. Lucas, R. B. Crosier, "Robust CUSUM", Communications in Statistics – Theory and Methods 11(23),
 * 1982, 2669–2687):
 *
 *   S ← max(0, S + Δt · clip(ln((x + f) / (U + f)) − k, −1, 1)),   told at S ≥ 5
 *
 * x the reading, U the reference, f the floor, k the allowance, Δt in minutes: told after five minutes of readings that are e^(k+1) times
 * the reference, later where they are less. Undefined when it is back at zero.
 *
 * One that neither got there nor fell to zero in two hours is told too: as r ≥ 1 + clip(ln r, −1, 1), the mean of what was read since is then
 * above e^k times the reference, floor added. Only where the reference rose meanwhile may it not be above that of now: then the chart begins anew.
 */
export function advanced(chart: Chart | undefined, reading: ChartReading): Chart | undefined {
  const { at, value, reference, floor, allowance, minutes } = reading;
  const excess = (level: number): number => Math.log((level + floor) / (reference + floor)) - allowance;
  const term = Math.max(-mostPerMinute, Math.min(mostPerMinute, excess(value))) * minutes;
  const sum = Math.max(0, (chart?.sum ?? 0) + term);
  if (sum === 0) return undefined;
  const from: Chart = chart ?? { sum: 0, since: at - minutes * 60_000, minutes: 0, area: 0 };
  const risen: Chart = {
    sum: rounded(sum),
    since: from.since,
    minutes: rounded(from.minutes + minutes),
    area: rounded(from.area + value * minutes),
  };
  const peak = isChange(risen, at) ? Math.max(from.peak ?? 0, rounded(scoreOf(risen, at))) : from.peak;
  const after: Chart = peak === undefined ? risen : { ...risen, peak };
  return sum < threshold && hasLasted(after, at) && excess(levelOf(after)) <= 0 ? undefined : after;
}

/** `at` is the time of the reading that the chart was advanced by. */
export const isChange = (chart: Chart | undefined, at: number): chart is Chart =>
  chart !== undefined && (chart.sum >= threshold || hasLasted(chart, at));

/** How far it rose: its sum, or what its length amounts to, the threshold in two hours. */
export const scoreOf = ({ sum, since }: Chart, at: number): number =>
  Math.max(sum, (threshold * (at - since)) / longestMs);

/** Scores above that are not told apart: an hour far above the reference. */
export const mostScore = 60;

const hasLasted = ({ since }: Chart, at: number): boolean => at - since >= longestMs;

/** Mean of what was read since the chart began to rise. */
export const levelOf = ({ area, minutes }: Chart): number => (minutes > 0 ? area / minutes : 0);

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
