import type { StdioFacts, StdioKind } from '../../../shared/facts/process.ts';
import { ipScope } from '../../procfs/ip-scope.ts';
import type { SocketRow } from '../../procfs/net-table.ts';

/** Links of descriptors 0, 1 and 2; undefined: closed, or not to be looked at. */
export type StdioLinks = readonly (string | undefined)[];

/** The kind of a descriptor by its link. `isFifo`: of a path, that a named pipe is there. */
export function kindOf(link: string, isFifo: boolean): StdioKind {
  if (link.startsWith('socket:[')) return 'socket';
  if (link.startsWith('pipe:[') || isFifo) return 'pipe';
  if (link === '/dev/null') return 'null';
  if (/^\/dev\/(pts\/\d+|tty\w*|console)$/.test(link)) return 'tty';
  return link.startsWith('/') ? 'file' : 'other';
}

export const socketInode = (link: string | undefined): string | undefined => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1];

/** Established, or closed by one side only: bytes may still go one way. */
const connected = new Set(['ESTABLISHED', 'CLOSE_WAIT', 'FIN_WAIT1', 'FIN_WAIT2']);

export const connectedRow = (rows: readonly SocketRow[], inodes: ReadonlySet<string>): SocketRow | undefined =>
  rows.find(({ inode, state, remote }) => connected.has(state) && remote.port !== 0 && inodes.has(inode));

export const socketFacts = (via: 'direct' | 'pipe', { remote }: SocketRow): NonNullable<StdioFacts['socket']> => ({
  via,
  ip: remote.ip,
  port: remote.port,
  scope: ipScope(remote.ip),
});
