import { join } from 'node:path';
import type { StdioFacts } from '../../../shared/facts/process.ts';
import { parseNetTable, type SocketRow } from '../../procfs/net-table.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { descriptorsOf } from './descriptors.ts';
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
    const others = hasName.test(unix)
      ? inodes
      : inodes.filter((inode) => !new RegExp(`^\\S+(?: \\S+){5} +${inode}(?: |$)`, 'm').test(unix));
    if (others.length === 0) return undefined;
    const network = linkOf(join(procfs, String(pid), 'ns/net')) ?? String(pid);
    const rows = tables.get(network) ?? ['tcp', 'tcp6'].flatMap((table) => parseNetTable(read(pid, table), 'tcp'));
    tables.set(network, rows);
    return connectedRow(rows, new Set(others));
  };
}

const mostOfTable = 256 * 1024;
/** The kernel writes a name as it was bound, newlines too: what follows one may be a row that somebody made up. */
const hasName = /^\S+(?: \S+){5} +\d+ \S/m;

interface Subject {
  readonly pid: number;
  readonly stdio: StdioLinks;
  readonly fifos: readonly boolean[];
  /** A shell or another program that runs what it reads. */
  readonly obeys: boolean;
}

interface Others {
  readonly procfs: string;
  readonly siblings: readonly number[];
  readonly connected: Connected;
}

/**
 * The connected TCP socket that is a process's stdin or stdout, or that the process holds which reads its output from a pipe (L26). Through a pipe
 * only of what obeys and has a pipe as stdin, too: `redis-cli subscribe x | while read y` listens to somebody, and answers nobody.
 */
export function socketOf({ pid, stdio, fifos, obeys }: Subject, others: Others): StdioFacts['socket'] {
  const direct = others.connected(pid, inodesOf(stdio.slice(0, 2)));
  if (direct !== undefined) return socketFacts('direct', direct);
  return isPiped({ stdio, fifos, obeys }) ? readersSocket(pid, stdio[1], others) : undefined;
}

/** Its output may come to be read by somebody with a connection. */
export const isPiped = ({ stdio, fifos, obeys }: Omit<Subject, 'pid'>): boolean =>
  obeys && [0, 1].every((fd) => stdio[fd]?.startsWith('pipe:[') === true || fifos[fd] === true);

export function readersSocket(
  pid: number,
  pipe: string | undefined,
  { procfs, siblings, connected }: Others,
): StdioFacts['socket'] {
  for (const sibling of siblings) {
    if (sibling === pid || linkOf(join(procfs, String(sibling), 'fd/0')) !== pipe) continue;
    const row = connected(sibling, inodesOf(descriptorsOf(procfs, sibling)));
    if (row !== undefined) return socketFacts('pipe', row);
  }
  return undefined;
}

const inodesOf = (links: StdioLinks): readonly string[] => links.flatMap((link) => socketInode(link) ?? []);
