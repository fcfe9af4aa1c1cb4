import type { MountFacts } from '../../shared/observation.ts';
import type { KnownContainer } from '../engine/inventory.ts';
import type { MountLine } from '../procfs/mountinfo.ts';

/** What a container's configuration says of its mounts. */
export interface DeclaredMounts {
  readonly mounts: readonly Pick<MountFacts, 'destination' | 'propagation'>[];
  /** Destinations of HostConfig.Tmpfs, which the engine does not list among the mounts. */
  readonly tmpfs: readonly string[];
  /** The engine hides nothing in /proc and /sys from it. */
  readonly privileged: boolean;
}

/** undefined: the container is not known (any more). */
export function declaredMounts(known: KnownContainer | undefined): DeclaredMounts | undefined {
  if (known === undefined) return undefined;
  const { container, objects } = known.snapshot;
  const mounts = objects.flatMap(({ mount }) => mount ?? []);
  return { mounts, tmpfs: container.tmpfs ?? [], privileged: container.privileged === true };
}

/**
 * How many lines, from the top, the runtime made: up to the last one that the engine itself makes or that was asked for. The kernel lists mounts in
 * the order in which they were made, and masked paths come last of all. Only the first mount at a place counts: a second one there is
 * somebody else's.
 */
export function madeByRuntime(lines: readonly MountLine[], declared: DeclaredMounts): number {
  const places = new Set<string>();
  let made = 0;
  for (const [index, line] of lines.entries()) {
    const isFirst = !places.has(line.point);
    places.add(line.point);
    // What lies below a bind mount comes with it, right behind it.
    const isSubmount = made === index && isBelowDeclared(line, declared);
    if (isFirst && (isEngines(line, declared) || isDeclared(line, declared) || isSubmount)) made = index + 1;
  }
  return made;
}

/** It came from the host through a bind mount that takes over what is mounted there. */
export const isPropagated = ({ point, propagation }: MountLine, { mounts }: DeclaredMounts): boolean =>
  propagation.some((tag) => tag.startsWith('master:') || tag.startsWith('shared:')) &&
  mounts.some((mount) => /slave|shared/.test(mount.propagation) && isBelow(point, mount.destination));

export const isDeclared = ({ point }: MountLine, { mounts, tmpfs }: DeclaredMounts): boolean =>
  mounts.some(({ destination }) => destination === point) || tmpfs.includes(point);

export const isBelowDeclared = ({ point }: MountLine, { mounts }: DeclaredMounts): boolean =>
  mounts.some(({ destination }) => isBelow(point, destination));

const isBelow = (path: string, directory: string): boolean =>
  directory === '/' ? path !== '/' : path.startsWith(`${directory}/`);

/** Mount points of every container, with the file systems that the engine puts there. */
const ownPoints: Readonly<Record<string, RegExp>> = {
  '/proc': /^proc$/,
  '/dev': /^(dev)?tmpfs$/,
  '/dev/pts': /^devpts$/,
  '/dev/console': /^devpts$/,
  '/dev/mqueue': /^mqueue$/,
  '/dev/shm': /^tmpfs$/,
  '/sys': /^sysfs$/,
  '/sys/fs/cgroup': /^(tmpfs|cgroup2)$/,
};
const ownFile = /^\/etc\/(resolv\.conf|hostname|hosts)$/;
const ownInit = /^\/(sbin\/docker-init|dev\/init|run\/\.containerenv|run\/podman-init)$/;

/** Exactly what the engine mounts by itself: the right file system, the right part of it, at the right place. */
export function isEngines(line: MountLine, { privileged }: DeclaredMounts): boolean {
  const { point, type, root, rw } = line;
  if (point === '/') return true;
  if (Object.hasOwn(ownPoints, point)) return ownPoints[point]?.test(type) === true;
  if (/^\/sys\/fs\/cgroup\/[^/]+$/.test(point)) return type === 'cgroup' || type === 'cgroup2';
  if (ownFile.test(point)) return root.endsWith(point.slice(4));
  if (ownInit.test(point)) return !rw || point.startsWith('/run/');
  // A device that is bound because its node may not be made.
  if (type === 'devtmpfs') return point === `/dev${root}`;
  return !privileged && isMask(line);
}

/** A path of /proc or /sys that is hidden or made read-only. */
function isMask({ point, type, root, rw }: MountLine): boolean {
  const inside = /^\/(?:proc|sys)(\/.+)$/.exec(point)?.[1];
  if (inside === undefined) return false;
  if (type === 'proc' || type === 'sysfs') return !rw && root === inside;
  return type === 'tmpfs' || type === 'devtmpfs' ? root === '/null' || (root === '/' && !rw) : false;
}
