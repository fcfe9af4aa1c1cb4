import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
