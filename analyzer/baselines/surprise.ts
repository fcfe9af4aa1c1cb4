import type { Progress } from '../../shared/baseline-state.ts';
import type { Severity } from '../../shared/finding.ts';
import { worstSeverity } from '../../shared/finding.ts';

const weekMs = 7 * 24 * 3_600_000;

/**
 * How many novelties of a kind a workload is expected to show in a week, from what it showed so far.
 *
 * Good–Turing: the next sighting is new with probability N₁/N (I. J. Good, Biometrika 40, 1953). Sightings come at the rate N/T, so novelties
 * come at N₁/T, with N₁ items seen exactly once in the time T; taken as Poisson with Jeffreys' prior (H. Jeffreys, "An invariant form for the
 * prior probability", Proc. R. Soc. A 186, 1946), whose posterior mean is (N₁ + ½)/T. Told novelties are sightings like others, so that a
 * workload which is always new says so. Infinite while no time has passed.
 */
export function noveltiesPerWeek({ once, first }: Pick<Progress, 'once' | 'first'>, now: number): number {
  const weeks = (now - first) / weekMs;
  return weeks <= 0 ? Number.POSITIVE_INFINITY : (once + 0.5) / weeks;
}

/** A deviation of a kind that is expected more seldom than `perWeek` is medium at least; any other is what its feature says. */
export const severityOf = (
  feature: Severity,
  expected: { readonly perWeek: number; readonly atMost: number },
): Severity => (expected.perWeek <= expected.atMost ? worstSeverity(feature, 'medium') : feature);
