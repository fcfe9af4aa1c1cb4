import type { Requirement } from '../../shared/baseline-state.ts';

/** How baselines learn; from the configuration. */
export interface BaselineOptions {
  readonly enabled: boolean;
  readonly minimumObservations: number;
  readonly minimumHours: number;
  /** Learning ends when the next item is new with at most this probability (upper bound). */
  readonly newProbability: number;
  /** What a container does so soon after its start is learned apart. */
  readonly startupSeconds: number;
  /** A deviation is medium where the like is expected at most so often a week, of its kind and of all that its workload shows; any other is what its feature says. */
  readonly mediumPerWeek: number;
  /** So much the items of one workload may take as they are stored, those of one feature a quarter of it; beyond, it is too large. */
  readonly kilobytesPerWorkload: number;
}

/**
 * One for all of the same options, so that what has not changed is the same object. A cache: options are never changed, and what is made of them is equal
 * with and without.
 */
const requirements = new WeakMap<BaselineOptions, Requirement>();

/** What ends learning. */
export function needsOf(options: BaselineOptions): Requirement {
  const known = requirements.get(options);
  if (known !== undefined) return known;
  const { minimumObservations, minimumHours, newProbability } = options;
  const needs = { observations: minimumObservations, hours: minimumHours, newProbability };
  requirements.set(options, needs);
  return needs;
}
