/** A mount as far as a path is looked up in it. */
export interface MountEntry {
  readonly point: string;
  readonly type: string;
}

/** One line of /proc/PID/mountinfo. */
export interface MountLine extends MountEntry {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the file system; a major of 0 is no block device. */
  readonly device: string;
  /** Which directory or file of the file system is mounted: `/` is all of it. */
  readonly root: string;
  readonly rw: boolean;
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; none: private. */
  readonly propagation: readonly string[];
  /** Verbatim: a device, or any word that whoever mounted it chose. */
  readonly source: string;
  /** Options of the file system itself, as they stand there: for overlayfs where its layers are. */
  readonly options: string;
}

/**
 * Parses a mount table (proc_pid_mountinfo(5)) in the kernel's order, which is that in which they were mounted; lines that are none are left out. How much
 * of a table is read is its caller's to bound.
 */
export function parseMountinfo(text: string): readonly MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [id, parent, device, root, point, flags, ...propagation] = left.split(' ');
    const [type, source = '', options = ''] = right.split(' ');
    if (device === undefined || root === undefined || point === undefined || flags === undefined || !type) return [];
    return {
      id: Number(id),
      parent: Number(parent),
      device,
      root: withoutOctal(root),
      point: withoutOctal(point),
      rw: flags.split(',').includes('rw'),
      propagation,
      type,
      source: withoutOctal(source),
      options,
    };
  });
}

/** The mount that shows at this path: the one with the longest mount point above it, of equal ones the last. */
export function mountAt<M extends MountEntry>(mounts: readonly M[], path: string): M | undefined {
  let best: M | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const covers = point === '/' || path === point || path.startsWith(`${point}/`);
    if (covers && point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

/** Where overlayfs keeps what was written, as the engine that mounted it names it; undefined where that is no absolute path. */
export function upperDirectory({ type, options }: MountLine): string | undefined {
  if (type !== 'overlay') return undefined;
  // A comma within a path is written as \054.
  const found = withoutOctal(/(?:^|,)upperdir=([^,]+)/.exec(options)?.[1] ?? '');
  return found.startsWith('/') ? found : undefined;
}

/** The kernel writes space, tab, newline, backslash and # in its tables of mounts as \040 and the like. */
const withoutOctal = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : text;
