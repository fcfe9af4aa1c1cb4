import type { Observation } from '../../../shared/observation.ts';
import { createBox, type Life } from './box.ts';
import { createMeter, type Load, withMore } from './load.ts';
import { inTimeOrder, type Source } from './order.ts';
import { createSensors } from './sensors.ts';
import { every, type Span } from './times.ts';
import type { Intrusion, Running, Workload, World } from './world.ts';

/** An observation, and the intrusion that is in it: that made it, or that changed what it says. */
export interface Simulated {
  readonly observation: Observation;
  readonly intrusion?: string;
}

/** A container is created so long before it starts. */
const createdMs = 300;
/** From its being told to end until it is gone. */
const endsMs = 15;

/** One container from its creation to its end. */
export function lifeOf(world: World, workload: Workload, life: Life): Source<Simulated> {
  return { from: life.from - createdMs, things: () => inTimeOrder(partsOf(world, workload, life), timeOf) };
}

export const timeOf = ({ observation }: Simulated): number => observation.at;

function partsOf(world: World, workload: Workload, life: Life): readonly Source<Simulated>[] {
  const { spec } = workload;
  const box = createBox(spec, life);
  const tell = createSensors(box);
  const { from, number } = life;
  const to = Math.min(life.to, world.to);
  const running: Running = {
    from,
    to,
    world,
    box,
    tell,
    chance: (...names) => world.chance(spec.project, spec.service, number, from, ...names),
  };
  const present = world.intrusions.flatMap((intrusion) => {
    const span = intrusion.span(world);
    const within = { from: Math.max(span.from, from), to: Math.min(span.to, to) };
    const isHere = intrusion.workload === `${spec.project}/${spec.service}` && within.from < within.to;
    const isIn = intrusion.isIn ?? (() => number === 1);
    return isHere && isIn(box, span) ? [{ intrusion, span: within }] : [];
  });
  const normal = (of: () => Iterable<Observation>, begins = from): Source<Simulated> => ({
    from: begins,
    things: () => tagged(of()),
  });
  const parts = [
    normal(() => began(running), from - createdMs),
    ...workload.activities.map((activity) => normal(() => until(to, activity(running)))),
    { from, things: () => readings(running, workload, present) },
    ...present.map(({ intrusion, span }) => ({
      from: span.from,
      things: () => tagged(until(span.to, intrusion.acts?.(running, span) ?? []), intrusion.name),
    })),
    normal(() => (to + endsMs < world.to ? ended(running) : []), to),
  ];
  return parts.sort((a, b) => a.from - b.from);
}

/** What is under way when a container ends is not seen any more. */
function* until(to: number, observations: Iterable<Observation>): Iterable<Observation> {
  for (const observation of observations) {
    if (observation.at >= to) return;
    yield observation;
  }
}

function* tagged(observations: Iterable<Observation>, intrusion?: string): Iterable<Simulated> {
  for (const observation of observations) yield intrusion === undefined ? { observation } : { observation, intrusion };
}

const began = ({ tell, from }: Running): readonly Observation[] => [
  tell.lifecycle(from - createdMs, 'create'),
  ...tell.configuration(from - createdMs),
  tell.lifecycle(from, 'start'),
];

const ended = ({ tell, to }: Running): readonly Observation[] =>
  (['kill', 'die', 'stop', 'destroy'] as const).map((action, index) =>
    tell.lifecycle(to + (index * endsMs) / 3, action),
  );

interface Present {
  readonly intrusion: Intrusion;
  readonly span: Span;
}

function* readings(running: Running, workload: Workload, present: readonly Present[]): Iterable<Simulated> {
  const { world, tell, box } = running;
  const { memoryBytes, pids = 200 } = box.spec;
  const loadAt = workload.load(running);
  const meter = createMeter(running, { memoryBytes, pids });
  for (const at of every(world.sampleMs, running, running.chance('samples'))) {
    const burdens = present.flatMap(({ intrusion, span }): readonly (readonly [string, Partial<Load>])[] =>
      intrusion.burden !== undefined && at >= span.from && at < span.to
        ? [[intrusion.name, intrusion.burden(at, running)]]
        : [],
    );
    const load = burdens.reduce((sum, [, more]) => withMore(sum, more), loadAt(at));
    const observation = tell.reading(at, meter(at, load));
    const [burden] = burdens;
    yield burden === undefined ? { observation } : { observation, intrusion: burden[0] };
  }
}
