import type { ContainerFacts } from '../../shared/observation.ts';
import type { Redactor } from '../../shared/redact.ts';
import { workloadOf } from '../../shared/workload.ts';
import type { EngineClient } from './client.ts';
import { containerFacts } from './facts/container.ts';
import { deviceFacts } from './facts/device.ts';
import type { HostPath } from './facts/host-path.ts';
import { joinFacts, requestedJoins } from './facts/join.ts';
import { mountFacts, pathsOf, requestedMounts } from './facts/mount.ts';
import { portFacts } from './facts/ports.ts';
import { type ContainerSnapshot, createSnapshot, type SnapshotObject } from './facts/snapshot.ts';
import type { HostFiles } from './host-files.ts';
import type { ContainerInspect, EngineInfo, ImageInspect, VolumeInspect } from './inspect-types.ts';

export interface ResolverOptions {
  readonly client: Pick<EngineClient, 'inspectContainer' | 'inspectImage' | 'inspectVolume' | 'inspectNetwork'>;
  readonly files: HostFiles;
  readonly info: EngineInfo;
  readonly hostId: string;
  /** The engine's own socket, when it has one. */
  readonly enginePath: string | undefined;
  /** Snapshots are written down and compared later: no secret may be in them from the beginning. */
  readonly redactor: Redactor;
}

/** Gathers what the facts depend on (I/O), and lets the pure functions under facts/ compute. */
export interface Resolver {
  snapshot(inspect: ContainerInspect): Promise<ContainerSnapshot>;
  passwdOf(inspect: ContainerInspect | undefined): Promise<string | null>;
  /** Asks for a volume's options now: an anonymous one dies with its container. */
  warmVolume(name: string): Promise<void>;
  /** Forgets what was cached of a volume: its options may be another's now. */
  forgetVolume(name: string): void;
}

export function createResolver(options: ResolverOptions): Resolver {
  const { client, files, info, hostId, enginePath } = options;
  const images = createCache<ImageInspect>(500, (id) => client.inspectImage(id));
  const volumes = createCache<VolumeInspect>(2_000, (name) => client.inspectVolume(name));
  const networks = createCache<boolean>(500, async (id) => (await client.inspectNetwork(id))?.Internal);

  const passwdOf = async (inspect: ContainerInspect | undefined): Promise<string | null> =>
    inspect?.State?.Running === true ? files.passwd(inspect.State.Pid ?? 0) : null;

  const objectsOf = async (
    inspect: ContainerInspect,
    container: ContainerSnapshot['container'],
  ): Promise<SnapshotObject[]> => {
    const [mounts, devices, joins] = await Promise.all([
      mountsOf(inspect),
      devicesOf(inspect),
      joinsOf(inspect, container),
    ]);
    const ports = portFacts(inspect.HostConfig ?? {}).map((port) => ({
      key: `port:${port.container_port}/${port.protocol}@${port.host_ip}:${port.host_port}`,
      port,
    }));
    return [...mounts, ...devices, ...ports, ...joins];
  };
  const mountsOf = async (inspect: ContainerInspect): Promise<SnapshotObject[]> => {
    const names = (inspect.Mounts ?? []).flatMap(({ Name }) => (Name ? [Name] : []));
    const requested = requestedMounts(inspect, await lookUp(volumes.get, names));
    const context = {
      paths: await lookUp<HostPath>(files.look, pathsOf(requested)),
      sockets: await files.sockets(enginePath),
    };
    return requested.map((mount) => ({ key: `mount:${mount.Destination}`, mount: mountFacts(mount, context) }));
  };
  const devicesOf = async (inspect: ContainerInspect): Promise<SnapshotObject[]> => {
    const devices = inspect.HostConfig?.Devices ?? [];
    const paths = await lookUp<HostPath>(
      files.look,
      devices.map(({ PathOnHost }) => PathOnHost ?? ''),
    );
    return devices.map((device) => {
      const facts = deviceFacts(device, paths.get(device.PathOnHost ?? ''));
      return { key: `device:${facts.path_in_container}`, device: facts };
    });
  };
  const joinsOf = (inspect: ContainerInspect, container: ContainerSnapshot['container']): Promise<SnapshotObject[]> =>
    Promise.all(
      requestedJoins(inspect).map(async (join) => ({
        key: `join:${join.type}`,
        namespace_join: joinFacts(join, container, await client.inspectContainer(join.target)),
      })),
    );

  return {
    passwdOf,
    warmVolume: async (name) => void (await volumes.get(name)),
    forgetVolume: (name) => volumes.forget(name),
    snapshot: async (inspect) => {
      const ids = Object.values(inspect.NetworkSettings?.Networks ?? {}).flatMap((network) => network?.NetworkID || []);
      const [image, passwd, internalNetworks] = await Promise.all([
        inspect.Image ? images.get(inspect.Image) : undefined,
        passwdOf(inspect),
        lookUp(networks.get, ids),
      ]);
      const container = withoutSecrets(
        containerFacts(inspect, { info, image, passwd, internalNetworks }),
        options.redactor,
      );
      return createSnapshot({
        container,
        objects: await objectsOf(inspect, container),
        workload: workloadOf(hostId, container),
      });
    },
  };
}

function withoutSecrets(container: ContainerFacts, redactor: Redactor): ContainerFacts {
  return {
    ...container,
    command: redactor.args(container.command ?? []),
    healthcheck: redactor.args(container.healthcheck ?? []),
  };
}

async function lookUp<T>(
  ask: (name: string) => Promise<T | undefined>,
  names: readonly string[],
): Promise<ReadonlyMap<string, T>> {
  const found = await Promise.all([...new Set(names)].map(async (name) => [name, await ask(name)] as const));
  return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** Answers that do not change for one name. Bounded: the oldest goes first. */
function createCache<T>(most: number, ask: (name: string) => Promise<T | undefined>) {
  const known = new Map<string, T>();
  return {
    get: async (name: string): Promise<T | undefined> => {
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const answer = await ask(name);
      if (answer === undefined) return undefined;
      known.set(name, answer);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return answer;
    },
    forget: (name: string): void => void known.delete(name),
  };
}
