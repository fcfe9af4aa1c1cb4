import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanPath, type HostPath, type RuntimeSocket } from './facts/host-path.ts';
import { defaultSockets } from './facts/sockets.ts';

export interface HostFilesOptions {
  /** The host's / as this process sees it; empty: do not look. */
  readonly rootfs: string;
  /** The host's /proc; empty: do not look. */
  readonly procfs: string;
}

/** Questions to the host's file system. Never opens a file of the host but passwd of a container, through /proc. */
export interface HostFiles {
  look(path: string): Promise<HostPath>;
  /** Runtime sockets that live on this host now, the engine's own among them. */
  sockets(enginePath: string | undefined): Promise<readonly RuntimeSocket[]>;
  /** /etc/passwd as the container with this init process sees it; null when it cannot be read. */
  passwd(pid: number): Promise<string | null>;
}

const longestPasswd = 256 * 1024;
const mostLinks = 40;

export function createHostFiles({ rootfs, procfs }: HostFilesOptions): HostFiles {
  const look = async (path: string): Promise<HostPath> => {
    if (rootfs === '') return { real: cleanPath(path), resolved: false };
    try {
      return await describe(rootfs, await realPath(rootfs, path), procfs);
    } catch {
      // Not there (yet), or not ours to enter: the text is all there is.
      return { real: cleanPath(path), resolved: false };
    }
  };
  return {
    look,
    sockets: async (enginePath) => {
      const paths = [...defaultSockets, ...(enginePath === undefined ? [] : [enginePath])];
      const found = await Promise.all(paths.map(look));
      const live = found.filter(({ type, identity }) => type === 'socket' && identity !== undefined);
      const unknown = found.filter(({ resolved }, index) => !resolved && paths[index] === enginePath);
      return [...live, ...unknown].map(({ real, identity }) => ({
        path: real,
        ...(identity === undefined ? {} : { identity }),
      }));
    },
    passwd: async (pid) => {
      if (procfs === '' || pid <= 0) return null;
      try {
        const text = await readFile(join(procfs, String(pid), 'root/etc/passwd'), 'utf8');
        return text.slice(0, longestPasswd);
      } catch {
        return null;
      }
    },
  };
}

/** Follows every symbolic link inside the given root, as the engine on the host would. */
async function realPath(rootfs: string, path: string): Promise<string> {
  let pending = cleanPath(path).split('/').filter(Boolean);
  let real = '';
  let links = 0;
  while (pending.length > 0) {
    const [part = '', ...rest] = pending;
    const next = `${real}/${part}`;
    const stats = await lstat(join(rootfs, next));
    if (!stats.isSymbolicLink()) {
      real = next;
      pending = rest;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new Error(`${path} has too many levels of links`);
    const target = await readlink(join(rootfs, next));
    const absolute = cleanPath(target.startsWith('/') ? target : `${real}/${target}`);
    pending = [...absolute.split('/').filter(Boolean), ...rest];
    real = '';
  }
  return real === '' ? '/' : real;
}

async function describe(rootfs: string, real: string, procfs: string): Promise<HostPath> {
  const stats = await lstat(join(rootfs, real), { bigint: true });
  const type = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSocket()
        ? 'socket'
        : stats.isBlockDevice()
          ? 'block'
          : stats.isCharacterDevice()
            ? 'char'
            : 'other';
  const fstype = type === 'directory' || type === 'file' ? await fileSystemType(rootfs, { real, procfs }) : undefined;
  return {
    real,
    resolved: true,
    type,
    identity: `${stats.dev}:${stats.ino}`,
    ...(type === 'block' || type === 'char' ? { major: majorOf(stats.rdev), minor: minorOf(stats.rdev) } : {}),
    ...(fstype === undefined ? {} : { fstype }),
  };
}

/** glibc's gnu_dev_major and gnu_dev_minor. */
const majorOf = (device: bigint): number => Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
const minorOf = (device: bigint): number => Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));

/** From mountinfo: the type of the mount with the longest mount point above the path. */
async function fileSystemType(
  rootfs: string,
  { real, procfs }: { real: string; procfs: string },
): Promise<string | undefined> {
  if (procfs === '') return undefined;
  try {
    const table = await readFile(join(procfs, rootfs === '/' ? 'self' : '1', 'mountinfo'), 'utf8');
    let best = { point: '', type: '' };
    for (const line of table.split('\n')) {
      const [left = '', right = ''] = line.split(' - ');
      const point = left.split(' ')[4] ?? '';
      const covers = point === '/' || real === point || real.startsWith(`${point}/`);
      if (covers && point.length >= best.point.length) best = { point, type: right.split(' ')[0] ?? '' };
    }
    return best.type === '' ? undefined : best.type;
  } catch {
    return undefined;
  }
}
