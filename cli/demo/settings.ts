import type { Config } from '../../shared/config/schema.ts';

/**
 * Baselines as if time ran thousands of times as fast, for the demo and for tests on a real engine: what takes a day of a workload's life is learned
 * in eleven seconds of it. For looking, never for a host that somebody relies on: so little says nothing about what is normal.
 */
export const acceleratedBaselines = {
  /** Instead of 50. */
  minimumObservations: 8,
  /** 10.8 s, instead of a day. A slot, in which sightings count once, is 1.35 s then, and what is seldom seen is learned after 13.4 s without anything new. */
  minimumHours: 0.003,
  /** Instead of 5 %, for which eight sightings would not do. */
  newProbability: 0.6,
  /** Nothing is learned apart right after a start: it would be all of a demo. */
  startupSeconds: 0,
  /** One in six seconds, instead of one a week: after so short a time nothing can be known to come more seldom, and none would be medium. */
  mediumPerWeek: 100_000,
} satisfies Partial<Config['baselines']>;
