/** Gaps between contacts that are remembered, and the fewest that say anything. */
export const mostGaps = 16;
const fewestGaps = 8;
/** So unlikely contacts that come by themselves must be to lie so evenly. */
const atMost = 1e-6;

/** How the contacts of one container with one destination lie in time. */
export interface Contacts {
  readonly isRegular: boolean;
  /** How many were looked at, and the mean of the time between two, s. */
  readonly count: number;
  readonly everyS: number;
}

/**
 * How likely contacts that come by themselves (a Poisson process) lie at least as evenly as these. Of n gaps, xᵢ the share of the whole time that each
 * takes, Greenwood's statistic is G = ∑ xᵢ² (M. Greenwood, "The statistical study of infectious diseases", JRSS 109, 1946, 85–110), 1/n where all are
 * alike. Shares of such gaps are uniform on the simplex (L. Holst, "On the lengths of the pieces of a stick broken at random", J. Appl. Prob. 17,
 * 1980), so that P(G ≤ g) is the part of the simplex that lies in the ball of radius r = √(g − 1/n) about its middle, of d = n − 1 dimensions:
 *
 *   p = V_d · r^d · d! / √n
 *
 * exact as long as the ball lies within the simplex (a coefficient of variation √n · r of at most 1/√(n − 1)), an upper bound beyond.
 *
 * @param gaps above 0, in any unit
 */
export function chanceOfEven(gaps: readonly number[]): number {
  const n = gaps.length;
  const all = gaps.reduce((sum, gap) => sum + gap, 0);
  if (n < 2 || all <= 0) return 1;
  const spread = gaps.reduce((sum, gap) => sum + (gap / all - 1 / n) ** 2, 0);
  const radius = Math.sqrt(spread);
  let p = ballVolume(n - 1) / Math.sqrt(n);
  for (let k = 1; k < n; k += 1) p *= k * radius;
  return Math.min(1, p);
}

/**
 * Undefined where they are too few to say.
 *
 * @param gaps s
 */
export function contactsOf(gaps: readonly number[]): Contacts | undefined {
  if (gaps.length < fewestGaps) return undefined;
  const everyS = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  return { isRegular: chanceOfEven(gaps) <= atMost, count: gaps.length + 1, everyS };
}

/** Of radius 1. */
const ballVolume = (dimensions: number): number =>
  dimensions === 0 ? 1 : dimensions === 1 ? 2 : ((2 * Math.PI) / dimensions) * ballVolume(dimensions - 2);
