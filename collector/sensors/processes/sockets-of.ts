import { join } from 'node:path';
import type { StdioFacts } from '../../../shared/facts/process.ts';
import { parseNetTable, type SocketRow } from '../../procfs/net-table.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { descriptorsOf } from './descriptors.ts';
import { isShellProcess } from './names.ts';
import { isInterpreter } from './script.ts';
import { connectedRow, type StdioLinks, socketFacts, socketInode } from './stdio.ts';

/** Which of these sockets, of a process's network namespace, is connected to somebody by TCP. */
export type Connected = (pid: number, inodes: readonly string[]) => SocketRow | undefined;

/**
 * For one sweep: the tables of a namespace are read once, and only when some socket is none of the Unix domain (as those are that Node gives its
 * children): the kernel walks through all its hash buckets for them.
 */
export function createConnected(procfs: string): Connected {
  const tables = new Map<string, readonly SocketRow[]>();
  const read = (pid: number, table: string): string =>
    readKernelFile(join(procfs, String(pid), 'net', table), mostOfTable) ?? '';
  return (pid, inodes) => {
    if (inodes.length === 0) return undefined;
    const unix = read(pid, 'unix');
    const others = inodes.filter((inode) => !new RegExp(`^\\S+(?: \\S+){5} +${inode}(?: |$)`, 'm').test(unix));
    if (others.length === 0) return undefined;
    const network = linkOf(join(procfs, String(pid), 'ns/net')) ?? String(pid);
    const rows = tables.get(network) ?? ['tcp', 'tcp6'].flatMap((table) => parseNetTable(read(pid, table), 'tcp'));
    tables.set(network, rows);
    return connectedRow(rows, new Set(others));
  };
}

const mostOfTable = 256 * 1024;

interface Subject {
  readonly pid: number;
  readonly stdio: StdioLinks;
  readonly fifos: readonly boolean[];
  readonly executable: string;
  readonly args: readonly string[];
}

/**
 * The connected TCP socket that is a process's stdin or stdout, or that the process at the other end of a pipe there holds (L26). The other end
 * counts only where it is that process's own stdin or stdout: a server that runs a command reads it from another descriptor.
 */
export function socketOf(
  { pid, stdio, fifos, executable, args }: Subject,
  {
    procfs,
    siblings,
    connected,
  }: { readonly procfs: string; readonly siblings: readonly number[]; readonly connected: Connected },
): StdioFacts['socket'] {
  const ends = stdio.slice(0, 2);
  const direct = connected(pid, inodesOf(ends));
  if (direct !== undefined) return socketFacts('direct', direct);
  const pipes = new Set(ends.filter((link, fd) => link?.startsWith('pipe:[') === true || fifos[fd] === true));
  if (pipes.size === 0 || !(isShellProcess(executable, args) || isInterpreter(executable, args))) return undefined;
  const isOtherEnd = (sibling: number): boolean =>
    sibling !== pid && [0, 1].some((fd) => pipes.has(linkOf(join(procfs, String(sibling), 'fd', String(fd)))));
  for (const sibling of siblings.filter(isOtherEnd)) {
    const row = connected(sibling, inodesOf(descriptorsOf(procfs, sibling)));
    if (row !== undefined) return socketFacts('pipe', row);
  }
  return undefined;
}

const inodesOf = (links: StdioLinks): readonly string[] => links.flatMap((link) => socketInode(link) ?? []);
