import { access, constants } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { programDirectories } from '../../shared/config/environment.ts';
import { linkOf } from '../procfs/read.ts';

/** What a script of the kernel tier needs. */
export interface KernelMeans {
  /** Path of bpftrace. */
  readonly program: string;
  /** Inode of the mount namespace that the host’s tasks are in. */
  readonly hostMount: number;
}

const btf = '/sys/kernel/btf/vmlinux';
/** With its older place, below debugfs. */
const tracefs = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/** Looks for what the kernel tier needs; why it cannot work here, in words with what to do. `what`: what is not seen then. */
export async function kernelMeans(procfs: string, what: string): Promise<KernelMeans | string> {
  const without = `no ${what} are seen`;
  if (procfs === '') return `engine.procfs is empty: ${without}`;
  const program = await kernelProgram();
  if (program === undefined) return `bpftrace is not in PATH: ${without}. Install it (0.17 or newer)`;
  if (endianness() !== 'LE') return `the kernel scripts are for little-endian machines: ${without}`;
  if (process.geteuid?.() !== 0) return `bpftrace works for root only: ${without}. Run the collector as root`;
  if (!(await isThere(btf))) return `the kernel does not describe its types (${btf}): ${without}`;
  const traced = await Promise.all(tracefs.map((place) => isThere(join(place, 'events/syscalls/sys_enter_sendto'))));
  if (!traced.includes(true))
    return `tracepoints of system calls are not there: ${without}. Mount them: mount -t tracefs tracefs ${tracefs[0]}`;
  // Where process 1 may not be looked at: its own, which is the host's unless it runs in a container. Then more is handed over, and none of it told.
  const hostMount = mountNamespaceOf(procfs, 1) ?? mountNamespaceOf('/proc', process.pid);
  if (hostMount === undefined) return `namespaces of processes are not readable at ${procfs}: ${without}`;
  return { program, hostMount };
}

/** Path of the program that runs the scripts, where it is installed. */
export const kernelProgram = (): Promise<string | undefined> => inPath('bpftrace');

/** Inode of a process's mount namespace; undefined: it has ended, or may not be looked at. */
export function mountNamespaceOf(procfs: string, pid: number): number | undefined {
  const number = /^mnt:\[(\d+)\]$/.exec(linkOf(join(procfs, String(pid), 'ns/mnt')) ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

async function inPath(name: string): Promise<string | undefined> {
  for (const directory of programDirectories()) {
    const path = join(directory, name);
    if (await isThere(path, constants.X_OK)) return path;
  }
  return undefined;
}

const isThere = (path: string, mode?: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
