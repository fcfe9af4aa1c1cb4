import type { DnsFacts } from '../../../shared/facts/dns.ts';
import { deriveId } from '../../../shared/hash.ts';
import type { ContainerFacts, EndpointFacts, Observation } from '../../../shared/observation.ts';

/** A made-up host, container and their observations, for tests of the analyzer. */
export const host = { id: 'HOST', name: 'anchor' };

export interface ContainerLook {
  readonly name?: string;
  readonly repository?: string;
  readonly image?: string;
  readonly hash?: string;
  readonly claims?: readonly [project: string, service: string, number: string];
  readonly age?: number;
}

export function container(id: string, look: ContainerLook = {}): ContainerFacts {
  const repository = look.repository ?? 'docker.io/library/nginx';
  const claims = look.claims;
  return {
    id,
    name: look.name ?? 'web',
    image: { name: repository, id: look.image ?? 'sha256:1', registry: 'docker.io', repository },
    config_hash: look.hash ?? 'hash-1',
    ...(claims && { project: claims[0], service: claims[1], number: claims[2] }),
    ...(look.age === undefined ? {} : { age_s: look.age }),
  };
}

const workloadOf = (facts: ContainerFacts) => ({
  id: `workload of ${facts.image.repository}`,
  name: facts.image.repository,
});

export interface SnapshotLook extends ContainerLook {
  readonly action?: string;
  readonly privileged?: boolean;
  /** Destination → source of each mount. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** One snapshot: an observation for the container and one for each mount, as the collector appends them. */
export function snapshot(id: string, at: number, look: SnapshotLook = {}): readonly Observation[] {
  const mounts = Object.entries(look.mounts ?? {});
  const objects = ['container', ...mounts.map(([destination]) => `mount:${destination}`)];
  const facts = { ...container(id, look), privileged: look.privileged ?? false };
  const hash = deriveId(facts.privileged, look.mounts ?? {}, facts.config_hash);
  const one = (object: string): Observation => ({
    id: deriveId('snapshot', id, hash, at, object),
    kind: 'container_configuration',
    at,
    event: { source: 'inspect', action: look.action ?? 'create' },
    host,
    workload: workloadOf(facts),
    container: facts,
    snapshot: { id: deriveId('snapshot', id, hash, at), object, objects, hash },
  });
  const ofMount = ([destination, source]: readonly [string, string]): Observation => ({
    ...one(`mount:${destination}`),
    mount: {
      type: 'bind',
      source,
      source_real: source,
      resolved: true,
      destination,
      rw: true,
      propagation: 'rprivate',
      is_runtime_socket: source.endsWith('docker.sock'),
      socket_alias: false,
      covers_socket: false,
      is_socket: source.endsWith('.sock'),
      is_file: false,
      engine_data: false,
      monitor_data: false,
    },
  });
  return [one('container'), ...mounts.map(ofMount)];
}

export const lifecycle = (id: string, at: number, action: string, look: ContainerLook = {}): Observation => {
  const { config_hash: _inspectOnly, ...facts } = container(id, look);
  return {
    id: deriveId('event', id, action, at),
    kind: 'container_lifecycle',
    at,
    event: { source: 'docker-event', action },
    host,
    workload: workloadOf(facts),
    container: facts,
  };
};

const eventKinds: Readonly<Record<string, Observation['kind']>> = {
  container: 'container_lifecycle',
  image: 'image',
  network: 'network',
  volume: 'volume',
  plugin: 'plugin',
};

/** An event of the engine about what is no container that is known, as the collector passes it on. */
export function engineEvent(
  [type, action]: readonly [type: string, action: string],
  at: number,
  more: Pick<Observation, 'image' | 'container'> & { readonly docker?: Partial<Observation['docker']> } = {},
): Observation {
  const { docker, ...facts } = more;
  const id = docker?.id ?? `${type}-1`;
  return {
    id: deriveId('engine event', type, action, id, at),
    kind: eventKinds[type] ?? 'daemon',
    at,
    event: { source: 'docker-event', action },
    host,
    docker: { ...docker, type, id },
    ...facts,
  };
}

export interface ExecLook extends ContainerLook {
  readonly user?: string;
  readonly privileged?: boolean;
  readonly healthcheck?: boolean;
}

export function exec(id: string, at: number, args: readonly string[], look: ExecLook = {}): Observation {
  const facts = container(id, look);
  return {
    id: deriveId('exec', id, at, [...args]),
    kind: 'exec',
    at,
    event: { source: 'docker-event', action: 'exec_start' },
    host,
    workload: workloadOf(facts),
    container: facts,
    exec: {
      id: deriveId(at),
      args,
      command: args.join(' '),
      resolved: true,
      privileged: look.privileged ?? false,
      is_healthcheck: look.healthcheck ?? false,
      is_shell: args[0] === 'sh',
      ...(look.user === undefined ? {} : { user: look.user }),
    },
  };
}

export function egress(id: string, at: number, destination: EndpointFacts, look: ContainerLook = {}): Observation {
  const facts = container(id, look);
  return {
    id: deriveId('socket', id, at, destination.ip, destination.port),
    kind: 'connection',
    at,
    event: { source: 'procfs', action: 'connect' },
    host,
    workload: workloadOf(facts),
    container: facts,
    network: { direction: 'egress', transport: 'tcp' },
    destination,
  };
}

/** A question to the DNS, as the kernel saw it. */
export function asked(
  id: string,
  at: number,
  name: string,
  type = 'A',
  { more, ...look }: ContainerLook & { readonly more?: Partial<DnsFacts['question']> } = {},
): Observation {
  const facts = container(id, look);
  return {
    id: deriveId('dns', id, at, type, name),
    kind: 'dns',
    at,
    event: { source: 'kernel', action: 'query' },
    host,
    workload: workloadOf(facts),
    container: facts,
    dns: { question: { name, type, ...more } },
  };
}

/** A program that a sweep found for the first time, and as which user it runs. */
export function program(
  id: string,
  at: number,
  { executable, user }: { readonly executable: string; readonly user: number },
  look: ContainerLook = {},
): Observation {
  const facts = container(id, look);
  return {
    id: deriveId('process', id, at, executable),
    kind: 'process',
    at,
    event: { source: 'procfs', action: 'start' },
    host,
    workload: workloadOf(facts),
    container: facts,
    process: { executable, user: { id: user }, parent: { executable: '/init' } },
  };
}

/** Of a collector that tells what its engine does. */
const hearingSensors = { engine: 'running', lifecycle: 'running', exec: 'running', images: 'running' };

/** A heartbeat every ten minutes, from a time up to another one. */
export const heard = (from: number, to: number, sensors: Readonly<Record<string, string>> = hearingSensors) =>
  Array.from({ length: Math.ceil((to - from) / 600_000) }, (_, nth): Observation => {
    const at = from + nth * 600_000;
    const one = heartbeat(at, at);
    return { ...one, heartbeat: { sequence: at, sensors } };
  });

export const heartbeat = (sequence: number, at: number, stopping = false): Observation => ({
  id: deriveId('heartbeat', sequence),
  kind: 'heartbeat',
  at,
  event: { source: 'monitor', action: 'heartbeat' },
  host,
  heartbeat: { sequence, sensors: {}, stopping },
});
