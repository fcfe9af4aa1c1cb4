import { join } from 'node:path';
import type { Patient } from '../procfs/patient.ts';
import { readKernelFile } from '../procfs/read.ts';
import { readBounded } from '../procfs/read-bounded.ts';
import { parseStat } from '../procfs/stat.ts';
import { parseZeroSeparated } from '../procfs/zero-separated.ts';
import { containerGroup, type Runtime, runtimeOf } from './unknown-groups.ts';

export interface Runtimes {
  /** The shim that holds a container, found above one of its processes. */
  above(pid: number): Promise<Runtime | undefined>;
  /** Of these containers, by their first processes. */
  of(containers: readonly { readonly id: string; readonly pid: number }[]): Promise<readonly Runtime[]>;
}

const mostAbove = 8;
const mostArguments = 8 * 1024;

export function createRuntimes({ procfs, patient }: { readonly procfs: string; readonly patient: Patient }): Runtimes {
  const of = (pid: number, name: string): string => join(procfs, String(pid), name);
  /** A process of a container may never say what its arguments are: whose it is decides who is held up by that. */
  const argumentsOf = async (pid: number): Promise<readonly string[]> => {
    const whose = containerGroup(readKernelFile(of(pid, 'cgroup')) ?? '')?.id ?? 'host';
    const bytes = await patient(whose, () => readBounded(of(pid, 'cmdline'), mostArguments));
    return bytes === undefined ? [] : parseZeroSeparated(bytes, mostArguments).items;
  };
  const above = async (pid: number): Promise<Runtime | undefined> => {
    let at = pid;
    for (let depth = 0; depth < mostAbove && at > 1; depth += 1) {
      const parent = parseStat(readKernelFile(of(at, 'stat')) ?? '')?.parent ?? 0;
      if (parent === 0) return undefined;
      const runtime = runtimeOf(await argumentsOf(parent));
      if (runtime !== undefined) return runtime;
      at = parent;
    }
    return undefined;
  };
  /** What holds a container does not change while it runs. */
  let known = new Map<string, Runtime>();
  return {
    above,
    of: async (containers) => {
      const now = new Map<string, Runtime>();
      for (const { id, pid } of containers) {
        const key = `${id} ${pid}`;
        const runtime = known.get(key) ?? (await above(pid));
        if (runtime !== undefined) now.set(key, runtime);
      }
      known = now;
      return [...now.values()];
    },
  };
}
