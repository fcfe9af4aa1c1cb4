import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A process that owns a socket, host view. */
export interface OwnerProcess {
  readonly pid: number;
  readonly executable?: string;
  readonly args: readonly string[];
}

/** Socket inode → process, for the processes in a container's cgroup. What may not be read (other user, gone) is left out. */
export async function socketOwners(procfs: string, containerId: string): Promise<ReadonlyMap<string, number>> {
  const owners = new Map<string, number>();
  for (const pid of await containerProcesses(procfs, containerId)) {
    for (const inode of await socketsOf(procfs, pid)) if (!owners.has(inode)) owners.set(inode, pid);
  }
  return owners;
}

export async function describeProcess(procfs: string, pid: number): Promise<OwnerProcess> {
  const [executable, line] = await Promise.all([
    readlink(join(procfs, String(pid), 'exe')).catch(() => undefined),
    readFile(join(procfs, String(pid), 'cmdline'), 'utf8').catch(() => ''),
  ]);
  return {
    pid,
    ...(executable === undefined ? {} : { executable }),
    args: line.split('\0').filter((arg, index, all) => arg !== '' || index < all.length - 1),
  };
}

/** Runtimes name the cgroup after the container: its full id is in the path. */
async function containerProcesses(procfs: string, containerId: string): Promise<readonly number[]> {
  const names = (await readdir(procfs)).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    names.map(async (name) => {
      const cgroup = await readFile(join(procfs, name, 'cgroup'), 'utf8').catch(() => '');
      return cgroup.includes(containerId) ? [Number(name)] : [];
    }),
  );
  return inside.flat();
}

async function socketsOf(procfs: string, pid: number): Promise<readonly string[]> {
  const directory = join(procfs, String(pid), 'fd');
  const descriptors = await readdir(directory).catch(() => []);
  const links = await Promise.all(descriptors.map((name) => readlink(join(directory, name)).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
