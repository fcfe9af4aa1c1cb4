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
}

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
  return {
    get: (container, pid) => known.get(keyOf(container, pid)),
    take: ({ kind, container, process, exec }) => {
      if (container === undefined) return;
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

const keyOf = (container: string, pid: number): string => `${container} ${pid}`;

/** Who came in from outside is no part of the workload, and neither is what descends from an exec. */
export function originOf(origin: 'init' | 'exec' | 'descendant' | 'entered' | undefined): 'own' | 'exec' | undefined {
  if (origin === undefined) return undefined;
  return origin === 'exec' || origin === 'entered' ? 'exec' : 'own';
}

/** Whose something was of which several sightings tell. */
export interface Ownership {
  owner: 'own' | 'exec' | undefined;
  /** Those that nothing was known of then, at most 8: who they are may come later in the log. */
  readonly asked: Set<string>;
}

const mostAsked = 8;

export const nobodys = (): Ownership => ({ owner: undefined, asked: new Set() });

export function own(one: Ownership, container: string, pid: number | undefined, owners: Pick<UseOwners, 'get'>): void {
  const origin = pid === undefined ? undefined : owners.get(container, pid)?.origin;
  if (origin !== undefined) one.owner = one.owner === 'own' ? 'own' : origin;
  else if (one.asked.size < mostAsked) one.asked.add(keyOf(container, pid ?? 0));
}

/** The workload's own when any sighting was; else nobody's that is known when any may have been. */
export function ownerOf({ owner, asked }: Ownership, owners: Pick<UseOwners, 'get'>): Owner {
  const later = [...asked].map((key) => {
    const [container = '', pid = ''] = key.split(' ');
    return owners.get(container, Number(pid))?.origin;
  });
  if (owner === 'own' || later.includes('own')) return 'own';
  return later.includes(undefined) ? 'unknown' : (owner ?? 'exec');
}
