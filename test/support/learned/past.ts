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

/** Replicas are compared by ten minutes of at least three readings; three times unlike is told, once the next ten minutes are over. */
const mate = { readEveryMs: 3 * minuteMs, forMs: 4 * hourMs, oddForMs: 70 * minuteMs };

/** Two readings of a container that goes on as it does, the earlier one first. */
export type Going = readonly [Observation, Observation];

/** What once happened while the collector watched, of which the past is made. */
export interface Recorded {
  /** Readings of containers that do nothing, one of each. */
  readonly readings: readonly Observation[];
  /** Of each workload, containers of which one took the place of the other, the earlier one first. */
  readonly shifts: readonly (readonly Going[])[];
  /** Of each workload, containers that took each other's place every few days, the earliest first. */
  readonly drifts: readonly (readonly Going[])[];
  /** Readings of replicas, one of each, and one more of the one that became odd. */
  readonly alike: readonly Observation[];
  readonly odd: readonly Observation[];
  /** What happened once a day, twelve hours from the hour that it is now. */
  readonly daily: readonly Observation[];
}

/** Ten days and more of what was recorded, until half an hour ago: the observations as they were, at other times. In the order of time. */
export function pastOf({ readings, shifts, drifts, alike, odd, daily }: Recorded, now: number): readonly Observation[] {
  const from = now - days * dayMs;
  const until = now - 30 * minuteMs;
  const past: Observation[] = [
    ...readings.flatMap((reading) => times(from, until).map((at) => movedTo(reading, at))),
    ...shifts.flatMap((steps) => inTurn(steps, { from, until, nthAt: (at) => (at < until - shiftedMs ? 0 : 1) })),
    ...drifts.flatMap((steps) => {
      const first = now - risingDays * dayMs;
      return inTurn(steps, { from: first, until, nthAt: (at) => Math.floor((at - first) / (daysOfStep * dayMs)) });
    }),
    ...alike.flatMap((reading) => {
      const own = odd.find(({ container }) => container?.id === reading.container?.id) ?? reading;
      return times(until - mate.forMs, until, mate.readEveryMs).map((at) =>
        movedTo(at < until - mate.oddForMs ? reading : own, at),
      );
    }),
  ];
  for (let day = 0; day < days; day += 1)
    for (const [index, one] of daily.entries()) past.push(movedTo(one, from + day * dayMs + dayMs / 2 + index * 1_000));
  return past.sort((one, other) => one.at - other.at);
}

const times = (from: number, until: number, everyMs: number = readEveryMs): readonly number[] =>
  Array.from({ length: Math.ceil((until - from) / everyMs) }, (_, nth) => from + nth * everyMs);

interface Turns {
  readonly from: number;
  readonly until: number;
  /** Whose turn it is; the last one stays. */
  readonly nthAt: (at: number) => number;
}

const inTurn = (steps: readonly Going[], { from, until, nthAt }: Turns): readonly Observation[] =>
  times(from, until).flatMap((at) => {
    const step = steps[Math.min(steps.length - 1, nthAt(at))];
    return step === undefined ? [] : [goneOn(step, at, at - from)];
  });

const counters = ['network_rx_bytes', 'network_tx_bytes', 'block_read_bytes', 'block_write_bytes'] as const;

/** The later one at another time; its counters grew so long as they did between the two. */
function goneOn([earlier, later]: Going, at: number, forMs: number): Observation {
  const { resources } = later;
  if (resources === undefined) return movedTo(later, at);
  const share = forMs / (later.at - earlier.at);
  const grown = counters.flatMap((name): [string, number][] => {
    const [before, after] = [earlier.resources?.[name], resources[name]];
    return before === undefined || after === undefined ? [] : [[name, Math.round((after - before) * share)]];
  });
  return { ...movedTo(later, at), resources: { ...resources, ...Object.fromEntries(grown) } };
}

const movedTo = (observation: Observation, at: number): Observation => ({
  ...observation,
  id: deriveId('past', observation.id, at),
  at,
});
