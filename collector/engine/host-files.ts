import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanPath } from '../../shared/clean-path.ts';
import { majorOf, minorOf } from '../procfs/device-number.ts';
import { type MountEntry, mountAt, parseMountinfo } from '../procfs/mountinfo.ts';
import type { DeviceNode, HostPath, HostPathType, RuntimeSocket } from './facts/host-path.ts';
import { defaultSockets } from './facts/sockets.ts';
import { realPath } from './real-path.ts';

export interface HostFilesOptions {
  /** The host's / as this process sees it; empty: do not look. */
  readonly rootfs: string;
  /** The host's /proc; empty: do not look. */
  readonly procfs: string;
}

/** Questions to the host's file system. Never opens a file of the host but passwd of a container, through /proc. */
export interface HostFiles {
  look(path: string): Promise<HostPath>;
  /** As look, and of a directory the device nodes in and below it. */
  device(path: string): Promise<HostPath>;
  /** Runtime sockets that live on this host now, the engine's own among them. */
  sockets(enginePath: string | undefined): Promise<readonly RuntimeSocket[]>;
  /** /etc/passwd as the container with this init process sees it; null when it cannot be read. */
  passwd(pid: number): Promise<string | null>;
}

/** Mounts and sockets of the host are asked again after so long: a burst of containers asks once. */
const freshMs = 1_000;

export function createHostFiles({ rootfs, procfs }: HostFilesOptions): HostFiles {
  const mounts = kept(() => readMounts(rootfs, procfs));
  const look = async (path: string): Promise<HostPath> => {
    if (rootfs === '') return { real: cleanPath(path), resolved: false };
    const table = await mounts();
    try {
      const real = await realPath(path, { root: rootfs, enter: (entered) => stayOutOfNetwork(entered, table) });
      return await describe(rootfs, { real, table });
    } catch {
      // Not there (yet), or not ours to enter: the text is all there is.
      return { real: cleanPath(path), resolved: false };
    }
  };
  const sockets = kept(() => Promise.all(defaultSockets.map(look)));
  return {
    look,
    device: async (path) => {
      const found = await look(path);
      if (found.type !== 'directory') return found;
      return { ...found, nodes: await nodesBelow(join(rootfs, found.real), mostDepth) };
    },
    sockets: async (enginePath) => {
      const own = enginePath === undefined ? undefined : await look(enginePath);
      const found = [...(await sockets()), ...(own === undefined ? [] : [own])];
      const live = found.filter((path) => path.type === 'socket' || (path === own && !path.resolved));
      return live.map(({ real, identity }) => ({ path: real, ...(identity === undefined ? {} : { identity }) }));
    },
    passwd: (pid) => readPasswd(procfs, pid),
  };
}

/** Answers from memory while what it has is fresh. */
function kept<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let asked = 0;
  return () => {
    const now = performance.now();
    if (answer === undefined || now - asked > freshMs) {
      asked = now;
      answer = ask();
    }
    return answer;
  };
}

async function readMounts(rootfs: string, procfs: string): Promise<readonly MountEntry[]> {
  if (procfs === '') return [];
  const text = await readFile(join(procfs, rootfs === '/' ? 'self' : '1', 'mountinfo'), 'utf8').catch(() => '');
  return parseMountinfo(text);
}

/** A server that does not answer would hold a look-up, and with it one of few threads, for ever. */
const remote = /^(nfs|nfs4|cifs|smb3|ceph|9p|glusterfs|fuse\..*|afs)$/;

function stayOutOfNetwork(path: string, mounts: readonly MountEntry[]): void {
  const type = mounts.find(({ point }) => point === path)?.type;
  if (type !== undefined && remote.test(type)) throw new Error(`${path} is on the network`);
}

async function describe(
  rootfs: string,
  { real, table }: { real: string; table: readonly MountEntry[] },
): Promise<HostPath> {
  const [stats, root] = await Promise.all([identityOf(join(rootfs, real)), identityOf(rootfs)]);
  const { identity } = stats;
  // Another mount of the root is the root.
  if (identity === root.identity)
    return { real: '/', resolved: true, type: 'directory', identity, ...fsType(table, '/') };
  const { type, node } = stats;
  return {
    real,
    resolved: true,
    type,
    identity,
    ...(node === undefined ? {} : { major: node.major, minor: node.minor }),
    ...(type === 'directory' || type === 'file' ? fsType(table, real) : {}),
  };
}

function fsType(table: readonly MountEntry[], path: string): { fstype?: string } {
  const type = mountAt(table, path)?.type;
  return type === undefined ? {} : { fstype: type };
}

async function identityOf(path: string): Promise<{ type: HostPathType; identity: string; node?: DeviceNode }> {
  const stats = await lstat(path, { bigint: true });
  const type = typeOf(stats);
  return {
    type,
    identity: `${stats.dev}:${stats.ino}`,
    ...(type === 'block' || type === 'char'
      ? { node: { type, major: majorOf(stats.rdev), minor: minorOf(stats.rdev) } }
      : {}),
  };
}

function typeOf(stats: BigIntStats): HostPathType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSocket()) return 'socket';
  if (stats.isBlockDevice()) return 'block';
  return stats.isCharacterDevice() ? 'char' : 'other';
}

const mostDepth = 4;
const mostEntries = 500;

/** The engine hands in every node below a directory and follows no links there; what it cannot read it leaves out. */
async function nodesBelow(directory: string, depth: number): Promise<readonly DeviceNode[]> {
  const entries = (await readdir(directory, { withFileTypes: true }).catch(() => [])).slice(0, mostEntries);
  const nodes = await Promise.all(
    entries.map(async (entry): Promise<readonly DeviceNode[]> => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return depth > 0 ? nodesBelow(path, depth - 1) : [];
      if (!entry.isBlockDevice() && !entry.isCharacterDevice()) return [];
      const { node } = await identityOf(path).catch(() => ({ node: undefined }));
      return node === undefined ? [] : [node];
    }),
  );
  return nodes.flat();
}

const longestPasswd = 256 * 1024;

/** The container may have put anything there: a link to a file of ours, a pipe that never answers, an endless file. */
async function readPasswd(procfs: string, pid: number): Promise<string | null> {
  if (procfs === '' || pid <= 0) return null;
  const root = join(procfs, String(pid), 'root');
  try {
    const path = join(root, await realPath('/etc/passwd', { root }));
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return null;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longestPasswd), 0, longestPasswd, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
