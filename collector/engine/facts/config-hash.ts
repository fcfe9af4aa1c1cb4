import { canonicalJson, contentHash, type Json } from '../../../shared/hash.ts';
import type { ContainerInspect, HostConfig, ImageInspect } from '../inspect-types.ts';

export interface ConfigHashContext {
  /** What comes from the image belongs to its version, not to how the container is run. */
  readonly image: ImageInspect | undefined;
  /** Container id → name, of those whose namespaces it joins. */
  readonly names: ReadonlyMap<string, string>;
}

/** Members of HostConfig that say nothing of what the container may do, or that differ between two runs of one command. */
const volatile = new Set(['ContainerIDFile', 'ConsoleSize', 'LogConfig', 'Annotations']);

/**
 * N9: what the container may do and what it was told to run, equal for a container and its replacement by the same command, also with a newer
 * version of the image. Not in it: the image and what it brings (environment, command, user), names, labels, addresses, generated ids.
 */
export function configHash({ HostConfig = {}, Config }: ContainerInspect, context: ConfigHashContext): string {
  const own = context.image?.Config ?? {};
  const inherited = new Set(own.Env ?? []);
  const unless = (value: unknown, fromImage: unknown): Json =>
    canonicalJson(json(value)) === canonicalJson(json(fromImage)) ? null : json(value);
  return contentHash({
    host: hostPart(HostConfig, context.names),
    user: unless(Config?.User, own.User),
    env: (Config?.Env ?? []).filter((entry) => !inherited.has(entry)).sort(),
    entrypoint: unless(Config?.Entrypoint, own.Entrypoint),
    cmd: unless(Config?.Cmd, own.Cmd),
    workingDir: unless(Config?.WorkingDir, own.WorkingDir),
    healthcheck: unless(Config?.Healthcheck?.Test, own.Healthcheck?.Test),
  });
}

/** Members that say "nothing", in whichever way the client wrote it, are left out: a newer engine has more of them. */
function hostPart(host: HostConfig, names: ReadonlyMap<string, string>): Json {
  const named = (mode: string | undefined): string => {
    const id = mode?.startsWith('container:') ? mode.slice('container:'.length) : undefined;
    return id === undefined ? (mode ?? '') : `container:${names.get(id) ?? id}`;
  };
  const stable: HostConfig = {
    ...host,
    PidMode: named(host.PidMode),
    IpcMode: named(host.IpcMode),
    NetworkMode: named(host.NetworkMode),
    // The command line client gives several -v in any order.
    Binds: (host.Binds ?? []).filter((bind) => !isAnonymous(bind.split(':')[0] ?? '')).sort(),
    Mounts: (host.Mounts ?? []).filter((mount) => !isPlainAnonymous(mount)),
  };
  const members = Object.entries(stable)
    .filter(([name]) => !volatile.has(name))
    .map(([name, value]) => [name, json(value)] as const)
    .filter(([, value]) => !isNothing(value));
  return Object.fromEntries(members);
}

/** A volume that nobody named. Compose hands it on to the replacement by the name that the engine made up. */
const isAnonymous = (source: string): boolean => /^[0-9a-f]{64}$/.test(source);

const isPlainAnonymous = ({ Type, Source = '', VolumeOptions }: NonNullable<HostConfig['Mounts']>[number]): boolean =>
  Type === 'volume' && (Source === '' || isAnonymous(Source)) && !VolumeOptions?.DriverConfig;

function isNothing(value: Json): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** JSON from the engine: the loose types only name the members that are read. "Nothing" in all its spellings is null. */
function json(value: unknown): Json {
  const given = (value ?? null) as Json;
  return isNothing(given) ? null : given;
}
