import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { underRun } from '../../engine/facts/host-path.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { socketsHeld } from '../../procfs/socket-holder.ts';
import { parseUnixTable } from '../../procfs/unix-table.ts';
import { containerGroup } from '../unknown-groups.ts';

/** The engine as a process of the host. */
export interface EngineProcess {
  readonly pid: number;
  /** Inode of its network namespace. */
  readonly network: number | undefined;
}

/** What is missing while it is not known, or not looked at. */
export const without = 'destinations of connections have no names';
const mostTable = 4 * 1024 * 1024;

/**
 * Who listens on the engine's socket, of the processes in no container; not process 1, which may have opened the socket for it. A text: why it is not known,
 * with what to do.
 *
 * @param socket undefined: the engine is asked over TCP
 */
export async function engineProcess(procfs: string, socket: string | undefined): Promise<EngineProcess | string> {
  if (socket === undefined)
    return `the engine is not asked over its own socket: ${without}. Set engine.host to unix:///var/run/docker.sock`;
  const pids = (await readdir(procfs).catch(() => [])).map(Number).filter((pid) => pid > 1);
  const sockets = new Map<string, ReadonlySet<string>>();
  const found = pids.filter((pid) => {
    const network = linkOf(join(procfs, String(pid), 'ns/net'));
    if (network === undefined || !isOnHost(procfs, pid)) return false;
    const wanted = sockets.get(network) ?? listening(procfs, pid, socket);
    sockets.set(network, wanted);
    return wanted.size > 0 && socketsHeld(procfs, [pid], wanted).size > 0;
  });
  const [pid] = found;
  if (found.length !== 1 || pid === undefined)
    return `no process of the host, or more than one, listens on ${socket}: ${without}. Give the engine’s own socket, not that of a proxy`;
  return { pid, network: networkOf(procfs, pid) };
}

/** Inode of a process's network namespace; undefined: it has ended, or may not be looked at. */
export function networkOf(procfs: string, pid: number): number | undefined {
  const number = networkNumber(linkOf(join(procfs, String(pid), 'ns/net')) ?? '');
  return Number.isNaN(number) ? undefined : number;
}

/** Of `net:[4026532281]`; NaN: it is none. */
export const networkNumber = (link: string): number => Number(/^net:\[(\d+)\]$/.exec(link)?.[1] ?? Number.NaN);

function listening(procfs: string, pid: number, socket: string): ReadonlySet<string> {
  const table = readKernelFile(join(procfs, String(pid), 'net/unix'), mostTable) ?? '';
  const isIts = (path: string): boolean => underRun(path) === underRun(socket);
  return new Set(parseUnixTable(table).flatMap((row) => (row.listening && isIts(row.path) ? [row.inode] : [])));
}

/** In no container, and not in a pid namespace below the host's. */
function isOnHost(procfs: string, pid: number): boolean {
  const cgroup = readKernelFile(join(procfs, String(pid), 'cgroup'));
  const status = readKernelFile(join(procfs, String(pid), 'status')) ?? '';
  const numbers = /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split('\t') ?? [];
  return cgroup !== undefined && containerGroup(cgroup) === undefined && numbers.length === 1;
}
