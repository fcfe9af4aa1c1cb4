import { readdirSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cgroupDirectories } from './cgroup.ts';
import { readKernelFile } from './read.ts';

export interface ContainerInit {
  readonly id: string;
  /** Host process id. */
  readonly pid: number;
}

export interface ContainerProcesses {
  /** Host process ids of all processes in the container's cgroup and those below it. */
  processesOf(container: ContainerInit): Promise<readonly number[]>;
}

/** Of one container's processes no more are looked at. */
export const mostProcesses = 512;
/** A container may have made cgroups below its own. */
const mostDepth = 4;

export function createContainerProcesses(procfs: string): ContainerProcesses {
  // A host's /proc has its /sys beside it.
  const cgroupfs = join(dirname(procfs), 'sys/fs/cgroup');
  const scan = createScan(procfs);
  const known = createKnownDirectories();
  return {
    processesOf: async ({ id, pid }) => {
      const key = `${id} ${pid}`;
      const before = known.get(key);
      const again = before === undefined ? [] : processesIn(before, mostDepth);
      if (again.length > 0) return again;
      const text = readKernelFile(join(procfs, String(pid), 'cgroup')) ?? '';
      for (const name of cgroupDirectories(text, id)) {
        const directory = join(cgroupfs, name);
        const found = processesIn(directory, mostDepth);
        // 0: a process that is not in the reader's process namespace. Then these are not the numbers of the host's /proc.
        if (found.length === 0 || found.includes(0)) continue;
        known.set(key, directory);
        return found;
      }
      return scan(id);
    },
  };
}

const knownMs = 10_000;
const mostDirectories = 4_096;

/** A container's first process is asked again for its cgroup after a while only: version 1 has ten lines to say for each. */
function createKnownDirectories() {
  const known = new Map<string, { readonly directory: string; readonly until: number }>();
  return {
    get: (key: string): string | undefined => {
      const found = known.get(key);
      return found !== undefined && performance.now() < found.until ? found.directory : undefined;
    },
    set: (key: string, directory: string): void => {
      known.delete(key);
      known.set(key, { directory, until: performance.now() + knownMs });
      const [oldest] = known.keys();
      if (known.size > mostDirectories && oldest !== undefined) known.delete(oldest);
    },
  };
}

function processesIn(directory: string, depth: number): readonly number[] {
  const text = readKernelFile(join(directory, 'cgroup.procs'));
  if (text === undefined) return [];
  const own = text.split('\n').filter(Boolean).map(Number);
  if (depth === 0) return own;
  const nested = directoriesIn(directory).map((name) => processesIn(join(directory, name), depth - 1));
  return nested.length === 0 ? own : [...own, ...nested.flat()];
}

function directoriesIn(directory: string): readonly string[] {
  try {
    // A directory of the cgroup file system has two links and one for each directory in it: most have none.
    if (statSync(directory).nlink === 2) return [];
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).slice(0, mostProcesses);
  } catch {
    return [];
  }
}

const readsAtOnce = 32;
/** All of /proc is looked through at most so often. */
const scanMs = 1_000;

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
