import { MalformedError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';
import type { Redactor } from '../../shared/redact.ts';
import { workloadOf } from '../../shared/workload.ts';
import { dropOldest } from '../newest.ts';
import type { EngineClient } from './client.ts';
import { containerFacts, type NetworkTraits } from './facts/container.ts';
import { deviceFacts } from './facts/device.ts';
import type { HostPath } from './facts/host-path.ts';
import { joinFacts, requestedJoins } from './facts/join.ts';
import { donorsOf, mountFacts, pathsOf, requestedMounts } from './facts/mount.ts';
import { ownerFacts } from './facts/owner.ts';
import { portFacts } from './facts/ports.ts';
import { type ContainerSnapshot, createSnapshot, type SnapshotObject } from './facts/snapshot.ts';
import type { HostFiles } from './host-files.ts';
import { parseContainerInspect, parseImageInspect, parseVolumeInspect } from './inspect-parse.ts';
import type { ContainerInspect, EngineInfo, NetworkInspect } from './inspect-types.ts';

export interface ResolverOptions {
  readonly client: Pick<EngineClient, 'inspectContainer' | 'inspectImage' | 'inspectVolume' | 'inspectNetwork'>;
  readonly files: HostFiles;
  readonly info: EngineInfo;
  readonly hostId: string;
  /** The engine's own socket, when it has one. */
  readonly enginePath: string | undefined;
  /** Where Moorwatch's own state, configuration and rules lie on this host; empty when its file system is not the host's. */
  readonly monitorPaths?: readonly string[];
  /** Snapshots are written down and compared later: no secret may be in them from the beginning. */
  readonly redactor: Redactor;
  /** Told of what was asked in vain and will be again: the snapshot comes without it. */
  readonly refused?: (request: string, error: unknown) => void;
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
  const { files, info, hostId, redactor } = options;
  const { images, volumes, networks, containers } = createLookups(options);

  const passwdOf = async (inspect: ContainerInspect | undefined): Promise<string | null> =>
    inspect?.State?.Running === true ? files.passwd(inspect.State.Pid ?? 0) : null;

  const factsOf = async (inspect: ContainerInspect, joined: ReadonlyMap<string, ContainerInspect>) => {
    const ids = Object.values(inspect.NetworkSettings?.Networks ?? {}).flatMap((network) => network?.NetworkID || []);
    const [image, passwd, known] = await Promise.all([
      inspect.Image ? images.get(inspect.Image) : undefined,
      passwdOf(inspect),
      lookUp(networks.get, ids),
    ]);
    const names = new Map([...joined].map(([id, { Name }]) => [id, (Name ?? '').replace(/^\//, '')]));
    return containerFacts(withoutSecrets(inspect, redactor), { info, image, passwd, networks: known, joined: names });
  };
  const mountsOf = async (inspect: ContainerInspect): Promise<SnapshotObject[]> => {
    const names = (inspect.Mounts ?? []).flatMap(({ Name }) => (Name ? [Name] : []));
    const [found, donors] = await Promise.all([lookUp(volumes.get, names), lookUp(containers, donorsOf(inspect))]);
    const requested = requestedMounts(inspect, { volumes: found, donors });
    const asked = pathsOf(requested);
    const context = {
      paths: await lookUp<HostPath>(files.look, asked),
      sockets: asked.length === 0 ? [] : await files.sockets(options.enginePath),
      dataRoot: info.DockerRootDir,
      monitor: options.monitorPaths ?? [],
    };
    return requested.map((mount) => ({ key: `mount:${mount.Destination}`, mount: mountFacts(mount, context) }));
  };
  const devicesOf = async (inspect: ContainerInspect): Promise<SnapshotObject[]> => {
    const devices = inspect.HostConfig?.Devices ?? [];
    const paths = await lookUp<HostPath>(
      files.device,
      devices.map(({ PathOnHost }) => PathOnHost ?? ''),
    );
    return devices.map((device) => {
      const facts = deviceFacts(device, paths.get(device.PathOnHost ?? ''));
      return { key: `device:${facts.path_in_container}`, device: facts };
    });
  };

  return {
    passwdOf,
    warmVolume: async (name) => void (await volumes.get(name)),
    forgetVolume: (name) => volumes.forget(name),
    snapshot: async (given) => {
      const inspect = parseContainerInspect(given, `inspect of container ${String(given.Id).slice(0, 12)}`);
      const joins = requestedJoins(inspect);
      const joined = await lookUp(
        containers,
        joins.map(({ target }) => target),
      );
      const [container, mounts, devices] = await Promise.all([
        factsOf(inspect, joined),
        mountsOf(inspect),
        devicesOf(inspect),
      ]);
      const shared = joins.map((join) => ({
        key: `join:${join.type}`,
        namespace_join: joinFacts(join, container, joined.get(join.target)),
      }));
      const objects = [...mounts, ...devices, ...portsOf(inspect), ...shared];
      return createSnapshot({
        container: { ...container, ...ownerFacts(objects) },
        objects,
        workload: workloadOf(hostId, container),
      });
    },
  };
}

const portsOf = ({ HostConfig = {} }: ContainerInspect): SnapshotObject[] =>
  portFacts(HostConfig).map((port) => ({
    key: `port:${port.container_port}/${port.protocol}@${port.host_ip}:${port.host_port}`,
    port,
  }));

/** What else is asked of the engine, each answer checked. */
function createLookups({ client, refused = () => undefined }: ResolverOptions) {
  const allowed = <T>(kind: string, ask: (name: string) => Promise<T | undefined>) => {
    return async (name: string): Promise<T | undefined> => {
      try {
        return await ask(name);
      } catch (error) {
        // A proxy that holds it back, or an answer that cannot be read, will do so again: the rest of the facts is worth having.
        if (!isLasting(error)) throw error;
        refused(`${kind} ${name}`, error);
        return undefined;
      }
    };
  };
  const checked =
    <T>(kind: string, parse: (body: unknown, place: string) => T, ask: (name: string) => Promise<T | undefined>) =>
    async (name: string): Promise<T | undefined> => {
      const body = await ask(name);
      return body === undefined ? undefined : parse(body, `${kind} ${name}`);
    };
  const image = checked('inspect of image', parseImageInspect, client.inspectImage);
  const volume = checked('inspect of volume', parseVolumeInspect, client.inspectVolume);
  const container = checked('inspect of container', parseContainerInspect, client.inspectContainer);
  return {
    images: createCache(500, allowed('inspect of image', image)),
    volumes: createCache(2_000, allowed('inspect of volume', volume), volumeFreshMs),
    networks: createCache(
      500,
      allowed('inspect of network', async (id: string) => traitsOf(await client.inspectNetwork(id))),
    ),
    containers: allowed('inspect of container', container),
  };
}

const traitsOf = (network: NetworkInspect | undefined): NetworkTraits | undefined =>
  network && {
    ...(typeof network.Internal === 'boolean' && { internal: network.Internal }),
    ...(typeof network.Driver === 'string' && { driver: network.Driver }),
  };

/** A volume of that name may be another one by now, made while no events came. */
const volumeFreshMs = 30_000;

function isLasting(error: unknown): boolean {
  if (error instanceof MalformedError) return true;
  const cause = error instanceof Error ? error.cause : undefined;
  return isRecord(cause) && (cause.statusCode === 403 || cause.statusCode === 401);
}

/** Before facts are made, so that the health check, the hash and what is shown agree. */
function withoutSecrets(inspect: ContainerInspect, redactor: Redactor): ContainerInspect {
  const { Config, Path, Args } = inspect;
  const test = Config?.Healthcheck?.Test;
  const [path = '', ...args] = redactor.args([Path ?? '', ...(Args ?? [])]);
  return {
    ...inspect,
    Path: path,
    Args: args,
    Config: {
      ...Config,
      Env: redactor.args(Config?.Env ?? []),
      Cmd: redactor.args(Config?.Cmd ?? []),
      ...(Array.isArray(Config?.Entrypoint) ? { Entrypoint: redactor.args(Config.Entrypoint) } : {}),
      ...(test ? { Healthcheck: { ...Config?.Healthcheck, Test: redactor.args(test) } } : {}),
    },
  };
}

async function lookUp<T>(
  ask: (name: string) => Promise<T | undefined>,
  names: readonly string[],
): Promise<ReadonlyMap<string, T>> {
  const found = await Promise.all([...new Set(names)].map(async (name) => [name, await ask(name)] as const));
  return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** Answers kept by name, for a while or (what never changes) for ever; what the engine no longer knows stays as it was. Bounded: the oldest goes. */
function createCache<T>(
  most: number,
  ask: (name: string) => Promise<T | undefined>,
  freshMs = Number.POSITIVE_INFINITY,
) {
  const known = new Map<string, { readonly answer: T; readonly at: number }>();
  return {
    get: async (name: string): Promise<T | undefined> => {
      const cached = known.get(name);
      if (cached !== undefined && performance.now() - cached.at < freshMs) return cached.answer;
      const answer = (await ask(name)) ?? cached?.answer;
      if (answer === undefined) return undefined;
      known.delete(name);
      known.set(name, { answer, at: performance.now() });
      dropOldest(known, most);
      return answer;
    },
    forget: (name: string): void => void known.delete(name),
  };
}
