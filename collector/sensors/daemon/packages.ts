import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from './files.ts';
import type { FileChange } from './note.ts';

/** Checksums of dpkg's packages by path, as far as they bring what runs containers. */
export type PackageSums = ReadonlyMap<string, ReadonlySet<string>>;

const directory = '/var/lib/dpkg/info';
const ours = /^(docker|containerd|runc|crun|tini|moby|nvidia-container|libnvidia-container)[\w.+-]*(:\w+)?\.md5sums$/;
const mostPackages = 100;
const longestList = 1_048_576;

/** Empty where there is no dpkg. Never rejects. */
export async function readPackageSums(rootfs: string): Promise<PackageSums> {
  const names = (await readdir(join(rootfs, directory)).catch(() => [])).filter((name) => ours.test(name));
  const lists = await Promise.all(
    names.slice(0, mostPackages).map(async (name) => {
      const path = join(rootfs, directory, name);
      const stats = await lstat(path).catch(() => undefined);
      return stats?.isFile() && stats.size <= longestList ? readFile(path, 'utf8').catch(() => '') : '';
    }),
  );
  return packageSumsIn(lists.join('\n'));
}

/**
 * Paths of those changes that are as their package says. What is not is looked at once more after `pause`: a look may fall between a package's files and
 * its list, which dpkg writes afterwards. It counts only for the content that was seen: one that was put back meanwhile is none of the package's.
 */
export async function packagedAmong(
  changes: readonly FileChange[],
  { rootfs, pause }: { readonly rootfs: string; readonly pause: () => Promise<unknown> },
): Promise<ReadonlySet<string>> {
  const there = changes.filter(({ change }) => change !== 'deleted');
  if (there.length === 0) return new Set();
  const found = new Set<string>();
  const look = async (): Promise<readonly FileChange[]> => {
    const sums = await readPackageSums(rootfs);
    if (sums.size === 0) return [];
    const open = there.filter(({ path }) => !found.has(path));
    for (const { path, hash } of open) {
      const isOurs = isPackaged(sums, path, await hashFile(rootfs, path, 'md5'));
      if (isOurs && (await hashFile(rootfs, path)) === hash) found.add(path);
    }
    return open.filter(({ path }) => !found.has(path));
  };
  if ((await look()).length > 0) {
    await pause();
    await look();
  }
  return found;
}

/** Lines of md5sums(1), paths without their first slash. */
export function packageSumsIn(text: string): PackageSums {
  const sums = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, md5, path] = /^([\da-f]{32}) {2}(.+)$/.exec(line) ?? [];
    if (md5 === undefined || path === undefined) continue;
    const key = merged(`/${path}`);
    sums.set(key, (sums.get(key) ?? new Set()).add(md5));
  }
  return sums;
}

export const isPackaged = (sums: PackageSums, path: string, md5: string): boolean =>
  sums.get(merged(path))?.has(md5) === true;

/** Packages still name /lib and /bin, which are links to those below /usr. */
const merged = (path: string): string => path.replace(/^\/usr(?=\/(bin|sbin|lib)\/)/, '');
