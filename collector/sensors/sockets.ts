import type { SocketRow } from '../procfs/net-table.ts';

/** A socket seen for the first time. */
export interface Sighting {
  readonly row: SocketRow;
  readonly direction: 'egress' | 'ingress' | 'listen';
}

/** The engine's resolver, in every container on a network of the user's. */
const engineResolver = '127.0.0.11';

/** Which sockets of which container are known. */
export interface Sockets {
  /** The rows that are new since the last sweep of this container, with their direction. */
  fresh(container: string, rows: readonly SocketRow[]): readonly Sighting[];
  /** Forgets all containers but these. */
  keep(containers: ReadonlySet<string>): void;
}

export function createSockets(): Sockets {
  const known = new Map<string, ReadonlySet<string>>();
  const servers = new Map<string, Set<string>>();
  return {
    fresh: (container, rows) => {
      const seen = known.get(container) ?? new Set<string>();
      const listening = servers.get(container) ?? new Set<string>();
      servers.set(container, listening);
      // A port that was ever listened on stays a server's: its last connections outlive the listener in TIME_WAIT.
      for (const row of rows)
        if (isListening(row) && listening.size < mostPorts) listening.add(portKey(row.transport, row.local.port));
      const now = new Map(
        rows
          .filter(isTold)
          .map((row) => facing(row, listening))
          .map((row) => [socketKey(row), row]),
      );
      known.set(container, new Set(now.keys()));
      return [...now]
        .filter(([key]) => !seen.has(key))
        .map(([, row]) => ({ row, direction: directionOf(row, listening) }));
    },
    keep: (containers) => {
      for (const map of [known, servers]) for (const id of map.keys()) if (!containers.has(id)) map.delete(id);
    },
  };
}

const mostPorts = 4_096;

/** A container that connects to an address of its own has both ends in its table: told once, as its client sees it. */
function facing(row: SocketRow, listening: ReadonlySet<string>): SocketRow {
  const { transport, local, remote } = row;
  if (local.ip !== remote.ip || isListening(row)) return row;
  const localServes = listening.has(portKey(transport, local.port));
  const remoteServes = listening.has(portKey(transport, remote.port));
  // Nobody was seen listening: servers have the lower ports.
  const turn = localServes === remoteServes ? local.port < remote.port : localServes;
  return turn ? { ...row, local: remote, remote: local } : row;
}

const isUnset = (ip: string): boolean => ip === '0.0.0.0' || ip === '::';
const isListening = ({ state, remote, transport }: SocketRow): boolean =>
  state === 'LISTEN' || (transport === 'udp' && remote.port === 0 && isUnset(remote.ip));
const portKey = (transport: string, port: number): string => `${transport} ${port}`;

/** A connection keeps its key while its state moves on to TIME_WAIT, where the kernel drops the inode. */
const socketKey = ({ transport, local, remote }: SocketRow): string =>
  `${transport} ${local.ip}:${local.port} ${remote.ip}:${remote.port}`;

function isTold(row: SocketRow): boolean {
  if (row.local.ip === engineResolver || row.remote.ip === engineResolver) return false;
  // A socket that is bound but not connected (closed TCP) says nothing yet.
  return isListening(row) || row.remote.port !== 0;
}

function directionOf(row: SocketRow, listening: ReadonlySet<string>): Sighting['direction'] {
  if (isListening(row)) return 'listen';
  if (row.local.ip === row.remote.ip) return 'egress';
  return listening.has(portKey(row.transport, row.local.port)) || row.state === 'SYN_RECV' ? 'ingress' : 'egress';
}
