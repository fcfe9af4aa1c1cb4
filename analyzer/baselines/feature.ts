import type { Severity } from '../../shared/finding.ts';
import type { Observation, ObservationKind, WorkloadRef } from '../../shared/observation.ts';
import type { Piece } from './fold-shape.ts';
import type { Compared } from './replicas/compare.ts';
import type { Contacts } from './rhythm/regular.ts';

/**
 * The feature door: a file under features/ that says what one dimension of normal behaviour is, and a line in features/index.ts.
 * A feature *learns* and *judges*, purely: when learning ends, what is held back, what was told before, ids and times are not its job.
 */
export interface Feature {
  /** Kebab case; part of stored keys, so it never changes. */
  readonly name: string;
  readonly rule: FeatureRule;
  /** `one`: how long a container has run makes no difference, so what it shows right after its start is not learned apart. */
  readonly phases?: 'one';
  /** It is of the host as a workload of its own, whoever shows it: a container, or the engine itself. Default: of the observation's workload. */
  readonly subject?: 'host';
  /** It is asked once the others were, about what comparing its container with its siblings says, if anything. */
  readonly compares?: true;
  /** What there is to learn from an observation, none twice; empty when it shows nothing of this feature. */
  learns(observation: Observation, surroundings: Surroundings): readonly Item[];
  /** What an item may be written with and be the same all the same, where that is learned of the items themselves. */
  readonly endings?: {
    /** Those that items make out, by their texts. */
    of(known: readonly string[]): readonly string[];
    /** The item without one; undefined where it has none. */
    without(observation: Observation, endings: readonly string[]): Item | undefined;
    /** So many are kept. */
    readonly most: number;
  };
  /** Whether an item is what a new image version may well bring, so that it says little in its first day. Default: none is. Not what is risky in kind. */
  brings?(item: Item): boolean;
  /** Whether an item fits what is known; a verdict when it does not. Asked only once learning has ended. */
  judges(item: Item, known: Known): Verdict | undefined;
  /** One sentence on novelty while learning, for the quiet digest: `3 commands run for the first time`. */
  digests(count: number): string;
}

/** The stratum of what is not special: how usual a new one is, is asked among all that its feature shows. */
export const usualStratum = 'usual';

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
  /** What it was before anything in it was generalised: kept of its first sighting, for people. */
  readonly example?: string;
  /**
   * The same as it would be learned of an observation that says less. Once learning has ended, what is known only so is that: nothing is told of it, and the
   * item itself is not learned, as whoever is observed may have chosen what else the observation says.
   */
  readonly formerly?: Item;
  /**
   * What the text is made of, and where the workload may vary; without it, the item never folds with others. Only of a feature that judges by
   * novelty alone.
   */
  readonly pieces?: readonly Piece[];
  /**
   * Of a feature whose items are of very different kinds, the kind: how usual a new one is, is asked among its own. A fixed few, not chosen by who
   * is observed, as each may bring its own findings of medium.
   */
  readonly stratum?: string;
  /** Limits on how many findings of such items a day brings once learning has ended; without them each item is told once. */
  readonly limits?: readonly Limit[];
}

/** At most so many findings a day of items that have this text in common. The rest is counted in the digest and not remembered. */
export interface Limit {
  readonly of: string;
  readonly most: number;
}

/** What a workload is known to do in the phase that an item was seen in. */
export interface Known {
  has(key: string): boolean;
  /** Upper bound of the probability that the next sighting is new, as learned. */
  readonly newProbability: number;
  /** By the name that a sentence calls it. */
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
  /** Workload of the container on the other side of a connection, when it is one of this host. */
  readonly sibling?: WorkloadRef | undefined;
  /** Images of the workload that are remembered, oldest first. */
  readonly versions?: readonly ImageVersion[] | undefined;
  /** What a comparison of its container with its siblings says. */
  readonly compared?: readonly Compared[];
  /** How its contacts with that destination lie in time, where they are enough to say and it is outside this host. */
  readonly contacts?: Contacts | undefined;
  /** That destination as it is learned, made once for all that ask; absent where it is not known yet. */
  readonly destination?: Item | undefined;
}

export interface ImageVersion {
  /** Image id. */
  readonly image: string;
  /** As the container's maker wrote it. */
  readonly name: string;
}
