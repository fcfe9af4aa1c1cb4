import { cleanPath } from '../../../shared/clean-path.ts';
import { severityRank } from '../../../shared/finding.ts';
import type { MountFacts } from '../../../shared/observation.ts';
import type { ContainerInspect, MountPoint, VolumeInspect } from '../inspect-types.ts';
import { engineDirectories, isWithinOrAbove } from './engine-data.ts';
import { type HiddenSource, hiddenSources } from './hidden.ts';
import { type HostPath, isWithin, type RuntimeSocket } from './host-path.ts';
import { mountSeverity } from './mount-severity.ts';
import { pathSeverity, raised } from './path-rows.ts';
import { socketFacts } from './sockets.ts';

/** A mount as asked for or as the engine made it, with the driver options that its volume may hide a host path in. */
export interface RequestedMount extends MountPoint {
  readonly Destination: string;
  readonly options?: Readonly<Record<string, string>> | null;
  readonly inheritedFrom?: string;
}

export interface MountContext {
  readonly paths: ReadonlyMap<string, HostPath>;
  readonly sockets: readonly RuntimeSocket[];
  /** /info DockerRootDir. */
  readonly dataRoot?: string | undefined;
  /** Where Moorwatch keeps its own state, configuration and rules on this host. */
  readonly monitor?: readonly string[];
}

export interface MountSources {
  readonly volumes: ReadonlyMap<string, VolumeInspect>;
  /** Containers named by volumes-from, by that name. */
  readonly donors: ReadonlyMap<string, ContainerInspect>;
}

/** Containers whose volumes are taken over (`name[:mode]`). */
export const donorsOf = ({ HostConfig }: ContainerInspect): readonly string[] =>
  (HostConfig?.VolumesFrom ?? []).map((entry) => entry.split(':')[0] ?? '').filter(Boolean);

/** N1: the engine's list and the request's list, by destination. Options come from the volume itself, else from the request. */
export function requestedMounts(
  inspect: ContainerInspect,
  { volumes, donors }: MountSources,
): readonly RequestedMount[] {
  const mounts = new Map<string, RequestedMount>();
  for (const request of inspect.HostConfig?.Mounts ?? []) {
    if (request.Target === undefined) continue;
    // The engine lists it by its clean name.
    const Destination = cleanPath(request.Target);
    mounts.set(Destination, {
      Type: request.Type ?? 'volume',
      Source: request.Source ?? '',
      Destination,
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
    const donor = donorOf(point, donors);
    const inherited = donor === undefined ? {} : { inheritedFrom: donor };
    mounts.set(point.Destination, { ...point, ...inherited, Destination: point.Destination, options });
  }
  return [...mounts.values()];
}

/** The container that has the same thing at the same place and is named by volumes-from. */
function donorOf(point: MountPoint, donors: MountSources['donors']): string | undefined {
  for (const donor of donors.values()) {
    const same = (donor.Mounts ?? []).some(
      ({ Destination, Source }) => Destination === point.Destination && Source === point.Source,
    );
    if (same) return donor.Id;
  }
  return undefined;
}

/** Host paths whose real name, inode and type the mounts' facts depend on. */
export function pathsOf(mounts: readonly RequestedMount[]): readonly string[] {
  return mounts.flatMap(({ Type, Source, options }) => {
    const hidden = hiddenSources(options).flatMap((source) => (source.kind === 'host' ? [source.path] : []));
    return [...(Type === 'bind' && Source ? [Source] : []), ...hidden];
  });
}

export function mountFacts(mount: RequestedMount, context: MountContext): MountFacts {
  const source = mount.Source ?? '';
  const bound = mount.Type === 'bind' && source !== '';
  const path = bound ? lookUp(context, source) : { real: source === '' ? '' : cleanPath(source), resolved: false };
  const socket = bound
    ? socketFacts(path, source, context.sockets)
    : { is_runtime_socket: false, socket_alias: false, covers_socket: false };
  const own = [...engineDirectories, ...(context.dataRoot ? [context.dataRoot] : [])];
  const facts: MountFacts = {
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
    engine_data: bound && isWithinOrAbove(path.real, own),
    monitor_data: bound && (context.monitor ?? []).some((directory) => isWithin(path.real, directory)),
    ...(path.fstype === undefined ? {} : { fstype: path.fstype }),
    ...(mount.inheritedFrom === undefined ? {} : { inherited_from: mount.inheritedFrom }),
    ...hiddenFacts(mount, context),
  };
  const severity = mountSeverity(facts);
  return severity === undefined ? facts : { ...facts, severity };
}

const lookUp = ({ paths }: MountContext, source: string): HostPath =>
  paths.get(source) ?? { real: cleanPath(source), resolved: false };

type HiddenFacts = Required<Pick<MountFacts, 'hidden_source' | 'hidden_severity'>>;

/** Of several hidden paths (the layers of an overlay) the worst. */
function hiddenFacts(mount: RequestedMount, context: MountContext): HiddenFacts | Record<string, never> {
  const all = hiddenSources(mount.options).map((source) => judged(source, mount.RW !== false, context));
  const [worst] = all.sort((a, b) => severityRank(b.hidden_severity) - severityRank(a.hidden_severity));
  return worst ?? {};
}

function judged(source: HiddenSource, writable: boolean, context: MountContext): HiddenFacts {
  if (source.kind === 'network') return { hidden_source: source.address, hidden_severity: 'informational' };
  const found = lookUp(context, source.path);
  const path = source.fstype === undefined ? found : { ...found, fstype: source.fstype };
  const socket = socketFacts(path, source.path, context.sockets);
  const severity = pathSeverity(path, { rw: source.rw && writable, socket });
  return { hidden_source: path.real, hidden_severity: raised(severity ?? 'informational') };
}
