import { opendirSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dropOldest } from '../newest.ts';
import { cgroupDirectories } from './cgroup.ts';
import { readKernelFile } from './read.ts';

export interface ContainerInit {
  readonly id: string;
  /** Host process id. */
  readonly pid: number;
}

export interface FoundProcesses {
  /** Host process ids. */
  readonly pids: readonly number[];
  /** Cgroups below the container's were left out: it has more than are looked at. */
  readonly isCut: boolean;
}

export interface ContainerProcesses {
  /** All processes in the container's cgroup and those below it. */
  processesOf(container: ContainerInit): Promise<FoundProcesses>;
  /** The same at once; undefined: the cgroup file system does not tell. */
  processesNow(container: ContainerInit): FoundProcesses | undefined;
}

/** Of one container's processes no more are looked at. */
export const mostProcesses = 512;
/** A container may have made cgroups below its own, as deep as it likes: so many of them are looked at, those next to its own first. */
export const mostCgroups = 1_024;

export function createContainerProcesses(procfs: string): ContainerProcesses {
  // A host's /proc has its /sys beside it.
  const cgroupfs = join(dirname(procfs), 'sys/fs/cgroup');
  const scan = createScan(procfs);
  const known = createKnownDirectories();
  const processesNow = ({ id, pid }: ContainerInit): FoundProcesses | undefined => {
    const key = `${id} ${pid}`;
    const before = known.get(key);
    const again = before === undefined ? undefined : processesIn(before);
    if (again !== undefined && again.pids.length > 0) return again;
    const text = readKernelFile(join(procfs, String(pid), 'cgroup')) ?? '';
    for (const name of cgroupDirectories(text, id)) {
      const directory = join(cgroupfs, name);
      const found = processesIn(directory);
      // 0: a process that is not in the reader's process namespace. Then these are not the numbers of the host's /proc.
      if (found.pids.length === 0 || found.pids.includes(0)) continue;
      known.set(key, directory);
      return found;
    }
    return undefined;
  };
  return {
    processesNow,
    processesOf: async (container) => processesNow(container) ?? { pids: await scan(container.id), isCut: false },
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
      dropOldest(known, mostDirectories);
    },
  };
}

function processesIn(top: string): FoundProcesses {
  const waiting = [top];
  const pids: number[] = [];
  let isCut = false;
  // What is put behind the last one while this goes on is come to, too.
  for (const directory of waiting) {
    const text = readKernelFile(join(directory, 'cgroup.procs'));
    if (text === undefined) continue;
    for (const line of text.split('\n')) if (line !== '') pids.push(Number(line));
    const room = mostCgroups - waiting.length;
    const nested = directoriesIn(directory, room + 1);
    waiting.push(...nested.slice(0, room));
    isCut ||= nested.length > room;
  }
  return { pids, isCut };
}

function directoriesIn(directory: string, most: number): readonly string[] {
  const found: string[] = [];
  try {
    // A directory of the cgroup file system has two links and one for each directory in it: most have none.
    if (statSync(directory).nlink === 2) return [];
    const entries = opendirSync(directory);
    try {
      for (let entry = entries.readSync(); entry !== null && found.length < most; entry = entries.readSync())
        if (entry.isDirectory()) found.push(join(directory, entry.name));
    } finally {
      entries.closeSync();
    }
  } catch {
    // It is gone.
  }
  return found;
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
