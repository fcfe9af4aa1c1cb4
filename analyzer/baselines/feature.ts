import type { Severity } from '../../shared/finding.ts';
import type { Observation, ObservationKind, WorkloadRef } from '../../shared/observation.ts';

/**
 * The feature door: a file under features/ that says what one dimension of normal behaviour is, and a line in features/index.ts.
 * A feature *learns* and *judges*, purely: when learning ends, what is held back, what was told before, ids and times are not its job.
 */
export interface Feature {
  /** Kebab case; part of stored keys, so it never changes. */
  readonly name: string;
  readonly rule: FeatureRule;
  /** What there is to learn from an observation, none twice; empty when it shows nothing of this feature. */
  learns(observation: Observation, surroundings: Surroundings): readonly Item[];
  /** Whether an item fits what is known; a verdict when it does not. Asked only once learning has ended. */
  judges(item: Item, known: Known): Verdict | undefined;
  /** One sentence on novelty while learning, for the quiet digest: `3 commands run for the first time`. */
  digests(count: number): string;
}

/** What a feature's findings say of their rule. */
export interface FeatureRule {
  /** A fixed UUID. */
  readonly id: string;
  readonly title: string;
  readonly catalogue: readonly string[];
  readonly severity: Severity;
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  /** Tier of coverage that the observations come from. */
  readonly tier: string;
  /** Kinds of the observations that are learned from. */
  readonly kinds: readonly ObservationKind[];
  /** What of its rows only a deeper tier shows. */
  readonly misses?: string;
}

/** One thing that a workload does. */
export interface Item {
  /** Canonical text: equal keys are the same behaviour. Any length; stored as a hash. */
  readonly key: string;
  /** The same for people. */
  readonly text: string;
  /** Fields of the observation that show it, by name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a workload is known to do in the phase that an item was seen in. */
export interface Known {
  has(key: string): boolean;
  /** Upper bound of the probability that the next sighting is new, as learned. */
  readonly newProbability: number;
  readonly workload: WorkloadRef;
}

/** Why an item does not fit. */
export interface Verdict {
  /** 0…1: how surprising. */
  readonly score: number;
  /** For a person: what happened that never did before. */
  readonly sentence: string;
}

/** What the stage knows beside the observation. */
export interface Surroundings {
  /** Workload of the container behind the destination address, when it is one of this host. */
  readonly sibling?: WorkloadRef;
}
