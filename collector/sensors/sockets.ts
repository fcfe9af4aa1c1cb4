import type { SocketRow } from '../procfs/net-table.ts';

/** A socket seen for the first time. */
export interface Sighting {
  readonly row: SocketRow;
  readonly direction: 'egress' | 'ingress' | 'listen';
  /** Listeners and egress: nobody listened there, nothing was connected to there, at the first look or since. */
  readonly firstTime: boolean;
}

/** The engine's resolver, in every container on a network of the user's. */
const engineResolver = '127.0.0.11';

/** Which sockets of which network namespace are known. */
export interface Sockets {
  /**
   * The rows that are new since the last sweep of this network, with their direction. `bothEnds`: a connection of the network with itself is
   * told twice, from either side, because the sides may belong to different owners; else once, as its client sees it.
   */
  fresh(network: string, rows: readonly SocketRow[], bothEnds?: boolean): readonly Sighting[];
  /** Forgets all networks but these. */
  keep(networks: ReadonlySet<string>): void;
}

export function createSockets(): Sockets {
  const known = new Map<string, ReadonlySet<string>>();
  const servers = new Map<string, Set<string>>();
  const contacts = new Map<string, Set<string>>();
  return {
    fresh: (network, rows, bothEnds = false) => {
      const seen = known.get(network);
      const listening = servers.get(network) ?? new Set<string>();
      servers.set(network, listening);
      const before = new Set(listening);
      const met = contacts.get(network) ?? new Set<string>();
      contacts.set(network, met);
      // A port that was ever listened on stays a server's: its last connections outlive the listener in TIME_WAIT.
      for (const row of rows) if (isListening(row) && listening.size < mostPorts) listening.add(localPort(row));
      const now = new Map<string, SocketRow>();
      for (const row of rows.filter(isTold)) {
        const told = bothEnds ? row : facing(row, listening);
        const key = socketKey(told);
        // The client's own row knows the client's process: it goes before its server's that was turned round.
        if (told === row || !now.has(key)) now.set(key, told);
      }
      known.set(network, new Set(now.keys()));
      return [...now]
        .filter(([key]) => seen?.has(key) !== true)
        .map(([, row]) => {
          const direction = directionOf(row, { listening, bothEnds });
          const fresh =
            direction === 'listen'
              ? isNew(before, localPort(row), mostPorts)
              : isNew(met, contactKey(row), mostContacts);
          if (direction === 'egress' && met.size < mostContacts) met.add(contactKey(row));
          return { row, direction, firstTime: seen !== undefined && direction !== 'ingress' && fresh };
        });
    },
    keep: (networks) => {
      for (const map of [known, servers, contacts]) for (const id of map.keys()) if (!networks.has(id)) map.delete(id);
    },
  };
}

const mostPorts = 4_096;
/** Of each network; whoever has met more of them was seen to look for them. */
const mostContacts = 1_024;

/** What is full has forgotten what it could not hold: nothing is new to it any more. */
const isNew = (known: ReadonlySet<string>, key: string, most: number): boolean => known.size < most && !known.has(key);

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
const localPort = ({ transport, local }: SocketRow): string => portKey(transport, local.port);
const contactKey = ({ transport, remote }: SocketRow): string => `${transport} ${remote.ip}:${remote.port}`;

/** A connection keeps its key while its state moves on to TIME_WAIT, where the kernel drops the inode. */
const socketKey = ({ transport, local, remote }: SocketRow): string =>
  `${transport} ${local.ip}:${local.port} ${remote.ip}:${remote.port}`;

/** Linux's usual range of ports that are handed out (net.ipv4.ip_local_port_range). */
const isHandedOut = (port: number): boolean => port >= 32_768 && port <= 60_999;

function isTold(row: SocketRow): boolean {
  if (row.local.ip === engineResolver || row.remote.ip === engineResolver) return false;
  if (row.remote.port !== 0) return true;
  // A TCP socket that is bound but not connected says nothing yet. A UDP socket on a port that was handed out is a client's that sends without
  // connecting (a look-up by musl): whom it asks is not in the table.
  return isListening(row) && (row.transport === 'tcp' || !isHandedOut(row.local.port));
}

function directionOf(
  row: SocketRow,
  { listening, bothEnds }: { listening: ReadonlySet<string>; bothEnds: boolean },
): Sighting['direction'] {
  if (isListening(row)) return 'listen';
  if (!bothEnds && row.local.ip === row.remote.ip) return 'egress';
  return listening.has(localPort(row)) || row.state === 'SYN_RECV' ? 'ingress' : 'egress';
}
