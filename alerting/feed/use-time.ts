import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { Observation } from '../../shared/observation.ts';
import { type Interval, lengthOf, merged, without } from './intervals.ts';

/** When the containers of one workload ran, as far as the log tells. */
export interface UseTime {
  take(observation: Observation): void;
  isRunning(container: string): boolean;
  /** @param until the last time that the host spoke; @param blind when it was not watched */
  use(until: number, blind: readonly Interval[]): WorkloadUse['time'];
}

const mostContainers = 1_024;
const mostIntervals = 2_048;

/** From when to when it was last seen running; undefined: it does not run. */
type Life = Interval | undefined;

export function createUseTime(): UseTime {
  const lives = createLives();
  let seen = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  let starts = 0;
  return {
    isRunning: (container) => lives.get(container) !== undefined,
    take: ({ kind, at, event, container }) => {
      if (container === undefined) return;
      seen = { first: Math.min(seen.first, at), last: Math.max(seen.last, at) };
      const action = kind === 'container_lifecycle' ? event.action : '';
      const life = lives.get(container.id);
      if (action === 'start') starts += 1;
      if (life !== undefined) lives.extend(container.id, { from: life.from, to: Math.max(life.to, at) });
      if (action === 'destroy') lives.end(container.id);
      else if (action === 'die') lives.set(container.id, undefined);
      else if (action === 'start') lives.set(container.id, { from: at, to: at });
      // What tells of it while its end is on the way comes with the state that it had then.
      else if (life === undefined)
        lives.set(container.id, action === '' && container.state === 'running' ? { from: at, to: at } : undefined);
    },
    use: (until, blind) => {
      const open = lives.running().map(({ from, to }) => ({ from, to: Math.max(to, until) }));
      return {
        first: seen.first,
        last: open.length > 0 ? Math.max(seen.last, until) : seen.last,
        watchedMs: lengthOf(without(merged([...lives.past(), ...open]), merged(blind))),
        starts,
        containers: lives.count(),
        leftOut: lives.leftOut(),
      };
    },
  };
}

/** Of too many containers those that do not run give way; what was lived is kept as intervals. */
function createLives() {
  const lives = new Map<string, Life>();
  let past: readonly Interval[] = [];
  let gone = 0;
  let leftOut = 0;
  const lived = (life: Life): void => {
    if (life === undefined) return;
    past = merged([...past, life]);
    // Too little time is the safe side.
    if (past.length > mostIntervals) past = past.slice(1);
  };
  const end = (id: string): void => {
    lived(lives.get(id));
    if (lives.delete(id)) gone += 1;
  };
  return {
    get: (id: string): Life => lives.get(id),
    extend: (id: string, life: Life): void => void lives.set(id, life),
    /** A new life, or the end of the one before. */
    set: (id: string, life: Life): void => {
      const idle = [...(lives.size < mostContainers ? [] : lives)].find(([, one]) => one === undefined);
      if (!lives.has(id) && idle !== undefined) end(idle[0]);
      if (!lives.has(id) && lives.size >= mostContainers) {
        leftOut += 1;
        return;
      }
      lived(lives.get(id));
      lives.set(id, life);
    },
    end,
    running: (): readonly Interval[] => [...lives.values()].filter((life) => life !== undefined),
    past: () => past,
    count: () => gone + lives.size,
    leftOut: () => leftOut,
  };
}
