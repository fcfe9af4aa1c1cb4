import { withoutOctal } from './octal.ts';

/** One line of /proc/PID/mountinfo with all that says what is mounted (mountinfo.ts has what the look-up of a path needs). */
export interface MountLine {
  readonly id: number;
  readonly parent: number;
  /** `major:minor`; a major of 0 is no block device. */
  readonly device: string;
  /** Which part of the file system is mounted: `/` is all of it. */
  readonly root: string;
  readonly point: string;
  readonly rw: boolean;
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; none: private. */
  readonly propagation: readonly string[];
  readonly type: string;
  /** Verbatim: a device, or any word that whoever mounted it chose. */
  readonly source: string;
}

/** Parses a mount table (proc_pid_mountinfo(5)) in the kernel's order, which is that in which they were mounted; lines that are none are left out. */
export function parseMountTable(text: string): readonly MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [id, parent, device, root, point, options, ...propagation] = left.split(' ');
    const [type, source = ''] = right.split(' ');
    if (device === undefined || root === undefined || point === undefined || options === undefined || !type) return [];
    return {
      id: Number(id),
      parent: Number(parent),
      device,
      root: withoutOctal(root),
      point: withoutOctal(point),
      rw: options.split(',').includes('rw'),
      propagation: propagation.filter(Boolean),
      type,
      source: withoutOctal(source),
    };
  });
}
