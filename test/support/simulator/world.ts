import type { Observation } from '../../../shared/observation.ts';
import type { Box, Life, Spec } from './box.ts';
import type { Chance } from './chance.ts';
import type { Load } from './load.ts';
import type { Sensors } from './sensors.ts';
import type { Span } from './times.ts';

/** Everything that the parts of one simulation have in common. */
export interface World extends Span {
  readonly seed: number;
  /** Between two readings of a container's resources. */
  readonly sampleMs: number;
  readonly healthcheckMs: number;
  readonly intrusions: readonly Intrusion[];
  /** Draws by seed and names alone. */
  chance(...names: readonly (string | number)[]): Chance;
}

/** A container while it lives. */
export interface Running extends Span {
  readonly world: World;
  readonly box: Box;
  readonly tell: Sensors;
  /** Draws of this container alone. */
  chance(...names: readonly (string | number)[]): Chance;
}

/** Something that goes on in a container from its start to its end, in the order of time. */
export type Activity = (running: Running) => Iterable<Observation>;

/** A workload: how its containers are made, when they live, and what they do. */
export interface Workload {
  readonly spec: Spec;
  /** By their start. */
  readonly lives: Iterable<Life>;
  readonly activities: readonly Activity[];
  /** What a container uses at a time; asked in the order of time. */
  load(running: Running): (at: number) => Load;
}

/** Workloads of one kind. */
export interface Family {
  readonly name: string;
  workloads(world: World): readonly Workload[];
}

/** What somebody does who should not be there. */
export interface Intrusion {
  readonly name: string;
  /** `project/service` of the workload that it is in. */
  readonly workload: string;
  /** What it does, and which normal thing it hides behind, for people. */
  readonly about: string;
  /** Its time, so that everything it does lies within. */
  span(world: World): Span;
  /** Which containers of the workload it is in; default: the first replica's. */
  isIn?(box: Box, span: Span): boolean;
  /** What is observed of it in one of those, within the span. */
  acts?(running: Running, span: Span): Iterable<Observation>;
  /** What it uses there beside what the container uses by itself. */
  burden?(at: number, running: Running): Partial<Load>;
}
