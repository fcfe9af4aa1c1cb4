import type { Observation } from '../../../shared/observation.ts';
import { containersOf } from './loads.ts';
import type { Going, Recorded } from './past.ts';
import { alike, odd } from './siblings.ts';
import { isReadingOf, type Needs } from './stack.ts';

const isOf = ({ workload }: Observation, service: string): boolean => workload?.name === `shop/${service}`;
const isExec = ({ kind, event, exec }: Observation, interactive: boolean): boolean =>
  kind === 'exec' &&
  event.action === 'exec_start' &&
  exec?.command === 'true' &&
  (exec.open_stdin ?? false) === interactive;
const isEnd = ({ kind, event, docker }: Observation, code: string): boolean =>
  kind === 'container_lifecycle' && event.action === 'die' && docker?.attributes?.exitCode === code;

/** What is needed of a day, the first of each. */
const needed = {
  readings: {
    'a reading of miner': (one) => isReadingOf(one, 'miner'),
    'a reading of mover': (one) => isReadingOf(one, 'mover'),
  },
  alike,
  odd,
  daily: {
    'an exec': (one) => isOf(one, 'worker') && isExec(one, false),
    'an interactive exec': (one) => isOf(one, 'worker') && isExec(one, true),
    'a connection': (one) =>
      isOf(one, 'worker') && one.network?.direction === 'egress' && one.network.first_time === true,
    'a start': (one) => isOf(one, 'job') && one.kind === 'container_lifecycle' && one.event.action === 'start',
    'an end': (one) => isOf(one, 'job') && isEnd(one, '0'),
    'a failure': (one) => isOf(one, 'job') && isEnd(one, '1'),
  },
} as const satisfies Record<string, Needs>;

/** Those that took each other's place, by workload. */
const shifts = (['keeper', 'sender'] as const).map(containersOf);
const drifts = (['grower', 'teller'] as const).map(containersOf);

/** The first reading shows the start as well; over so long counters grow by what they grow by. */
const leastMs = 9_000;

function goingOf(observations: readonly Observation[], name: string): Going | undefined {
  const readings = observations.filter((one) => isReadingOf(one, name)).sort((one, other) => one.at - other.at);
  const [earlier, later] = [readings[1], readings.at(-1)];
  if (earlier === undefined || later === undefined || later.at - earlier.at < leastMs) return undefined;
  return [earlier, later];
}

/** What of a day was not seen yet, for people. */
export const missingIn = (observations: readonly Observation[]): readonly string[] => [
  ...Object.values<Needs>(needed).flatMap((which) =>
    Object.entries(which).flatMap(([name, isIt]) => (observations.some(isIt) ? [] : [name])),
  ),
  ...[...shifts, ...drifts]
    .flat()
    .flatMap((name) => (goingOf(observations, name) === undefined ? [`${name} at work`] : [])),
];

/** What is needed of a day of which nothing is missing. */
export function recordedOf(observations: readonly Observation[]): Recorded {
  const first = (which: Needs) => Object.values(which).flatMap((isIt) => observations.find(isIt) ?? []);
  const going = (names: readonly string[]): readonly Going[] =>
    names.map((name) => goingOf(observations, name)).filter((one) => one !== undefined);
  return {
    readings: first(needed.readings),
    shifts: shifts.map(going),
    drifts: drifts.map(going),
    alike: first(needed.alike),
    odd: first(needed.odd),
    daily: first(needed.daily),
  };
}
