import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realPath } from '../../engine/real-path.ts';
import { type Group, groupIn, groupName } from './accounts.ts';
import { type Place, runtimeSockets, watchedFiles, writtenByEngine } from './watched-files.ts';

/** A file of the host as it is now. */
export interface FoundFile {
  readonly kind: Place['kind'];
  /** Real path on the host. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Another one whenever the file may have another content: device, inode, size, times of change. */
  readonly signature: string;
}

/** Most files below one directory, and how deep. */
const mostFiles = 300;
const mostDepth = 4;
const largestHashed = 512 * 1_048_576;
const longestAccounts = 1_048_576;

/** What lies at the places that matter, each once however many names lead there; sorted. Never rejects. */
export async function findFiles(rootfs: string, engineSocket: string | undefined): Promise<readonly FoundFile[]> {
  const own: readonly Place[] = engineSocket === undefined ? [] : [{ kind: 'socket', path: engineSocket }];
  const found = await Promise.all([...watchedFiles, ...runtimeSockets, ...own].map((place) => look(rootfs, place)));
  // A link among the configuration does not make a program a configuration: the first place counts.
  const byPath = new Map(
    found
      .flat()
      .toReversed()
      .map((file) => [file.path, file]),
  );
  return [...byPath.values()]
    .filter(({ path }) => !writtenByEngine.has(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function look(rootfs: string, { kind, path }: Place, depth = mostDepth): Promise<readonly FoundFile[]> {
  try {
    const real = await realPath(path, { root: rootfs });
    const stats = await lstat(join(rootfs, real));
    const file = describe(stats, { kind, path: real });
    if (kind === 'socket') return stats.isSocket() ? [file] : [];
    if (stats.isFile()) return [file];
    // A unit that is masked leads to a device; nothing is read there.
    if (!stats.isDirectory() || kind === 'program' || depth === 0) return [];
    const names = (await readdir(join(rootfs, real))).sort().slice(0, mostFiles);
    const below = await Promise.all(names.map((name) => look(rootfs, { kind, path: `${real}/${name}` }, depth - 1)));
    return [file, ...below.flat().slice(0, mostFiles)];
  } catch {
    return [];
  }
}

const describe = (stats: Stats, { kind, path }: Place): FoundFile => ({
  kind,
  path,
  isDirectory: stats.isDirectory(),
  mode: stats.mode & 0o7777,
  uid: stats.uid,
  gid: stats.gid,
  size: stats.size,
  signature: [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(':'),
});

/** Hash of a file in hex; empty when it is gone meanwhile, no regular file any more, or larger than 512 MiB. Never rejects. */
export async function hashFile(rootfs: string, path: string, algorithm: 'sha256' | 'md5' = 'sha256'): Promise<string> {
  try {
    const file = await open(join(rootfs, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > largestHashed) return '';
      const hash = createHash(algorithm);
      // Bounded by what was there when it was opened: a file may grow as fast as it is read.
      const end = Math.max(0, stats.size - 1);
      for await (const chunk of file.createReadStream({ end, highWaterMark: 1_048_576, autoClose: false }))
        hash.update(chunk as Buffer);
      return hash.digest('hex');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}

/** The host's accounts, as far as they can be read. */
export interface Accounts {
  readonly docker: Group | undefined;
  nameOf(gid: number): string | undefined;
}

export async function readAccounts(rootfs: string): Promise<Accounts> {
  const read = async (path: string): Promise<string> => {
    try {
      const real = join(rootfs, await realPath(path, { root: rootfs }));
      const stats = await lstat(real);
      return stats.isFile() && stats.size <= longestAccounts ? await readFile(real, 'utf8') : '';
    } catch {
      return '';
    }
  };
  const [group, passwd] = await Promise.all([read('/etc/group'), read('/etc/passwd')]);
  return { docker: groupIn(group, passwd, 'docker'), nameOf: (gid) => groupName(group, gid) };
}
