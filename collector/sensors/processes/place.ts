import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { FileOriginFacts } from '../../../shared/facts/process.ts';
import type { FileIdentity } from '../../procfs/file-identity.ts';
import { type MountLine, mountAt } from '../../procfs/mountinfo.ts';
import type { ContainerView } from './view.ts';

/** Whose mounts a process sees: then its paths mean what they mean there. */
export type Mounted = 'container' | 'host' | 'foreign';

export interface PlacedFile {
  /** In the process's mounts, ` (deleted)` cut off. */
  readonly path: string;
  readonly deleted: boolean;
  readonly identity: FileIdentity;
  readonly mounted: Mounted;
  /** Under that path the container's root has another file, or none: it was opened elsewhere. Only looked at where the device does not say. */
  readonly elsewhere?: boolean;
}

type Layer = NonNullable<FileOriginFacts['layer']>;

export function originOfFile(file: PlacedFile, view: ContainerView): FileOriginFacts {
  const { changedAt } = file.identity;
  const age_s = secondsFrom(view.startedAt, changedAt);
  const { created_at: createdAt } = view.facts;
  const since_created_s = createdAt === undefined ? undefined : secondsFrom(createdAt, changedAt);
  const age = Math.max(age_s, since_created_s ?? age_s);
  return {
    layer: layerOf(file, { ...view, age }),
    age_s,
    ...(since_created_s === undefined ? {} : { since_created_s }),
  };
}

/** With three digits. */
const secondsFrom = (from: number, to: number): number => (to - from) / 1_000;

/** A path alone is the process's word where it has mounts of its own: the device decides, the path only among file systems of one device. */
function layerOf(file: PlacedFile, view: ContainerView & { readonly age: number }): Layer {
  const { path, identity, mounted, deleted, elsewhere = false } = file;
  const { device } = identity;
  const { mounts, rootMount, root, host } = view;
  const onDevice = mounts.filter((mount) => mount.device === device);
  if (deleted && path.startsWith('/memfd:') && onDevice.length === 0) return 'memfd';
  if (mounted === 'host' && host.devices.has(device)) return 'host';
  const mount = mounted === 'container' ? mountAt(mounts, path) : undefined;
  const isRoots = device === root?.device || device === rootMount?.device;
  if (mount !== undefined && mount === rootMount && (isRoots || (isLayers(device, view) && !elsewhere)))
    return rootLayer(file, view);
  if (mount !== undefined && mount !== rootMount && mount.device === device) return layerOfMount(mount);
  if (isRoots) return rootLayer(file, view);
  const own = onDevice.find(({ device: number }) => !host.devices.has(number));
  if (own !== undefined) return isOwnOverlay(own, view) ? 'unknown' : layerOfMount(own);
  if (mounted === 'foreign' && onDevice.length > 0) return 'volume';
  return host.devices.has(device) ? 'host' : 'unknown';
}

/** Layers that an engine inside of the container put together (Docker in Docker): the host has no such mount, and nothing of it is the host's. */
export const isOwnOverlay = ({ type, device }: MountLine, { host }: ContainerView): boolean =>
  type === 'overlay' && host.devices.size > 0 && !host.devices.has(device);

const layerOfMount = ({ type }: MountLine): Layer => (type === 'tmpfs' || type === 'ramfs' ? 'tmpfs' : 'volume');

/** Layers on several file systems: overlayfs gives the files of each a device number that no mount has. */
export const isLayers = (device: string, { mounts, rootMount, host }: ContainerView): boolean =>
  rootMount?.type === 'overlay' &&
  device.startsWith('0:') &&
  !mounts.some((mount) => mount.device === device) &&
  !host.devices.has(device);

/** Where the writable layer cannot be looked into, what changed after the container was made can only be there. */
function rootLayer({ path, deleted }: PlacedFile, view: ContainerView & { readonly age: number }): Layer {
  if (view.upper !== undefined && !deleted && isInUpper(path, view.upper)) return 'upper';
  if (view.age > 0) return 'upper';
  return view.upper === undefined ? 'unknown' : 'lower';
}

/**
 * Asked of the engine's own disk, which answers at once. A name in the writable layer may be a whiteout (a device): then the file is not there any
 * more. A link on the way is not followed: it leads to another file system, or to one that never answers.
 */
export function isInUpper(path: string, upper: string): boolean {
  try {
    const names = path.split('/').filter(Boolean);
    return names.every((_, index) => {
      const stats = lstatSync(join(upper, ...names.slice(0, index + 1)));
      return index === names.length - 1 ? stats.isFile() : stats.isDirectory();
    });
  } catch {
    return false;
  }
}
