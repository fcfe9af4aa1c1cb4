import type { ContainerFacts, WorkloadRef } from '../../shared/observation.ts';
import type { EngineEvent } from './event.ts';
import { summarize } from './facts/container.ts';
import type { ContainerSnapshot } from './facts/snapshot.ts';

/** A container as known at some point of the event stream. Kept for a while after its death, so that late events have their facts. */
export interface KnownContainer {
  readonly id: string;
  readonly snapshot: ContainerSnapshot;
  /** From the events, not from inspect: inspect answers for now, an event speaks of then. */
  readonly name: string;
  readonly state: string;
  readonly startedAt?: number;
  readonly destroyedAt?: number;
  /** Process id of its init, host view; 0 when not running or not known. */
  readonly pid: number;
}

export interface Inventory {
  /** Also one that is dead for a short while. */
  get(id: string): KnownContainer | undefined;
  /** Those that exist. */
  living(): readonly KnownContainer[];
  /** As get, of those that exist. */
  alive(id: string): KnownContainer | undefined;
  /** Takes over a snapshot; name, state and times come from it only for a container that was not known. */
  learn(snapshot: ContainerSnapshot, pid: number): KnownContainer;
  /** Takes over a snapshot that is newer than every event heard of the container: what an event would have said was missed. */
  correct(snapshot: ContainerSnapshot, pid: number): KnownContainer;
  /** Since when they run is not known any more: an engine that was restarted may have started them anew. */
  doubtStarts(): void;
  /** Moves state, name and times by an event. */
  apply(event: EngineEvent): void;
  /** Forgets those that are dead for long, and the oldest of too many; returns their ids. */
  bury(now: number): readonly string[];
  restore(containers: readonly KnownContainer[]): void;
}

const tombstoneMs = 10 * 60_000;
const mostTombstones = 2_000;

const states: Readonly<Record<string, string>> = {
  create: 'created',
  start: 'running',
  unpause: 'running',
  pause: 'paused',
  die: 'exited',
  destroy: 'dead',
};

export function createInventory(): Inventory {
  const containers = new Map<string, KnownContainer>();
  const keep = (container: KnownContainer): KnownContainer => {
    containers.set(container.id, container);
    return container;
  };
  return {
    get: (id) => containers.get(id),
    living: () => [...containers.values()].filter(exists),
    alive: (id) => {
      const known = containers.get(id);
      return known !== undefined && exists(known) ? known : undefined;
    },
    learn: (snapshot, pid) => {
      const known = containers.get(snapshot.container.id);
      const said = fromSnapshot(snapshot, pid);
      const startedAt = known?.startedAt ?? said.startedAt;
      return keep({ ...said, ...known, ...(startedAt === undefined ? {} : { startedAt }), snapshot, pid });
    },
    correct: (snapshot, pid) => keep(fromSnapshot(snapshot, pid)),
    doubtStarts: () => {
      for (const { startedAt: _doubtful, ...known } of containers.values()) keep(known);
    },
    apply: (event) => {
      const known = event.type === 'container' ? containers.get(event.actor) : undefined;
      if (known !== undefined) keep(moved(known, event));
    },
    bury: (now) => {
      const dead = [...containers.values()].filter((known) => !exists(known));
      const tooMany = Math.max(0, dead.length - mostTombstones);
      const gone = dead.filter(({ destroyedAt = now }, index) => index < tooMany || now - destroyedAt > tombstoneMs);
      for (const { id } of gone) containers.delete(id);
      return gone.map(({ id }) => id);
    },
    restore: (restored) => {
      for (const container of restored) keep(container);
    },
  };
}

const exists = ({ destroyedAt }: KnownContainer): boolean => destroyedAt === undefined;

function fromSnapshot(snapshot: ContainerSnapshot, pid: number): KnownContainer {
  const { id, name, state = 'created', started_at } = snapshot.container;
  return { id, name, state, ...(started_at === undefined ? {} : { startedAt: started_at }), snapshot, pid };
}

function moved(known: KnownContainer, { action, at, attributes }: EngineEvent): KnownContainer {
  return {
    ...known,
    state: states[action] ?? known.state,
    ...(action === 'start' ? { startedAt: at } : {}),
    ...(action === 'rename' && attributes.name ? { name: attributes.name } : {}),
    ...(action === 'die' ? { pid: 0 } : {}),
    ...(action === 'destroy' ? { destroyedAt: at, pid: 0 } : {}),
  };
}

/** What an observation at that time says of the container. */
export function containerAt(known: KnownContainer, at: number): { container: ContainerFacts; workload: WorkloadRef } {
  const { snapshot, name, state, startedAt } = known;
  const running = state === 'running' || state === 'paused';
  const age = startedAt === undefined ? undefined : Math.max(0, (at - startedAt) / 1000);
  const container: ContainerFacts = {
    ...summarize(snapshot.container),
    name,
    state,
    ...(startedAt === undefined ? {} : { started_at: startedAt }),
    ...(running && age !== undefined ? { age_s: Math.round(age * 1000) / 1000 } : {}),
  };
  return { container, workload: snapshot.workload };
}
