import { join } from 'node:path';
import { linkOf } from './read.ts';

/** Not `time`: containers share it with their host, or have one of their own, without anybody having asked. */
export const namespaceKinds = ['mnt', 'pid', 'net', 'ipc', 'uts', 'user', 'cgroup'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** Kind → `mnt:[4026531841]`; kinds that the kernel has not, or that may not be looked at, are missing. */
export type Namespaces = ReadonlyMap<NamespaceKind, string>;

export function readNamespaces(procfs: string, pid: number): Namespaces {
  const found = new Map<NamespaceKind, string>();
  for (const kind of namespaceKinds) {
    const link = linkOf(join(procfs, String(pid), 'ns', kind));
    if (link !== undefined) found.set(kind, link);
  }
  return found;
}
