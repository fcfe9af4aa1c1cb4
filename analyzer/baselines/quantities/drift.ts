/** Days that are remembered, and the fewest that make a trend. */
export const mostDays = 28;
const fewestDays = 14;
/** Of a normal deviate: one-sided p < 0.0005. */
const significant = 3.29;
/** Growth over the days that is told, and below which it may be told again. */
const told = Math.log(1.5);
const gone = Math.log(1.1);

/** A trend in the logarithms of daily means, oldest first. */
export interface Trend {
  /** Growth over all the days, in nats. */
  readonly growth: number;
  /** Mann–Kendall's normal deviate. */
  readonly z: number;
}

/**
 * Those that were asked for. A list of days becomes another one once a day, and is asked about with each ten minutes that are learned. A cache: such a list
 * is never changed but replaced, and goes with it.
 */
const trends = new WeakMap<readonly number[], Trend>();

/** The trend of a list of days that nobody changes. */
export function trendOf(days: readonly number[]): Trend {
  const known = trends.get(days);
  if (known !== undefined) return known;
  const trend = trendNow(days);
  trends.set(days, trend);
  return trend;
}

/**
 * Whether it rises is what the Mann–Kendall test says (H. B. Mann, "Nonparametric tests against trend", Econometrica 13, 1945, 245–259;
 * M. G. Kendall, "Rank Correlation Methods", 1975), how much the slope of Theil and Sen (P. K. Sen, "Estimates of the regression
 * coefficient based on Kendall's tau", JASA 63, 1968, 1379–1389): the median of the slopes between all pairs of days.
 */
function trendNow(days: readonly number[]): Trend {
  const slopes: number[] = [];
  let s = 0;
  days.forEach((later, j) => {
    days.slice(0, j).forEach((earlier, i) => {
      s += Math.sign(later - earlier);
      slopes.push((later - earlier) / (j - i));
    });
  });
  slopes.sort((a, b) => a - b);
  const n = days.length;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const z = n < 2 || s === 0 ? 0 : (s - Math.sign(s)) / deviation;
  return { growth: (slopes[Math.floor(slopes.length / 2)] ?? 0) * Math.max(0, n - 1), z };
}

export const isDrift = (days: readonly number[]): boolean => {
  if (days.length < fewestDays) return false;
  const { growth, z } = trendOf(days);
  return z >= significant && growth >= told;
};

/** What was told is over: it no longer grows. */
export const hasSettled = (days: readonly number[]): boolean => trendOf(days).growth < gone;
