import { join } from 'node:path';
import { mountNamespaceOf } from '../../kernel/available.ts';
import { readKernelFile } from '../../procfs/read.ts';
import type { SweptContainer } from '../../sweeps.ts';
import { containerGroup } from '../unknown-groups.ts';

/** Whose processes are in a mount namespace. */
export interface Owners {
  /**
   * Container of a task. `nobody`: it is in no container. undefined: not known, as long as the engine has not told of a container that has just
   * begun, or for ever, where the process has ended.
   */
  of(task: { readonly namespace: number; readonly pid?: number }): SweptContainer | 'nobody' | undefined;
}

export interface OwnersOptions {
  readonly procfs: string;
  containers(): readonly SweptContainer[];
}

/** By the mount namespace of each container's first process, and for a process that made itself another by its cgroup. */
export function createOwners({ procfs, containers }: OwnersOptions): Owners {
  let known = new Map<number, SweptContainer>();
  const current = (namespace: number): SweptContainer | undefined => {
    const container = known.get(namespace);
    // The kernel gives the number of one that is gone to the next.
    if (container === undefined || mountNamespaceOf(procfs, container.pid) !== namespace) return undefined;
    return containers().find(({ id, pid }) => id === container.id && pid === container.pid);
  };
  const find = (namespace: number): SweptContainer | undefined => {
    known = new Map(
      containers().flatMap((container) => {
        const its = mountNamespaceOf(procfs, container.pid);
        return its === undefined ? [] : [[its, container] as const];
      }),
    );
    return known.get(namespace);
  };
  return {
    of: ({ namespace, pid }) => {
      const found = current(namespace);
      if (found !== undefined) return found;
      const cgroup = pid === undefined ? undefined : readKernelFile(join(procfs, String(pid), 'cgroup'));
      if (cgroup === undefined) return find(namespace);
      const group = containerGroup(cgroup);
      if (group === undefined) return find(namespace) ?? 'nobody';
      return containers().find(({ id }) => id === group.id);
    },
  };
}
