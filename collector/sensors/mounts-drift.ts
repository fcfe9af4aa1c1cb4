import type { MountRowFacts } from '../../shared/facts/mount-row.ts';
import type { MountLine } from '../procfs/mountinfo.ts';
import { type DeclaredMounts, isBelowDeclared, isDeclared, isPropagated, madeByRuntime } from './mounts-explained.ts';

/** A line of the table that has something to say. */
export interface Drift {
  readonly line: MountLine;
  readonly action: 'mount' | 'remount';
  readonly row: MountRowFacts;
}

/** Lines that are known of one life of a container. */
export type KnownLines = ReadonlySet<string>;

/**
 * What is new in a mount table. `known` undefined: it is seen for the first time, and what its configuration does not explain is told, whenever it was
 * made. Pure.
 */
export function mountDrift(
  lines: readonly MountLine[],
  { known, declared }: { readonly known: KnownLines | undefined; readonly declared: DeclaredMounts },
): readonly Drift[] {
  const made = known === undefined ? madeByRuntime(lines, declared) : 0;
  const isRebind = createRebinds();
  const isSameAgain = createOverlays(lines, known);
  return lines.flatMap((line, index): readonly Drift[] => {
    const rebind = isRebind(line);
    const isAgain = isSameAgain(line);
    if (known?.has(lineKey(line))) return [];
    const isDeclaredLine = isDeclared(line, declared) || isBelowDeclared(line, declared);
    const when = index < made ? 'start' : 'later';
    const row = rowFacts(line, { rebind, when, declared: isDeclaredLine });
    if (known !== undefined && isSameMount(line, known)) return line.rw ? [{ line, action: 'remount', row }] : [];
    if (isAgain) return [];
    if (when === 'later' ? isPropagated(line, declared) : !isToldOfStart(row)) return [];
    return [{ line, action: 'mount', row }];
  });
}

/** The lines that a next look compares with. */
export const keysOf = (lines: readonly MountLine[]): KnownLines => new Set(lines.map(lineKey));

/** What a line is, in one text: with what may change while it stays the same mount last. */
export const lineKey = (line: MountLine): string => `${identityOf(line)} ${line.rw ? 'rw' : 'ro'}`;

/** A mount stays what it is when what it shows is deleted on the host (the engine's socket, when the engine ends). */
const deletedMark = '//deleted';

/** Without its parent: a mount that the host makes at the same place is slid below it, and becomes that. */
const identityOf = ({ id, device, type, root, point }: MountLine): string => {
  const shown = root.endsWith(deletedMark) ? root.slice(0, -deletedMark.length) : root;
  return JSON.stringify([id, device, type, shown, point]);
};

const isSameMount = (line: MountLine, known: KnownLines): boolean =>
  known.has(`${identityOf(line)} ${line.rw ? 'ro' : 'rw'}`);

/** File systems whose parts lead out of a container when the runtime was made to mount them. */
const kernelTypes = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'binfmt_misc', 'debugfs', 'tracefs', 'securityfs']);

/**
 * Of what a runtime mounts at the start there is much that no engine lists (drivers of devices, secrets). Told is what a rule may ask about: a writable
 * part of the kernel's file systems that was not asked for, and lxcfs.
 */
function isToldOfStart({ fstype, rw, declared, root, destination }: MountRowFacts): boolean {
  if (!rw) return false;
  if (fstype === 'fuse.lxcfs') return true;
  if (declared || !kernelTypes.has(fstype)) return false;
  // All of it in its usual place is the engine's own.
  const usual = destination === '/proc' || destination === '/sys' || destination.startsWith('/sys/fs/cgroup');
  return !usual || (root !== '/' && !fstype.startsWith('cgroup'));
}

/** Types of file systems on disks that have no device number of their own. */
const poolTypes = new Set(['btrfs', 'zfs', 'bcachefs']);
const loopMajor = '7';

function rowFacts(
  { point, type, source, root, device, rw, propagation }: MountLine,
  of: { readonly rebind: boolean; readonly when: MountRowFacts['when']; readonly declared: boolean },
): MountRowFacts {
  const [major = '0'] = device.split(':');
  return {
    destination: point,
    fstype: type,
    source,
    root,
    device,
    rw,
    propagation: propagationOf(propagation),
    when: of.when,
    declared: of.declared,
    host_disk: (major !== '0' && major !== loopMajor) || poolTypes.has(type),
    rebind: of.rebind,
  };
}

/**
 * Whether a line's part of a file system lies in one that a line before it mounted. Asked of each line in turn; by its directories, because a container
 * may mount a hundred thousand.
 */
function createRebinds(): (line: MountLine) => boolean {
  const mounted = new Set<string>();
  return ({ device, root }) => {
    const parts = root.split('/').filter(Boolean);
    const above = parts.map((_, index) => `${device} /${parts.slice(0, index + 1).join('/')}`);
    const isRebind = [`${device} /`, ...above].some((place) => mounted.has(place));
    mounted.add(above.at(-1) ?? `${device} /`);
    return isRebind;
  };
}

/**
 * Whether a line shows at its place what a line that is known, or one before it, shows there, and lets nobody write who could not: an engine mounts a
 * container's files once more for every copy into it or out of it, and where its root follows the host's they are seen inside, below those that were
 * there. Asked of each line in turn.
 */
function createOverlays(lines: readonly MountLine[], known: KnownLines | undefined): (line: MountLine) => boolean {
  /** What is shown, by place; the value: whether it may be written. */
  const shown = new Map<string, boolean>();
  const show = (line: MountLine): void => {
    const what = placeOf(line);
    shown.set(what, line.rw || shown.get(what) === true);
  };
  for (const line of lines) if (known?.has(lineKey(line))) show(line);
  return (line) => {
    const writable = shown.get(placeOf(line));
    show(line);
    return writable !== undefined && (writable || !line.rw);
  };
}

const placeOf = ({ point, device, root }: MountLine): string => JSON.stringify([point, device, root]);

function propagationOf(tags: readonly string[]): string {
  if (tags.includes('unbindable')) return 'unbindable';
  if (tags.some((tag) => tag.startsWith('shared:'))) return 'shared';
  return tags.some((tag) => tag.startsWith('master:')) ? 'slave' : 'private';
}
