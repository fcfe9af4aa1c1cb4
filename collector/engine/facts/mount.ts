import type { MountFacts } from '../../../shared/observation.ts';
import type { ContainerInspect, MountPoint, VolumeInspect } from '../inspect-types.ts';
import { hiddenSource } from './hidden.ts';
import { cleanPath, type HostPath, type RuntimeSocket } from './host-path.ts';
import { pathSeverity, raised } from './path-rows.ts';
import { socketFacts } from './sockets.ts';

/** A mount as asked for or as the engine made it, with the driver options that its volume may hide a host path in. */
export interface RequestedMount extends MountPoint {
  readonly Destination: string;
  readonly options?: Readonly<Record<string, string>> | null;
}

export interface MountContext {
  readonly paths: ReadonlyMap<string, HostPath>;
  readonly sockets: readonly RuntimeSocket[];
}

/** N1: the engine's list and the request's list, by destination. Options come from the volume itself, else from the request. */
export function requestedMounts(
  inspect: ContainerInspect,
  volumes: ReadonlyMap<string, VolumeInspect>,
): readonly RequestedMount[] {
  const mounts = new Map<string, RequestedMount>();
  for (const request of inspect.HostConfig?.Mounts ?? []) {
    if (request.Target === undefined) continue;
    mounts.set(request.Target, {
      Type: request.Type ?? 'volume',
      Source: request.Source ?? '',
      Destination: request.Target,
      RW: request.ReadOnly !== true,
      Propagation: request.BindOptions?.Propagation ?? '',
      ...(request.Type === 'volume' && request.Source ? { Name: request.Source } : {}),
      options: request.VolumeOptions?.DriverConfig?.Options ?? null,
    });
  }
  for (const point of inspect.Mounts ?? []) {
    if (point.Destination === undefined) continue;
    const volume = point.Name === undefined ? undefined : volumes.get(point.Name);
    const options = volume?.Options ?? mounts.get(point.Destination)?.options ?? null;
    mounts.set(point.Destination, { ...point, Destination: point.Destination, options });
  }
  return [...mounts.values()];
}

/** Host paths whose real name, inode and type the mounts' facts depend on. */
export function pathsOf(mounts: readonly RequestedMount[]): readonly string[] {
  return mounts.flatMap(({ Type, Source, options }) => {
    const hidden = hiddenSource(options);
    return [...(Type === 'bind' && Source ? [Source] : []), ...(hidden?.kind === 'host' ? [hidden.path] : [])];
  });
}

export function mountFacts(mount: RequestedMount, context: MountContext): MountFacts {
  const source = mount.Source ?? '';
  const bound = mount.Type === 'bind' && source !== '';
  const path = bound ? lookUp(context, source) : { real: source === '' ? '' : cleanPath(source), resolved: false };
  const socket = bound
    ? socketFacts(path, context.sockets)
    : { is_runtime_socket: false, socket_alias: false, covers_socket: false };
  return {
    type: mount.Type ?? '',
    source,
    source_real: path.real,
    resolved: path.resolved,
    destination: mount.Destination,
    rw: mount.RW !== false,
    propagation: mount.Propagation ?? '',
    ...(mount.Name ? { volume: mount.Name } : {}),
    ...(mount.Driver ? { driver: mount.Driver } : {}),
    ...socket,
    is_socket: path.type === 'socket',
    is_file: path.type === 'file',
    ...(path.fstype === undefined ? {} : { fstype: path.fstype }),
    ...hiddenFacts(mount, context),
  };
}

const lookUp = ({ paths }: MountContext, source: string): HostPath =>
  paths.get(source) ?? { real: cleanPath(source), resolved: false };

function hiddenFacts(
  mount: RequestedMount,
  context: MountContext,
): Pick<MountFacts, 'hidden_source' | 'hidden_severity'> {
  const hidden = hiddenSource(mount.options);
  if (hidden === undefined) return {};
  if (hidden.kind === 'network') return { hidden_source: hidden.address, hidden_severity: 'informational' };
  const path = lookUp(context, hidden.path);
  const rw = hidden.rw && mount.RW !== false;
  const severity = pathSeverity(path, { rw, socket: socketFacts(path, context.sockets) });
  return { hidden_source: path.real, hidden_severity: raised(severity ?? 'informational') };
}
