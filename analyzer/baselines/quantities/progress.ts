import type { Requirement } from '../../../shared/baseline-state.ts';
import type { QuantityProgress } from '../../../shared/quantity-state.ts';
import { newProbability } from '../coverage.ts';
import { allHours, dayMs, hourMs, hourOf, withHour } from './time.ts';

/** Whoever was watched for so long and never ran at some hour of the day does not run then. */
const weekMs = 7 * dayMs;

export interface Watched {
  readonly from: number;
  readonly to: number;
  /** Readings, or what was counted, in it. */
  readonly sightings: number;
  /** Values seen only once, of a pattern. */
  readonly once?: number;
  /** How likely the next one is new, where that is not to be bounded by those seen only once. */
  readonly chance?: number;
}

export interface Wanted extends Requirement {
  /** Each hour of the day must have been watched, or a week. */
  readonly everyHour?: boolean;
  /** The probability of something new counts too. */
  readonly rare?: boolean;
}

/**
 * Counts what was watched. Learning ends by coverage: of time (so many hours, each hour of the day) and of readings. `newProbability` of a
 * level or a rate bounds the probability that the next one is higher than all before: the rule of three, as of items with none seen once.
 */
export function progressed(
  before: QuantityProgress | undefined,
  { from, to, sightings, once = 0, chance }: Watched,
  wanted: Wanted,
): QuantityProgress {
  const old = before ?? { state: 'learning', since: from, sightings: 0, first: from, last: to, hoursOfDay: 0 };
  const all = old.sightings + sightings;
  const progress: QuantityProgress = {
    state: old.state,
    since: old.since,
    sightings: all,
    once,
    first: Math.min(old.first, from),
    last: Math.max(old.last, to),
    newProbability: chance ?? newProbability(all, once),
    hoursOfDay: withHour(old.hoursOfDay, hourOf(from)),
  };
  return progress.state === 'learning' && isEnough(progress, wanted)
    ? { ...progress, state: 'steady', since: to }
    : progress;
}

function isEnough(progress: QuantityProgress, wanted: Wanted): boolean {
  const span = progress.last - progress.first;
  return (
    progress.sightings >= wanted.observations &&
    span >= wanted.hours * hourMs &&
    (wanted.everyHour !== true || progress.hoursOfDay === allHours || span >= weekMs) &&
    (wanted.rare !== true || progress.newProbability <= wanted.newProbability)
  );
}

/** How many days were watched, at least one: what is known of few days is allowed more. */
export const daysWatched = ({ first, last }: QuantityProgress): number => Math.max(1, (last - first) / dayMs);

/** Nats that a level may lie above what was learned: its tolerance, after one day twice as much, after a week a tenth more. */
export const allowanceOf = (tolerance: number, progress: QuantityProgress): number =>
  Math.log(tolerance) + Math.LN2 / daysWatched(progress);
