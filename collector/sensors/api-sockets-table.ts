import { join } from 'node:path';
import { type RuntimeSocket, underRun } from '../engine/facts/host-path.ts';
import { socketFacts } from '../engine/facts/sockets.ts';
import { readKernelFile } from '../procfs/read.ts';
import { parseUnixTable, type UnixRow } from '../procfs/unix-table.ts';

/** Which door of a container runtime a path is: `api`: the engine's, containerd's, …; `shim`: that of one container's shim. */
export type RuntimeDoor = 'api' | 'shim';

/** A connection to a runtime, as the table of the client's network namespace shows it. */
export interface RuntimeRow {
  readonly inode: string;
  readonly path: string;
  readonly door: RuntimeDoor;
  /** Somebody listens at this path in the same namespace: then it may be an engine in the container itself. */
  readonly served: boolean;
}

/** Shims listen on abstract names up to containerd 1.3 (CVE-2020-15257), in this directory after that. */
const shimNames = /^@\/(containerd-shim|run\/containerd\/s)\//;
const shimDirectory = '/run/containerd/s/';

export function runtimeDoor(path: string, live: readonly RuntimeSocket[]): RuntimeDoor | undefined {
  const real = underRun(path);
  if (shimNames.test(path) || real.startsWith(shimDirectory)) return 'shim';
  if (!path.startsWith('/')) return undefined;
  return socketFacts({ real: path, resolved: true, type: 'socket' }, path, live).is_runtime_socket ? 'api' : undefined;
}

/** Accepted connections to runtimes. What is not accepted yet has no inode to know it by: the next look finds it. */
export function runtimeRows(rows: readonly UnixRow[], live: readonly RuntimeSocket[]): readonly RuntimeRow[] {
  const served = new Set(rows.flatMap(({ listening, path }) => (listening ? [path] : [])));
  return rows.flatMap(({ listening, connected, inode, path }) => {
    const door = listening || !connected || path === '' || inode === '0' ? undefined : runtimeDoor(path, live);
    return door === undefined ? [] : [{ inode, path, door, served: served.has(path) }];
  });
}

/** Inodes of connected sockets without a name: the clients’ sides are among them. */
export const clientInodes = (rows: readonly UnixRow[]): ReadonlySet<string> =>
  new Set(rows.flatMap(({ connected, inode, path }) => (connected && path === '' && inode !== '0' ? [inode] : [])));

/** A table that is longer is read slowly: a container can make it as long as it likes. */
const longTable = 256 * 1024;
/** Of a longer one the rest is not read: some ten thousand sockets. */
const mostOfTable = 1024 * 1024;

/**
 * The Unix sockets in a process's network namespace; none: it is gone. Synchronously: the kernel makes the table in memory, and a short connection is
 * gone by the next turn of the event loop.
 */
export function unixTable(
  procfs: string,
  pid: number,
): { readonly rows: readonly UnixRow[]; readonly isLong: boolean } {
  const text = readKernelFile(join(procfs, String(pid), 'net/unix'), mostOfTable) ?? '';
  return { rows: parseUnixTable(text), isLong: text.length > longTable };
}
