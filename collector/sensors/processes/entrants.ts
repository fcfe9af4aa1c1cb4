import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { parseStat } from '../../procfs/stat.ts';

/** Processes that see a container's mounts: its own, and those that entered from the host with nsenter or setns without being in its cgroup (EXE-11). */
export interface Entrants {
  /** Looks through all of /proc, in the slow rhythm only. */
  look(now: number, containers: readonly { readonly pid: number }[]): void;
  /** Host's numbers of those that are there now and not among its own, by that of the container's first process. */
  into(init: number, own: ReadonlySet<number>): readonly number[];
}

export function createEntrants({ procfs, slowMs }: { readonly procfs: string; readonly slowMs: number }): Entrants {
  const mountsOf = (pid: number | string): string | undefined => linkOf(join(procfs, String(pid), 'ns/mnt'));
  /** undefined: they are its runtime's, which are the host's. */
  const ownMounts = (init: number): string | undefined => {
    const shim = parseStat(readKernelFile(join(procfs, String(init), 'stat')) ?? '')?.parent ?? 0;
    const mounts = mountsOf(init);
    return [1, ...(shim > 1 ? [shim] : [])].some((pid) => mountsOf(pid) === mounts) ? undefined : mounts;
  };
  let found: ReadonlyMap<string, readonly number[]> = new Map();
  let asked = 0;
  return {
    look: (now, containers) => {
      if (now - asked < slowMs) return;
      asked = now;
      const own = new Set(containers.flatMap(({ pid }) => ownMounts(pid) ?? []));
      found = own.size === 0 ? new Map() : byMounts(numbersIn(procfs), (pid) => mountsOf(pid), own);
    },
    into: (init, own) => {
      const mounts = mountsOf(init);
      // Numbers are used again.
      return (found.get(mounts ?? '') ?? []).filter((pid) => !own.has(pid) && mountsOf(pid) === mounts);
    },
  };
}

function byMounts(
  pids: readonly number[],
  mountsOf: (pid: number) => string | undefined,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const pid of pids) {
    const mounts = mountsOf(pid);
    if (mounts === undefined || !wanted.has(mounts)) continue;
    const list = found.get(mounts);
    if (list === undefined) found.set(mounts, [pid]);
    else list.push(pid);
  }
  return found;
}

function numbersIn(procfs: string): readonly number[] {
  try {
    return readdirSync(procfs).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}
