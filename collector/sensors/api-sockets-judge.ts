import type { HostRef, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { createProcesses, type OwnerProcess, type Processes } from '../procfs/processes.ts';
import { mayReadOwners } from '../procfs/rights.ts';
import type { SweptContainer } from '../sweeps.ts';
import type { SeenConnection, SeenConnections } from './api-sockets-seen.ts';
import { unixTable } from './api-sockets-table.ts';
import { createToldOnce } from './api-sockets-told.ts';
import { processFacts } from './connections.ts';
import type { ContainerNetwork } from './networks.ts';

export interface JudgeOptions {
  readonly procfs: string;
  readonly seen: SeenConnections;
  containers(): readonly SweptContainer[];
  host(): HostRef | undefined;
}

/** A connection to be told of. */
export interface Look {
  readonly connection: SeenConnection;
  readonly network: ContainerNetwork;
  /** Inodes that a client's side may have. */
  readonly clients: ReadonlySet<string>;
  /** The engine was asked for something through it: then it is told in any case. */
  readonly asked: boolean;
}

/** Whose a connection is, whether its server is outside, and whether it is told. */
export function createJudge(options: JudgeOptions) {
  const { procfs, seen } = options;
  const processes = createProcesses(procfs);
  const told = createToldOnce();
  return async ({ connection, network, clients, asked }: Look, boot: string): Promise<readonly Observation[]> => {
    const host = options.host();
    if (host === undefined) return [];
    const found = await ownersOf(network, { connection, clients, processes, procfs });
    const settled = {
      ...connection,
      container: found.container ?? connection.container,
      server: found.server,
      isProven: found.container !== undefined,
    };
    seen.settle(connection, settled);
    if (settled.server === 'inside') return [];
    told.keep(new Set(options.containers().map(({ id }) => id)));
    const { container, path, first } = settled;
    const { isTold, untold } = told.next(`${container.id} ${path} ${found.process?.executable ?? ''}`, first);
    if (connection.isTold || (!isTold && !asked)) return [];
    seen.settle(connection, { ...settled, isTold: true });
    return [observation(settled, { host, boot, untold, process: found.process })];
  };
}

interface Owners {
  readonly server: SeenConnection['server'];
  readonly container?: SweptContainer;
  readonly process?: OwnerProcess;
}

/**
 * The kernel does not say in its tables which client belongs to which server's side. Where only one process of the containers has a connected socket
 * without a name it is that one; else it is not known.
 */
async function ownersOf(
  { members }: ContainerNetwork,
  of: {
    readonly connection: SeenConnection;
    readonly clients: ReadonlySet<string>;
    readonly processes: Processes;
    readonly procfs: string;
  },
): Promise<Owners> {
  const { connection, clients, processes, procfs } = of;
  const wanted = new Set([...clients, connection.inode]);
  const owners: { readonly container: SweptContainer; readonly pid: number }[] = [];
  for (const container of members) {
    const found = await processes.owners(container, wanted);
    if (found.has(connection.inode)) return { server: 'inside' };
    for (const pid of new Set(found.values())) owners.push({ container, pid });
  }
  const [only, ...others] = owners;
  if (only === undefined || others.length > 0) {
    const pids = members.map(({ pid }) => pid);
    // Of one that was over by then nobody could be found.
    const isNobodys = mayReadOwners(procfs, pids) === true && isThere(procfs, pids[0], connection.inode);
    return { server: serverOf(connection, owners.length > 0 || isNobodys) };
  }
  const process = await processes.describe(only.pid);
  return { server: serverOf(connection, true), container: only.container, process };
}

const isThere = (procfs: string, pid: number | undefined, inode: string): boolean =>
  unixTable(procfs, pid ?? 0).rows.some((row) => row.inode === inode);

/** Where the descriptors of processes may not be read, who listens at that path is taken for the server. */
const serverOf = ({ server }: SeenConnection, mayRead: boolean): SeenConnection['server'] =>
  server === 'unsure' ? (mayRead ? 'outside' : 'inside') : server;

function observation(
  { inode, network: namespace, path, door, container, first }: SeenConnection,
  of: {
    readonly host: HostRef;
    readonly boot: string;
    readonly untold: number;
    readonly process: OwnerProcess | undefined;
  },
): Observation {
  const { host, boot, untold, process } = of;
  const at = Math.trunc(first);
  return {
    id: observationId.socket(host.id, { boot, namespace: namespace.split(' ')[0] ?? '', socket: `unix ${inode}` }),
    kind: 'connection',
    at,
    event: { source: 'procfs', action: 'connect' },
    host,
    ...container.at(at),
    network: {
      direction: 'egress',
      transport: 'unix',
      state: 'ESTABLISHED',
      socket_inode: inode,
      unix_path: path,
      runtime_socket: door,
      ...(untold > 0 ? { untold } : {}),
    },
    ...(process === undefined ? {} : { process: processFacts(process) }),
  };
}
