import type { ContainerFacts, WorkloadRef } from '../shared/observation.ts';
import { containerAt, type KnownContainer } from './engine/inventory.ts';

/** A running container as the sensors that sweep need it. */
export interface SweptContainer {
  readonly id: string;
  /** Host process id of its init. */
  readonly pid: number;
  readonly startedAt: number;
  readonly hostNetwork: boolean;
  /** Limits for shares: 0 none. */
  readonly nanoCpus: number;
  readonly memoryLimit: number;
  readonly pidsLimit?: number;
  /** `80/tcp`, from its configuration. */
  readonly exposedPorts?: readonly string[];
  /** Ids of the networks that it is attached to. */
  readonly networks?: readonly string[];
  /** It has a capability by which it may send in another's name on its networks; absent: not known. */
  readonly mayForge?: boolean;
  /** It is attached to a network that may have members beyond this engine: not by a bridge of its own; absent: not known. */
  readonly hasFarPeers?: boolean;
  /** It is attached to a network of users' making, in which the engine resolves names. */
  readonly hasResolver?: boolean;
  /** It is attached to networks, and all of them are internal. */
  readonly internalOnly?: boolean;
  /** The container's facts as they are at that time. */
  at(now: number): { container: ContainerFacts; workload: WorkloadRef };
}

/** Raw packets, the rules of its network, and whatever leads to both. */
const forging: ReadonlySet<string> = new Set([
  'CAP_NET_RAW',
  'CAP_NET_ADMIN',
  'CAP_SYS_ADMIN',
  'CAP_SYS_PTRACE',
  'CAP_SYS_MODULE',
]);

/** Networks of one engine alone. On all others (overlay, macvlan, ipvlan, of plugins) there may be whom it does not know. */
const near: ReadonlySet<string> = new Set(['bridge', 'host', 'null']);

/** Those that every engine has: in them it resolves no names. */
const predefined: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);

export function containersForSweeps(known: readonly KnownContainer[]): readonly SweptContainer[] {
  return known
    .filter(({ state, pid }) => (state === 'running' || state === 'paused') && pid > 0)
    .map((container) => {
      const { namespaces, limits, exposed_ports, caps, networks = [] } = container.snapshot.container;
      return {
        id: container.id,
        pid: container.pid,
        startedAt: container.startedAt ?? 0,
        hostNetwork: namespaces?.net === 'host',
        nanoCpus: limits?.nano_cpus || (limits?.cpu_quota ?? 0) * 10_000,
        memoryLimit: limits?.memory ?? 0,
        pidsLimit: Math.max(0, limits?.pids ?? 0),
        exposedPorts: exposed_ports ?? [],
        networks: networks.map(({ id }) => id),
        mayForge: caps?.effective.some((name) => forging.has(name)) ?? true,
        hasFarPeers: networks.some(({ driver = '' }) => !near.has(driver)),
        hasResolver: networks.some(({ name }) => !predefined.has(name)),
        internalOnly: networks.length > 0 && networks.every(({ internal }) => internal === true),
        at: (now) => containerAt(container, now),
      };
    });
}
