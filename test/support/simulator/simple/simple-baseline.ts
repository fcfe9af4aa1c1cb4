import type { Observation } from '../../../../shared/observation.ts';

/** A baseline as somebody would write it in an afternoon, to compare with. What it tells has no severity: all of it is taken for medium. */
export interface SimpleBaseline {
  readonly name: string;
  /** What does not fit, as texts for people. */
  take(observation: Observation): readonly string[];
  /** What it would have to store, by workload id. */
  bytes(): ReadonlyMap<string, number>;
}

/** All of them learn for so long from a workload's first observation before they tell anything. */
export const learningMs = 7 * 24 * 3_600_000;

/** When each workload was first seen. */
export function createBeginnings(): (workload: string, at: number) => number {
  const began = new Map<string, number>();
  return (workload, at) => {
    const known = began.get(workload);
    if (known === undefined) began.set(workload, at);
    return known ?? at;
  };
}
