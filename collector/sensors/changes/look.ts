import { type BigIntStats, constants } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileFacts } from '../../../shared/facts/file.ts';
import type { ContainerInspect } from '../../engine/inspect-types.ts';
import { realPath } from '../../engine/real-path.ts';
import type { Patient } from '../../procfs/patient.ts';

/** What can be seen of a file without opening it. */
export interface Looked {
  readonly type: NonNullable<FileFacts['type']>;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly inode: string;
  /** ctime, ms since the epoch. */
  readonly changedAt: number;
  readonly target?: string;
}

/** Where a container's files can be looked at. undefined: not there, or not to be seen. */
export interface FileView {
  now(path: string): Promise<Looked | undefined>;
  /** When a file of the image was deleted, ms; only known where the engine keeps the container's own layer. */
  deletedAt(path: string): Promise<number | undefined>;
  /** The image's own file. null: it has none; undefined: not known. */
  image(path: string): Promise<Looked | null | undefined>;
}

export interface ViewOptions {
  /** The host's / and /proc as this process sees them; empty: not there. */
  readonly rootfs: string;
  readonly procfs: string;
  readonly patient: Patient;
}

/** The engine's own layers where they can be reached, else the container's root through its first process. */
export async function viewOf(inspect: ContainerInspect, options: ViewOptions): Promise<FileView> {
  const { rootfs, procfs } = options;
  const ask: Ask = (read) => options.patient(inspect.Id, read);
  const { UpperDir = '', LowerDir = '' } = inspect.GraphDriver?.Data ?? {};
  if (rootfs !== '' && UpperDir.startsWith('/')) {
    const upper = join(rootfs, UpperDir);
    const isThere = await lstat(upper).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    const lowers = LowerDir.split(':').filter((dir) => dir.startsWith('/'));
    if (isThere)
      return layered(
        upper,
        lowers.map((dir) => join(rootfs, dir)),
        ask,
      );
  }
  const pid = inspect.State?.Pid ?? 0;
  const root = procfs === '' || pid <= 0 ? undefined : join(procfs, String(pid), 'root');
  const look = root === undefined ? undefined : lookBelow(root);
  return {
    now: async (path) => (look === undefined ? undefined : ask(() => look(path))),
    deletedAt: async () => undefined,
    image: async () => undefined,
  };
}

/** undefined: it failed, or did not answer in time. */
type Ask = <T>(read: () => Promise<T>) => Promise<T | undefined>;

function layered(upperRoot: string, lowerRoots: readonly string[], ask: Ask): FileView {
  // A directory of the container's may become a link between two reads, and lead to what never answers; the image's layers stay as they are.
  const upper = lookBelow(upperRoot);
  const lowers = lowerRoots.map(lookBelow);
  return {
    now: (path) => ask(() => upper(path)),
    deletedAt: async (path) => {
      const found = await ask(() => upper(path));
      // overlayfs marks what is gone with a character device 0:0.
      return found?.type === 'char' ? found.changedAt : undefined;
    },
    image: async (path) => {
      for (const lower of lowers) {
        const found = await lower(path).catch(() => undefined);
        if (found !== undefined) return found.type === 'char' ? null : found;
      }
      return lowers.length === 0 ? undefined : null;
    },
  };
}

/**
 * No link is followed, on the way neither: what a container puts there may lead to a file of the host's. A directory is asked for once: thousands of
 * entries lie in one. Rejects where there is no such file.
 */
function lookBelow(root: string): (path: string) => Promise<Looked> {
  const directories = new Map<string, Promise<boolean>>();
  const isReal = (directory: string): Promise<boolean> => {
    const known = directories.get(directory);
    if (known !== undefined) return known;
    const asked = realPath(directory, { root }).then(
      (real) => real === directory,
      () => false,
    );
    directories.set(directory, asked);
    return asked;
  };
  return async (path) => {
    if (!(await isReal(dirname(path)))) throw new Error(`${path} is reached by a link, or not there`);
    return lookAt(join(root, path));
  };
}

async function lookAt(at: string): Promise<Looked> {
  const stats = await lstat(at, { bigint: true });
  const type = typeOf(stats);
  return {
    type,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    size: Number(stats.size),
    inode: String(stats.ino),
    changedAt: Number(stats.ctimeNs / 1_000_000n),
    ...(type === 'symlink' ? { target: await readlink(at) } : {}),
  };
}

const types: ReadonlyMap<number, Looked['type']> = new Map([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFBLK, 'block'],
  [constants.S_IFCHR, 'char'],
  [constants.S_IFIFO, 'fifo'],
]);

const typeOf = ({ mode }: BigIntStats): Looked['type'] =>
  types.get(Number(mode & BigInt(constants.S_IFMT))) ?? 'socket';
