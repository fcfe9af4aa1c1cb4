import { type Load, wandering, withMore } from '../load.ts';
import { byItself, minuteMs, type Span } from '../times.ts';
import type { Running } from '../world.ts';

export interface Jobs {
  /** Names the draws. */
  readonly name: string;
  /** At the busiest time. */
  readonly perHour: number;
  /** How long one takes, at least and at most. */
  readonly minutes: readonly [number, number];
  /** Share of them that come at a time; default: all. */
  readonly when?: (at: number) => number;
}

/** The jobs of a container, by their start: the same every time they are asked for. */
function* jobsOf(running: Running, { name, perHour, minutes, when = () => 1 }: Jobs): Iterable<Span> {
  const chance = running.chance('length', name);
  const starts = byItself(perHour, running, running.chance('starts', name), (at) => perHour * when(at));
  for (const from of starts) yield { from, to: from + chance.between(...minutes) * minuteMs };
}

export function* jobStarts(running: Running, jobs: Jobs): Iterable<number> {
  for (const { from } of jobsOf(running, jobs)) yield from;
}

/** The load of a container that has something to do as long as a job lasts. */
export function jobsLoad(
  running: Running,
  jobs: Jobs,
  { idle, each }: { readonly idle: Load; readonly each: Load },
): (at: number) => Load {
  const coming = jobsOf(running, jobs)[Symbol.iterator]();
  let next = coming.next();
  let under: Span[] = [];
  const varies = wandering(running.chance('jobs load'), 0.15, 0.5);
  const rests = wandering(running.chance('idle load'), 0.1, 0.9);
  return (at) => {
    for (; next.done !== true && next.value.from <= at; next = coming.next()) under.push(next.value);
    under = under.filter(({ to }) => to > at);
    // A second one waits for the CPU that the first one has.
    const share = Math.min(1.25, under.length) * varies();
    const rest = rests();
    const scaled = (load: Load, by: number): Load => ({
      cpu: load.cpu * by,
      memory: load.memory * by,
      pids: Math.round(load.pids * by),
      tx: load.tx * by,
      rx: load.rx * by,
      read: load.read * by,
      write: load.write * by,
    });
    return withMore(scaled(idle, rest), scaled(each, share));
  };
}
