import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContainerInit, createContainerProcesses, mostProcesses } from './container-processes.ts';
import { readBounded } from './read-bounded.ts';
import { parseZeroSeparated } from './zero-separated.ts';

/** A process that owns a socket, host view. */
export interface OwnerProcess {
  readonly pid: number;
  readonly executable?: string;
  readonly args: readonly string[];
}

export interface Processes {
  /** Inode → process, of the wanted sockets, among a container's processes. What may not be read (gone, not ours) is left out. */
  owners(container: ContainerInit, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, number>>;
  describe(pid: number): Promise<OwnerProcess>;
}

export function createProcesses(procfs: string): Processes {
  const { processesOf } = createContainerProcesses(procfs);
  return {
    owners: async (container, wanted) => {
      const owners = new Map<string, number>();
      const { pids } = await processesOf(container);
      for (const pid of pids.slice(0, mostProcesses)) {
        if (owners.size === wanted.size) break;
        for (const inode of await socketsOf(procfs, pid))
          if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, pid);
      }
      return owners;
    },
    describe: (pid) => describeProcess(procfs, pid),
  };
}

/** A process may move its arguments to any range of its memory (prctl PR_SET_MM_MAP), gigabytes long. */
const mostArguments = 8 * 1024;

async function describeProcess(procfs: string, pid: number): Promise<OwnerProcess> {
  const [executable, line] = await Promise.all([
    readlink(join(procfs, String(pid), 'exe')).catch(() => undefined),
    readBounded(join(procfs, String(pid), 'cmdline'), mostArguments).catch(() => Buffer.alloc(0)),
  ]);
  return {
    pid,
    ...(executable === undefined ? {} : { executable }),
    args: parseZeroSeparated(line, mostArguments).items,
  };
}

async function socketsOf(procfs: string, pid: number): Promise<readonly string[]> {
  const directory = join(procfs, String(pid), 'fd');
  const descriptors = await readdir(directory).catch(() => []);
  const links = await Promise.all(descriptors.map((name) => readlink(join(directory, name)).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
