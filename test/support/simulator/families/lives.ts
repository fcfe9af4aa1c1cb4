import type { Life, Spec } from '../box.ts';
import { busyness, dayMs, hourMs, minuteMs, secondMs, weekMs } from '../times.ts';
import type { World } from '../world.ts';

/** When the first containers of a workload start: all of a host within its first minutes. */
export const firstStart = (world: World, { project, service }: Spec, number = 1): number =>
  Math.trunc(world.from + world.chance(project, service, number, 'first start').between(2, 300) * secondMs);

const byStart = (lives: readonly Life[]): readonly Life[] => [...lives].sort((a, b) => a.from - b.from);

/** So many replicas that nobody touches. */
export const standing = (world: World, spec: Spec, replicas: number): readonly Life[] =>
  byStart(
    Array.from({ length: replicas }, (_, index) => ({
      number: index + 1,
      version: 1,
      from: firstStart(world, spec, index + 1),
      to: world.to,
    })),
  );

/** Replicas replaced one after the other every so often by a new version, on a Tuesday in working hours. */
export function deployed(world: World, spec: Spec, { replicas, weeks }: { replicas: number; weeks: number }): Life[] {
  const { project, service } = spec;
  const lives: Life[] = [];
  for (let number = 1; number <= replicas; number += 1) {
    let from = firstStart(world, spec, number);
    for (let version = 1; from < world.to; version += 1) {
      const chance = world.chance(project, service, 'deploy', version);
      const day = world.from + version * weeks * weekMs + dayMs;
      const to = Math.trunc(day + chance.between(9.5, 16) * hourMs + number * 40 * secondMs);
      lives.push({ number, version, from, to });
      from = to + 2 * secondMs;
    }
  }
  return lives.sort((a, b) => a.from - b.from);
}

const scalingMs = 10 * minuteMs;

/** As many replicas as people are busy, at least and at most so many; looked at every ten minutes, the last one that came goes first. */
export function autoscaled(world: World, spec: Spec, of: { readonly least: number; readonly most: number }): Life[] {
  const { project, service } = spec;
  const chance = world.chance(project, service, 'scaling');
  const wander = { at: 1 };
  const living: Life[] = [];
  const lives: Life[] = [];
  const start = (from: number): void => {
    living.push({ number: living.length + 1, version: 1, from: Math.trunc(from), to: world.to });
  };
  for (let number = 1; number <= of.least; number += 1) start(firstStart(world, spec, number));
  for (let at = world.from + scalingMs; at < world.to; at += scalingMs) {
    wander.at = 0.9 * wander.at + 0.1 * (1 + 0.2 * chance.normal());
    const wanted = Math.max(of.least, Math.min(of.most, replicasFor(at, of.most) * wander.at));
    if (wanted > living.length + 0.3) start(at + chance.between(1, 30) * secondMs);
    else if (wanted < living.length - 1.3) {
      const last = living.pop();
      if (last !== undefined) lives.push({ ...last, to: Math.trunc(at + chance.between(31, 59) * secondMs) });
    }
  }
  return [...lives, ...living].sort((a, b) => a.from - b.from);
}

/** At weekends fewer, as people are. */
export const replicasFor = (at: number, most: number): number => busyness(at) * most;
