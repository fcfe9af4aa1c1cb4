/** One line of /proc/PID/mountinfo, as far as it is read. */
export interface MountEntry {
  readonly point: string;
  readonly type: string;
}

/** Parses mountinfo (proc_pid_mountinfo(5)); lines that are none are left out. */
export function parseMountinfo(text: string): readonly MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const point = left.split(' ')[4];
    const type = right.split(' ')[0];
    return point === undefined || !type ? [] : [{ point: unescaped(point), type }];
  });
}

/** The mount that shows at this path: the one with the longest mount point above it, of equal ones the last. */
export function mountAt(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  let best: MountEntry | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const covers = point === '/' || path === point || path.startsWith(`${point}/`);
    if (covers && point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

/** The kernel writes space, tab, newline and backslash as \040 and the like. */
const unescaped = (point: string): string =>
  point.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
