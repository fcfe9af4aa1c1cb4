import { type Load, wandering } from '../load.ts';
import { busyness, dayMs, hourMs, type Span } from '../times.ts';
import type { Running, World } from '../world.ts';

export interface BusyLoad {
  /** What it uses with nobody there. */
  readonly idle: Load;
  /** What everybody there adds. */
  readonly busy: Load;
  /** Memory grows by a fifth of the idle one, and is given back once in so long. */
  readonly collectsMs: number;
  /** Share of the workload's visitors that a container has at a time; default: all. */
  readonly share?: (at: number) => number;
}

/** The load of what people use: a share of it wanders, everything comes in crowds at times. */
export function busyLoad(running: Running, of: BusyLoad): (at: number) => Load {
  const { world, box } = running;
  const [much, memory, bytes] = [
    wandering(running.chance('load'), 0.18, 0.85),
    wandering(running.chance('memory'), 0.04, 0.97),
    wandering(running.chance('bytes'), 0.3, 0.6),
  ];
  const crowd = crowdOf(world, `${box.spec.project}/${box.spec.service}`);
  const phase = running.chance('collects').between(0, of.collectsMs);
  return (at) => {
    const people = busyness(at) * (of.share?.(at) ?? 1) * much() * (at >= crowd.from && at < crowd.to ? 2.2 : 1);
    const grown = (((at + phase) % of.collectsMs) / of.collectsMs) * 0.2 * of.idle.memory;
    const flow = bytes();
    const of1 = (name: keyof Load): number => of.idle[name] + of.busy[name] * people;
    return {
      cpu: of1('cpu'),
      memory: (of1('memory') + grown) * memory(),
      pids: Math.round(of1('pids')),
      tx: of1('tx') * flow,
      rx: of1('rx') * flow,
      read: of1('read') * flow,
      write: of1('write') * flow,
    };
  };
}

/** A campaign brings more people than ever for two hours of a working day, once in three weeks. */
function crowdOf({ from, to, chance }: World, service: string): Span {
  const { whole, between } = chance(service, 'crowd');
  const day = from + whole(3, Math.max(3, Math.floor((to - from) / dayMs) - 1)) * dayMs;
  const begins = day + between(10, 18) * hourMs;
  return { from: begins, to: begins + 2 * hourMs };
}
