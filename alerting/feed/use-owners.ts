import type { Owner } from '../../shared/harden/use.ts';
import type { Observation } from '../../shared/observation.ts';

/** What a process is remembered by: how it came into its container, and as whom it last ran. */
export interface KnownProcess {
  readonly origin: 'own' | 'exec' | undefined;
  readonly uid: number | undefined;
  /** Numbers are used again: with this it is the same process. */
  readonly start?: string | undefined;
}

/** The processes of one workload's containers by their number, the newest of too many. */
export interface UseOwners {
  take(observation: Observation): void;
  get(container: string, pid: number): KnownProcess | undefined;
  /** An exec that is no health check ran then, or a moment before. */
  hadExec(container: string, at: number): boolean;
}

/** A connection is seen by the sweep after it. */
const afterExecMs = 10_000;
const mostContainers = 1_024;

const mostKnown = 8_192;

export function createUseOwners(): UseOwners {
  const known = new Map<string, KnownProcess>();
  const remember = (container: string, pid: number, process: KnownProcess): void => {
    const key = keyOf(container, pid);
    known.delete(key);
    known.set(key, process);
    const [oldest] = known.keys();
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
  };
  const execs = createExecs();
  return {
    get: (container, pid) => known.get(keyOf(container, pid)),
    hadExec: execs.had,
    take: (observation) => {
      const { kind, container, process, exec } = observation;
      if (container === undefined) return;
      execs.take(observation);
      if (kind === 'exec' && exec?.pid !== undefined)
        remember(container.id, exec.pid, { origin: 'exec', uid: exec.uid ?? undefined });
      if (kind !== 'process' || process?.pid === undefined) return;
      remember(container.id, process.pid, {
        origin: originOf(process.origin),
        uid: process.user?.id,
        start: process.start,
      });
    },
  };
}

/** Of each container: which execs run, at most 64 of one, and when the last one ended. */
function createExecs() {
  const containers = new Map<string, { readonly running: Set<string>; ended: number }>();
  return {
    had: (container: string, at: number): boolean => {
      const seen = containers.get(container);
      return seen !== undefined && (seen.running.size > 0 || at - seen.ended <= afterExecMs);
    },
    take: ({ kind, at, event, container, exec }: Observation): void => {
      if (kind === 'container_lifecycle' && container !== undefined && ['die', 'destroy'].includes(event.action))
        containers.get(container.id)?.running.clear();
      if (kind !== 'exec' || container === undefined || exec === undefined || exec.is_healthcheck) return;
      const seen = containers.get(container.id) ?? { running: new Set<string>(), ended: Number.NEGATIVE_INFINITY };
      if (event.action === 'exec_start' && seen.running.size < 64) seen.running.add(exec.id);
      if (event.action === 'exec_die') {
        seen.running.delete(exec.id);
        seen.ended = Math.max(seen.ended, at);
      }
      containers.delete(container.id);
      containers.set(container.id, seen);
      const [oldest] = containers.keys();
      if (containers.size > mostContainers && oldest !== undefined) containers.delete(oldest);
    },
  };
}

const keyOf = (container: string, pid: number): string => `${container} ${pid}`;

/** Who came in from outside is no part of the workload, and neither is what descends from an exec. */
export function originOf(origin: 'init' | 'exec' | 'descendant' | 'entered' | undefined): 'own' | 'exec' | undefined {
  if (origin === undefined) return undefined;
  return origin === 'exec' || origin === 'entered' ? 'exec' : 'own';
}

/** Whose something was of which several sightings tell. */
export interface Ownership {
  owner: 'own' | 'exec' | undefined;
  /** Processes that nothing was known of then, at most 8, and what they are taken for: who they are may come later in the log. */
  readonly asked: Map<string, 'exec' | undefined>;
}

const mostAsked = 8;
const furthers = 'others 0';

export const nobodys = (): Ownership => ({ owner: undefined, asked: new Map() });

/** Who was not seen while an exec ran is taken for the exec: what people do by hand is short. */
export function own(
  one: Ownership,
  { at, container, process }: Observation,
  owners: Pick<UseOwners, 'get' | 'hadExec'>,
): void {
  if (container === undefined) return;
  const { id } = container;
  const origin = process?.pid === undefined ? undefined : owners.get(id, process.pid)?.origin;
  const named = keyOf(id, process?.pid ?? 0);
  // What is taken for an exec's must not hide that more came than is kept.
  const key = one.asked.has(named) || one.asked.size < mostAsked ? named : furthers;
  const taken = owners.hadExec(id, at) ? 'exec' : undefined;
  if (origin !== undefined) one.owner = one.owner === 'own' ? 'own' : origin;
  else one.asked.set(key, one.asked.has(key) ? one.asked.get(key) && taken : taken);
}

/** The workload's own when any sighting was; else nobody's that is known when any may have been. */
export function ownerOf({ owner, asked }: Ownership, owners: Pick<UseOwners, 'get'>): Owner {
  const later = [...asked].map(([key, taken]) => {
    const [container = '', pid = ''] = key.split(' ');
    return owners.get(container, Number(pid))?.origin ?? taken;
  });
  if (owner === 'own' || later.includes('own')) return 'own';
  return later.includes(undefined) ? 'unknown' : 'exec';
}
