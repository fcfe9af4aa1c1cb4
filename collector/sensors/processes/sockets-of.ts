import { join } from 'node:path';
import type { StdioFacts } from '../../../shared/facts/process.ts';
import { parseNetTable, type SocketRow } from '../../procfs/net-table.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { descriptorsOf } from './descriptors.ts';
import { isShellProcess } from './names.ts';
import { isInterpreter } from './script.ts';
import { connectedRow, type StdioLinks, socketFacts, socketInode } from './stdio.ts';

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
  { procfs, siblings }: { readonly procfs: string; readonly siblings: readonly number[] },
): StdioFacts['socket'] {
  const ends = stdio.slice(0, 2);
  const inodes = ends.flatMap((link) => socketInode(link) ?? []);
  if (inodes.length > 0) {
    const row = connectedRow(tcpRows(procfs, pid), new Set(inodes));
    if (row !== undefined) return socketFacts('direct', row);
  }
  const pipes = new Set(ends.filter((link, fd) => link?.startsWith('pipe:[') === true || fifos[fd] === true));
  if (pipes.size === 0 || !(isShellProcess(executable, args) || isInterpreter(executable, args))) return undefined;
  for (const sibling of siblings) {
    if (sibling === pid || ![0, 1].some((fd) => pipes.has(linkOf(join(procfs, String(sibling), 'fd', String(fd))))))
      continue;
    const held = new Set(descriptorsOf(procfs, sibling).flatMap((link) => socketInode(link) ?? []));
    const row = held.size === 0 ? undefined : connectedRow(tcpRows(procfs, sibling), held);
    if (row !== undefined) return socketFacts('pipe', row);
  }
  return undefined;
}

const tcpRows = (procfs: string, pid: number): readonly SocketRow[] =>
  ['tcp', 'tcp6'].flatMap((table) =>
    parseNetTable(readKernelFile(join(procfs, String(pid), 'net', table)) ?? '', 'tcp'),
  );
