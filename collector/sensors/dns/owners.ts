import { join } from 'node:path';
import { mountNamespaceOf } from '../../kernel/available.ts';
import { dropOldest } from '../../newest.ts';
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
  /** Looks at the containers anew, with the next task: that costs a read of each, so it is not done for every task. */
  again(): void;
}

export interface OwnersOptions {
  readonly procfs: string;
  containers(): readonly SweptContainer[];
}

/** For containers that are not known the others are looked at so often before the next `again`. */
const mostLooks = 10;
/** So many namespaces of nobody are remembered. */
const mostOfNobody = 1_024;

/** By the mount namespace of each container's first process, and for a process that made itself another by its cgroup. */
export function createOwners({ procfs, containers }: OwnersOptions): Owners {
  let looks = 0;
  let list: readonly SweptContainer[] | undefined;
  let known: ReadonlyMap<number, SweptContainer> = new Map();
  /** Namespace → a process in it that is in no container. */
  const nobodys = new Map<number, number>();
  const listed = (): readonly SweptContainer[] => {
    if (list !== undefined) return list;
    list = containers();
    known = new Map(
      list.flatMap((container) => {
        const its = mountNamespaceOf(procfs, container.pid);
        return its === undefined ? [] : [[its, container] as const];
      }),
    );
    return list;
  };
  const find = (namespace: number): SweptContainer | undefined => {
    listed();
    const container = known.get(namespace);
    // The kernel gives the number of one that is gone to the next.
    return container !== undefined && mountNamespaceOf(procfs, container.pid) === namespace ? container : undefined;
  };
  /** It may have begun, and end, between two looks. */
  const named = (id: string): SweptContainer | undefined => {
    const found = listed().find((one) => one.id === id);
    if (found !== undefined || looks >= mostLooks) return found;
    looks += 1;
    list = undefined;
    return listed().find((one) => one.id === id);
  };
  const isNobodys = (namespace: number): boolean => {
    const pid = nobodys.get(namespace);
    return pid !== undefined && mountNamespaceOf(procfs, pid) === namespace;
  };
  return {
    of: ({ namespace, pid }) => {
      const found = find(namespace);
      if (found !== undefined) return found;
      // Of a process that has ended another may have the number by now.
      const isThere = pid !== undefined && mountNamespaceOf(procfs, pid) === namespace;
      const cgroup = isThere ? readKernelFile(join(procfs, String(pid), 'cgroup')) : undefined;
      if (!isThere || cgroup === undefined) return isNobodys(namespace) ? 'nobody' : undefined;
      const group = containerGroup(cgroup);
      if (group !== undefined) return named(group.id);
      nobodys.delete(namespace);
      nobodys.set(namespace, pid);
      dropOldest(nobodys, mostOfNobody);
      return 'nobody';
    },
    again: () => {
      list = undefined;
      looks = 0;
    },
  };
}
