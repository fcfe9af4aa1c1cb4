import type { Observation, ResourceFacts } from '../../../shared/observation.ts';
import type { Unit } from '../../../shared/quantity-state.ts';
import type { FeatureRule } from '../feature.ts';

/**
 * The quantity door: what of a workload is a number. An entry in index.ts says what is measured; when learning ends, what is held back, when
 * it is told and when it has gone back are not its job. Three kinds, judged in three ways: a level that is read (levels.ts), a rate that is
 * counted (rates.ts), and a pattern, the few values that something takes (patterns.ts).
 */
export type Quantity = LevelQuantity | RateQuantity | PatternQuantity;

export interface QuantityRule extends FeatureRule {
  /** Fields that are read, where they say more than the kinds of the observations. */
  readonly reads?: readonly string[];
}

interface AnyQuantity {
  /** Kebab case; part of stored keys, so it never changes. */
  readonly name: string;
  readonly rule: QuantityRule;
}

interface Sighted extends AnyQuantity {
  /** As of a feature: it is of the host. */
  readonly subject?: 'host';
  /** What an observation shows of it; empty when nothing. */
  measures(observation: Observation): readonly Measure[];
}

/** One sighting. */
export interface Measure {
  /** Of a rate how many. */
  readonly value: number;
  /** Of a pattern: which value, in words. */
  readonly text?: string;
  /** Fields of the observation that show it, by name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LevelQuantity extends AnyQuantity {
  readonly kind: 'level';
  readonly unit: Unit;
  /** What a reading says of it; undefined when it does not: a counter that the engine does not have is no zero. */
  value(resources: ResourceFacts): number | undefined;
  /** What is read is a counter: its rise by second is the level. */
  readonly counter: boolean;
  /** So many times what is usual is still usual, above 1. */
  readonly tolerance: number;
  /** Less above what is usual in means of hours is no shift, as a factor above 1. */
  readonly leastShift: number;
  /** The sum of the chart of hours at which it is told: an hour counts for two at most. */
  readonly shiftAt: number;
  /** In its unit. Added to what is compared, so that small numbers do not make large ratios. */
  readonly floor: number;
  /** `used 61 % of its CPU` */
  sentence(amount: string): string;
  /** Its slow rise over weeks is a finding of its own. */
  readonly drift: QuantityRule;
}

export interface RateQuantity extends Sighted {
  readonly kind: 'rate';
  /** Fewer an hour are never told. */
  readonly least: number;
  /** `12 commands were run by exec` */
  sentence(count: number): string;
}

export interface PatternQuantity extends Sighted {
  readonly kind: 'pattern';
  /** Its values are hours of the week, judged as in hours.ts; else each is new or it is not. */
  readonly isTime: boolean;
  sentence(value: string): string;
  /** It is judged by what all workloads of its host show (pooled.ts) while too little is known of its own; a sentence as that one. */
  pooledSentence?(value: string): string;
}
