import { readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cgroupDirectories } from './cgroup.ts';

/** A process that owns a socket, host view. */
export interface OwnerProcess {
  readonly pid: number;
  readonly executable?: string;
  readonly args: readonly string[];
}

export interface ContainerInit {
  readonly id: string;
  /** Host process id. */
  readonly pid: number;
}

export interface Processes {
  /** Inode → process, of the wanted sockets, among a container's processes. What may not be read (gone, not ours) is left out. */
  owners(container: ContainerInit, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  describe(pid: number): Promise<OwnerProcess>;
}

/** All of /proc is looked through at most so often. */
const scanMs = 1_000;
const mostProcesses = 512;

export function createProcesses(procfs: string): Processes {
  // A host's /proc has its /sys beside it.
  const cgroupfs = join(dirname(procfs), 'sys/fs/cgroup');
  const scan = createScan(procfs);
  const processesOf = async ({ id, pid }: ContainerInit): Promise<readonly number[]> => {
    const text = await readFile(join(procfs, String(pid), 'cgroup'), 'utf8').catch(() => '');
    for (const directory of cgroupDirectories(text, id)) {
      const found = await processesIn(join(cgroupfs, directory), mostDepth);
      // 0: a process that is not in the reader's process namespace. Then these are not the numbers of the host's /proc.
      if (found.length > 0 && !found.includes(0)) return found;
    }
    return scan(id);
  };
  return {
    owners: async (container, wanted) => {
      const owners = new Map<string, number>();
      for (const pid of (await processesOf(container)).slice(0, mostProcesses)) {
        if (owners.size === wanted.size) break;
        for (const inode of await socketsOf(procfs, pid))
          if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, pid);
      }
      return owners;
    },
    describe: (pid) => describeProcess(procfs, pid),
  };
}

const mostDepth = 4;

/** A container may have made cgroups below its own. */
async function processesIn(directory: string, depth: number): Promise<readonly number[]> {
  const text = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const own = text.split('\n').filter(Boolean).map(Number);
  if (depth === 0) return own;
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory()).slice(0, mostProcesses);
  const nested = await Promise.all(below.map(({ name }) => processesIn(join(directory, name), depth - 1)));
  return [...own, ...nested.flat()];
}

const readsAtOnce = 32;

/** Where the cgroup file system does not answer: every process is asked which cgroup it is in. Runtimes name that after the container's id. */
function createScan(procfs: string): (containerId: string) => Promise<readonly number[]> {
  let cgroups: Promise<ReadonlyMap<number, string>> | undefined;
  let scanned = 0;
  const read = async (): Promise<ReadonlyMap<number, string>> => {
    const pids = (await readdir(procfs)).filter((name) => /^\d+$/.test(name));
    const found = new Map<number, string>();
    for (let start = 0; start < pids.length; start += readsAtOnce) {
      const some = pids.slice(start, start + readsAtOnce);
      const texts = await Promise.all(some.map((pid) => readFile(join(procfs, pid, 'cgroup'), 'utf8').catch(() => '')));
      for (const [index, pid] of some.entries()) found.set(Number(pid), texts[index] ?? '');
    }
    return found;
  };
  return async (containerId) => {
    if (cgroups === undefined || performance.now() - scanned > scanMs) {
      scanned = performance.now();
      cgroups = read();
    }
    return [...(await cgroups)].filter(([, cgroup]) => cgroup.includes(containerId)).map(([pid]) => pid);
  };
}

async function describeProcess(procfs: string, pid: number): Promise<OwnerProcess> {
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

async function socketsOf(procfs: string, pid: number): Promise<readonly string[]> {
  const directory = join(procfs, String(pid), 'fd');
  const descriptors = await readdir(directory).catch(() => []);
  const links = await Promise.all(descriptors.map((name) => readlink(join(directory, name)).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
