import { containerFacts } from '../../../collector/engine/facts/container.ts';
import { mountFacts } from '../../../collector/engine/facts/mount.ts';
import { ownerFacts } from '../../../collector/engine/facts/owner.ts';
import { portFacts } from '../../../collector/engine/facts/ports.ts';
import { createSnapshot, type SnapshotObject } from '../../../collector/engine/facts/snapshot.ts';
import type { ContainerInspect } from '../../../collector/engine/inspect-types.ts';
import type { KnownContainer } from '../../../collector/engine/inventory.ts';
import { deriveId } from '../../../shared/hash.ts';
import { workloadOf } from '../../../shared/workload.ts';
import type { Span } from './times.ts';

/** How the containers of a workload are made, as a compose file says it. */
export interface Spec {
  readonly project: string;
  readonly service: string;
  /** Without tag: a version is put behind it. */
  readonly image: string;
  readonly command: readonly [string, ...string[]];
  readonly user?: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids?: number;
  /** As `CMD` has it. */
  readonly healthcheck?: readonly string[];
  /** `8080/tcp`, and the port of the host that it is published at. */
  readonly ports?: Readonly<Record<string, number | undefined>>;
  /** Destination → directory of the host. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** One container from its start to its end. */
export interface Life extends Span {
  /** Compose's container number. */
  readonly number: number;
  /** Of the image. */
  readonly version: number;
}

/** A container of the simulation. */
export interface Box {
  readonly spec: Spec;
  readonly life: Life;
  readonly known: KnownContainer;
  readonly ip: string;
}

export const host = { id: 'SIMU:HOST', name: 'simulated' };

const hex = (...parts: readonly (string | number)[]): string => deriveId(...parts) + deriveId('more', ...parts);

export const containerId = ({ project, service }: Spec, { number, from }: Life): string =>
  hex('container', project, service, number, from);

/** In the project's network; that of a service's first container is the same in every life. */
export function addressOf({ project, service }: Spec, number: number): string {
  const place = Number.parseInt(deriveId('address', project, service).slice(0, 4), 16);
  return `172.20.${place % 250}.${10 + number}`;
}

export function createBox(spec: Spec, life: Life): Box {
  const inspect = inspectOf(spec, life);
  const image = { Id: inspect.Image ?? '', Config: { Env: ['PATH=/usr/bin:/bin'] } };
  const facts = containerFacts(inspect, {
    info: { CgroupVersion: '2', SecurityOptions: ['name=seccomp,profile=default', 'name=apparmor'] },
    image,
    passwd: null,
    networks: new Map([[networkId(spec), { internal: false }]]),
    joined: new Map(),
  });
  const objects = objectsOf(spec, inspect);
  const container = { ...facts, ...ownerFacts(objects) };
  const snapshot = createSnapshot({ container, objects, workload: workloadOf(host.id, container) });
  const pid = 1_000 + (Number.parseInt(inspect.Id.slice(0, 5), 16) % 100_000);
  const known = { id: inspect.Id, snapshot, name: facts.name, state: 'running', startedAt: life.from, pid };
  return { spec, life, known, ip: addressOf(spec, life.number) };
}

export const workloadOfSpec = (spec: Spec) =>
  createBox(spec, { number: 1, version: 1, from: 0, to: 0 }).known.snapshot.workload;

const networkId = ({ project }: Spec): string => hex('network', project);

function inspectOf(spec: Spec, life: Life): ContainerInspect {
  const { project, service, image, command, user = '', cpus, memoryBytes, pids = 200, healthcheck, ports = {} } = spec;
  const [Path, ...Args] = command;
  const published = Object.entries(ports).filter(([, port]) => port !== undefined);
  return {
    Id: containerId(spec, life),
    Name: `/${project}-${service}-${life.number}`,
    Created: new Date(life.from - 300).toISOString(),
    Path,
    Args,
    Image: `sha256:${hex('image', image, life.version)}`,
    AppArmorProfile: 'docker-default',
    State: { Status: 'running', Running: true, StartedAt: new Date(life.from).toISOString() },
    Config: {
      User: user,
      Env: ['PATH=/usr/bin:/bin', 'TZ=UTC'],
      Cmd: [...command],
      Image: `${image}:1.${life.version}`,
      WorkingDir: '/',
      ExposedPorts: Object.fromEntries(Object.keys(ports).map((port) => [port, {}])),
      Labels: {
        'com.docker.compose.project': project,
        'com.docker.compose.service': service,
        'com.docker.compose.container-number': String(life.number),
        'com.docker.compose.version': '2.30.0',
      },
      Healthcheck: healthcheck === undefined ? null : { Test: ['CMD', ...healthcheck] },
    },
    HostConfig: {
      NetworkMode: `${project}_default`,
      Memory: memoryBytes,
      NanoCpus: cpus * 1e9,
      PidsLimit: pids,
      RestartPolicy: { Name: 'unless-stopped' },
      Runtime: 'runc',
      CgroupnsMode: 'private',
      IpcMode: 'private',
      LogConfig: { Type: 'json-file', Config: {} },
      PortBindings: Object.fromEntries(published.map(([port, at]) => [port, [{ HostIp: '', HostPort: String(at) }]])),
    },
    Mounts: Object.entries(spec.mounts ?? {}).map(([Destination, Source]) => ({
      Type: 'bind',
      Source,
      Destination,
      RW: true,
      Propagation: 'rprivate',
    })),
    NetworkSettings: { Networks: { [`${project}_default`]: { NetworkID: networkId(spec) } } },
  };
}

function objectsOf({ mounts = {} }: Spec, inspect: ContainerInspect): readonly SnapshotObject[] {
  const paths = new Map(
    Object.values(mounts).map((source) => [source, { real: source, resolved: true, type: 'directory' as const }]),
  );
  const mounted = (inspect.Mounts ?? []).map(({ Destination = '', ...mount }) => ({
    key: `mount:${Destination}`,
    mount: mountFacts({ ...mount, Destination }, { paths, sockets: [] }),
  }));
  const published = portFacts(inspect.HostConfig ?? {}).map((port) => ({
    key: `port:${port.container_port}/${port.protocol}@${port.host_ip}:${port.host_port}`,
    port,
  }));
  return [...mounted, ...published];
}
