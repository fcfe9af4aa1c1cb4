import type { Progress } from '../../shared/baseline-state.ts';
import type { Severity } from '../../shared/finding.ts';
import { worstSeverity } from '../../shared/finding.ts';

const weekMs = 7 * 24 * 3_600_000;

/**
 * How many novelties of a kind a workload is expected to show in a week, from what it showed so far.
 *
 * Good–Turing: the next sighting is new with probability N₁/N (I. J. Good, Biometrika 40, 1953). Sightings come at the rate N/T, so novelties
 * come at N₁/T, with N₁ items seen exactly once in the time T; taken as Poisson with Jeffreys' prior (H. Jeffreys, "An invariant form for the
 * prior probability", Proc. R. Soc. A 186, 1946), whose posterior mean is (N₁ + ½)/T. That holds for what draws from the same things all the
 * time; where new ones take the place of old ones for good (addresses behind a name), novelties come as they came lately: D in the latter half
 * of T is (D + ½)/(T/2). The higher of both counts. Told novelties are sightings like others, so that a workload which is always new says
 * so. Infinite while no time has passed.
 *
 * @param news how many items are younger than a time, this one left out
 */
export function noveltiesPerWeek(
  { once, first }: Pick<Progress, 'once' | 'first'>,
  now: number,
  news: (since: number) => number,
): number {
  const weeks = (now - first) / weekMs;
  if (weeks <= 0) return Number.POSITIVE_INFINITY;
  return Math.max((once + 0.5) / weeks, (news(now - (now - first) / 2) + 0.5) / (weeks / 2));
}

/** A deviation of a kind that is expected more seldom than `perWeek` is medium at least; any other is what its feature says. */
export const severityOf = (
  feature: Severity,
  expected: { readonly perWeek: number; readonly atMost: number },
): Severity => (expected.perWeek <= expected.atMost ? worstSeverity(feature, 'medium') : feature);
