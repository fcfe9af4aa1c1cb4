import type { WorkloadRef } from '../../../shared/observation.ts';
import { hostWorkload } from '../../../shared/workload.ts';
import { host, workloadOfSpec } from './box.ts';
import { createChance } from './chance.ts';
import { lifeOf, type Simulated, timeOf } from './life.ts';
import { inTimeOrder, type Source } from './order.ts';
import { beginning, dayMs, minuteMs, type Span } from './times.ts';
import type { Family, Intrusion, Workload, World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly days: number;
  readonly families: readonly Family[];
  /** Hidden in it; default: none. */
  readonly intrusions?: readonly Intrusion[];
  /** Default: a minute. The collector's own default is less; this many readings are weeks in minutes. */
  readonly sampleMs?: number;
  readonly healthcheckMs?: number;
}

/** What an intrusion is, where and when: with the tags of the observations the truth about it. */
export interface Truth extends Span {
  readonly name: string;
  readonly about: string;
  readonly workload: WorkloadRef;
}

export interface Simulation extends Span {
  /** The host itself is one, of a family of its own. */
  readonly workloads: readonly { readonly family: string; readonly ref: WorkloadRef }[];
  readonly truths: readonly Truth[];
  /** Everything that is observed, in the order of time: the same every time it is asked for. Only what lives at a time is held in memory. */
  observations(): Iterable<Simulated>;
}

/** Weeks of a host's containers, and what is hidden in them. The seed and the options decide everything. */
export function simulate(options: SimulationOptions): Simulation {
  const { seed, days, families, intrusions = [], sampleMs = minuteMs, healthcheckMs = 10 * minuteMs } = options;
  const world: World = {
    from: beginning,
    to: beginning + days * dayMs,
    seed,
    sampleMs,
    healthcheckMs,
    intrusions,
    chance: (...names) => createChance(seed, ...names),
  };
  const all = families.flatMap((family) =>
    family.workloads(world).map((workload) => ({
      family: family.name,
      workload,
      name: `${workload.spec.project}/${workload.spec.service}`,
      ref: workloadOfSpec(workload.spec),
    })),
  );
  const truths = intrusions.flatMap((intrusion) => {
    const { name, about } = intrusion;
    const within = all.find((one) => one.name === intrusion.workload);
    return within === undefined ? [] : [{ name, about, workload: within.ref, ...intrusion.span(world) }];
  });
  return {
    from: world.from,
    to: world.to,
    workloads: [...all.map(({ family, ref }) => ({ family, ref })), { family: 'host', ref: hostWorkload(host) }],
    truths,
    observations: () => inTimeOrder(sourcesOf(world, all), timeOf),
  };
}

function sourcesOf(world: World, all: readonly { readonly workload: Workload }[]): readonly Source<Simulated>[] {
  return all.map(({ workload }) => ({
    from: world.from,
    things: () => inTimeOrder(livesOf(world, workload), timeOf),
  }));
}

function* livesOf(world: World, workload: Workload): Iterable<Source<Simulated>> {
  for (const life of workload.lives) if (life.from < world.to) yield lifeOf(world, workload, life);
}
