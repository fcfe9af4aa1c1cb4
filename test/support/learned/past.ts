import { deriveId } from '../../../shared/hash.ts';
import type { Observation } from '../../../shared/observation.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** More than the week after which hours of the week, and hours without anything, are known. */
const days = 10;
/** A slow rise shows itself in the means of fourteen days, in steps of which none is a shift. */
const risingDays = 17;
const daysOfStep = 4;
/** A shift shows itself in the means of five hours. */
const shiftedMs = 8 * hourMs;
/** A counter that was not read for ten minutes is begun anew, and after half an hour nothing is judged. */
const readEveryMs = 9 * minuteMs;

/** What once happened while the collector watched, of which the past is made. */
export interface Recorded {
  /** Readings of containers that do nothing, one of each. */
  readonly readings: readonly Observation[];
  /** Readings of containers of which one took the place of the other, of the earlier one first. */
  readonly shift: readonly Observation[];
  /** Readings of containers that took each other's place every few days, of the earliest first. */
  readonly drift: readonly Observation[];
  /** What happened once a day, twelve hours from the hour that it is now. */
  readonly daily: readonly Observation[];
}

/** Ten days and more of what was recorded, until half an hour ago: the observations as they were, at other times. In the order of time. */
export function pastOf(
  { readings, shift: [before, after], drift, daily }: Recorded,
  now: number,
): readonly Observation[] {
  const from = now - days * dayMs;
  const until = now - 30 * minuteMs;
  const past: Observation[] = [...risen(drift, now - risingDays * dayMs, until)];
  for (let at = from; at < until; at += readEveryMs) {
    const current = at < until - shiftedMs ? before : after;
    for (const reading of [...readings, ...(current === undefined ? [] : [current])]) past.push(movedTo(reading, at));
  }
  for (let day = 0; day < days; day += 1)
    for (const [index, one] of daily.entries()) past.push(movedTo(one, from + day * dayMs + dayMs / 2 + index * 1_000));
  return past.sort((one, other) => one.at - other.at);
}

function risen(steps: readonly Observation[], from: number, until: number): readonly Observation[] {
  const past: Observation[] = [];
  for (let at = from; at < until; at += readEveryMs) {
    const step = steps[Math.min(steps.length - 1, Math.floor((at - from) / (daysOfStep * dayMs)))];
    if (step !== undefined) past.push(movedTo(step, at));
  }
  return past;
}

const movedTo = (observation: Observation, at: number): Observation => ({
  ...observation,
  id: deriveId('past', observation.id, at),
  at,
});
