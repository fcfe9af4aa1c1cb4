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
  get(id: string): KnownContainer | undefined;
  /** Those that exist. */
  living(): readonly KnownContainer[];
  /** Takes over a snapshot; state and times come from it only for a container that was not known. */
  learn(snapshot: ContainerSnapshot, pid: number): KnownContainer;
  /** Moves state, name and times by an event. */
  apply(event: EngineEvent): void;
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
  const bury = (now: number): void => {
    let dead = [...containers.values()].filter(({ destroyedAt }) => destroyedAt !== undefined);
    const old = dead.filter(({ destroyedAt = now }) => now - destroyedAt > tombstoneMs);
    dead = dead.filter((container) => !old.includes(container));
    for (const { id } of [...old, ...dead.slice(0, Math.max(0, dead.length - mostTombstones))]) containers.delete(id);
  };
  return {
    get: (id) => containers.get(id),
    living: () => [...containers.values()].filter(({ destroyedAt }) => destroyedAt === undefined),
    learn: (snapshot, pid) => {
      const { container } = snapshot;
      const known = containers.get(container.id);
      const startedAt = known?.startedAt ?? container.started_at;
      const learned: KnownContainer = {
        id: container.id,
        name: container.name,
        state: container.state ?? 'created',
        ...known,
        ...(startedAt === undefined ? {} : { startedAt }),
        snapshot,
        pid,
      };
      containers.set(container.id, learned);
      return learned;
    },
    apply: (event) => {
      if (event.type !== 'container') return;
      const known = containers.get(event.actor);
      if (known === undefined) return;
      const state = states[event.action] ?? known.state;
      containers.set(known.id, {
        ...known,
        state,
        ...(event.action === 'start' ? { startedAt: event.at } : {}),
        ...(event.action === 'rename' && event.attributes.name ? { name: event.attributes.name } : {}),
        ...(event.action === 'die' ? { pid: 0 } : {}),
        ...(event.action === 'destroy' ? { destroyedAt: event.at, pid: 0 } : {}),
      });
      if (event.action === 'destroy') bury(event.at);
    },
    restore: (restored) => {
      for (const container of restored) containers.set(container.id, container);
    },
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
