import { dropOldest } from '../newest.ts';
import type { SweptContainer } from '../sweeps.ts';
import { type ApiConnection, attributionMs } from './api-sockets-creators.ts';
import type { RuntimeDoor, RuntimeRow } from './api-sockets-table.ts';

/** A connection to a runtime from one network namespace of containers, as it was last seen. */
export interface SeenConnection {
  /** Of the namespace, one for each life of it. */
  readonly network: string;
  readonly inode: string;
  readonly path: string;
  readonly door: RuntimeDoor;
  /** Whose it is, as far as is known. */
  readonly container: SweptContainer;
  /** `unsure`: somebody in the namespace listens at that path; whose the server's side is has to be looked up. */
  readonly server: 'outside' | 'unsure' | 'inside';
  /** It is in the log. */
  readonly isTold?: boolean;
  /** A process of the container was found to have the client's side. */
  readonly isProven?: boolean;
  readonly before: number;
  readonly first: number;
  readonly last: number;
  readonly until?: number;
}

export interface SeenConnections {
  /** Takes over a look at a namespace; gives the connections that were not there in the last one. */
  look(network: SeenNetwork, rows: readonly RuntimeRow[], now: number): readonly SeenConnection[];
  /** What was found out about a connection later. */
  settle(connection: SeenConnection, found: Pick<SeenConnection, 'container' | 'server' | 'isTold' | 'isProven'>): void;
  all(): readonly SeenConnection[];
  /** Forgets all namespaces but these. */
  keep(networks: ReadonlySet<string>): void;
}

interface Followed {
  readonly at: number;
  readonly connections: Map<string, SeenConnection>;
  /** Inodes of the last look, of those that are not followed too. */
  readonly there: ReadonlySet<string>;
}

export interface SeenNetwork {
  readonly key: string;
  /** Whose a connection is taken for until it is known. */
  readonly container: SweptContainer;
}

/** Of one namespace the newest so many are followed: who holds many open hides no new one behind them. */
const mostConnections = 256;

export function createSeenConnections(): SeenConnections {
  const networks = new Map<string, Followed>();
  return {
    look: ({ key, container }, rows, now) => {
      const last = networks.get(key);
      const before = last?.at ?? container.startedAt;
      const connections = last?.connections ?? new Map<string, SeenConnection>();
      const there = new Set(rows.map(({ inode }) => inode));
      networks.set(key, { at: now, connections, there });
      age(connections, there, now);
      const found = rows.flatMap(({ inode, path, door, served }) => {
        const known = connections.get(inode);
        const isKnown = known !== undefined && known.until === undefined;
        if (!isKnown && last?.there.has(inode)) return [];
        const fresh: SeenConnection = isKnown
          ? { ...known, last: now }
          : {
              network: key,
              inode,
              path,
              door,
              container,
              server: served ? 'unsure' : 'outside',
              before,
              first: now,
              last: now,
            };
        if (!isKnown) connections.delete(inode);
        connections.set(inode, fresh);
        dropOldest(connections, mostConnections);
        return isKnown ? [] : [fresh];
      });
      return found.slice(-mostConnections);
    },
    settle: ({ network, inode, first }, found) => {
      const connections = networks.get(network)?.connections;
      const now = connections?.get(inode);
      if (now?.first === first) {
        const { container, server, isTold = now.isTold ?? false, isProven = now.isProven ?? false } = found;
        connections?.set(inode, { ...now, container, server, isTold, isProven });
      }
    },
    all: () => [...networks.values()].flatMap(({ connections }) => [...connections.values()]),
    keep: (living) => {
      for (const key of networks.keys()) if (!living.has(key)) networks.delete(key);
    },
  };
}

/** What is gone is remembered for as long as something may come of it. */
function age(connections: Map<string, SeenConnection>, there: ReadonlySet<string>, now: number): void {
  for (const [inode, connection] of connections) {
    if (connection.until !== undefined && now - connection.until > 2 * attributionMs) connections.delete(inode);
    else if (connection.until === undefined && !there.has(inode)) connections.set(inode, { ...connection, until: now });
  }
}

/** Those by which a container outside may have asked the engine for something. */
export const apiConnections = (seen: readonly SeenConnection[]): readonly ApiConnection[] =>
  seen.flatMap(({ door, server, container, before, first, last, until }) =>
    door === 'api' && server === 'outside'
      ? [{ client: clientOf(container, last), before, first, last, ...(until === undefined ? {} : { until }) }]
      : [],
  );

/** A container's connections to servers outside, the newest first. */
export const connectionsOf = (id: string, seen: readonly SeenConnection[]): readonly SeenConnection[] =>
  seen
    .filter(({ container, door, server }) => container.id === id && door === 'api' && server === 'outside')
    .sort((a, b) => b.first - a.first);

export function clientOf(container: SweptContainer, at: number): ApiConnection['client'] {
  const { name, image } = container.at(at).container;
  return { container_id: container.id, name, image: image.name };
}
