import { deriveId } from '../../../shared/hash.ts';
import type { Observation } from '../../../shared/observation.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** More than the week after which hours of the week, and hours without anything, are known. */
const days = 10;
/** A counter that was not read for ten minutes is begun anew. */
const readEveryMs = 9 * minuteMs;

/** What once happened while the collector watched, of which the past is made. */
export interface Recorded {
  /** Readings of containers that do nothing, one of each. */
  readonly readings: readonly Observation[];
  /** What happened once a day, twelve hours from the hour that it is now. */
  readonly daily: readonly Observation[];
}

/** Ten days of what was recorded, until half an hour ago: the observations as they were, at other times. In the order of time. */
export function pastOf({ readings, daily }: Recorded, now: number): readonly Observation[] {
  const from = now - days * dayMs;
  const until = now - 30 * minuteMs;
  const past: Observation[] = [];
  for (let at = from; at < until; at += readEveryMs) for (const reading of readings) past.push(movedTo(reading, at));
  for (let day = 0; day < days; day += 1)
    for (const [index, one] of daily.entries()) past.push(movedTo(one, from + day * dayMs + dayMs / 2 + index * 1_000));
  return past.sort((one, other) => one.at - other.at);
}

const movedTo = (observation: Observation, at: number): Observation => ({
  ...observation,
  id: deriveId('past', observation.id, at),
  at,
});
