import { withoutOctal } from './octal.ts';

/** A mount as far as a path is looked up in it. */
export interface MountEntry {
  readonly point: string;
  readonly type: string;
}

/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface MountLine extends MountEntry {
  readonly id: string;
  readonly parent: string;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** Which directory or file of the file system is mounted. */
  readonly root: string;
  readonly rw: boolean;
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`. */
  readonly propagation: readonly string[];
  readonly source: string;
  /** Options of the file system itself, as they stand there: for overlayfs where its layers are. */
  readonly options: string;
}

/** Parses mountinfo; lines that are none are left out. */
export function parseMountinfo(text: string): readonly MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [id = '', parent = '', device = '', root = '', point, flags = '', ...propagation] = left.split(' ');
    const [type, source = '', options = ''] = right.split(' ');
    if (point === undefined || !type) return [];
    const rw = flags.split(',').includes('rw');
    const of = { root: withoutOctal(root), point: withoutOctal(point), source: withoutOctal(source), options };
    return [{ id, parent, device, rw, propagation, type, ...of }];
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
