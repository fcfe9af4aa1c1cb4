import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import type { ContainerFacts, EndpointFacts, HostRef, Observation, ProcessFacts } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { whyNoProcfs } from '../procfs/host.ts';
import { ipScope } from '../procfs/ip-scope.ts';
import { netActivity } from '../procfs/net-activity.ts';
import { parseNetTable, type SocketRow } from '../procfs/net-table.ts';
import { createProcesses, type OwnerProcess, type Processes } from '../procfs/processes.ts';
import type { Sensor } from '../sensor.ts';
import { type SweepOptions, sweeping } from '../sweeping.ts';
import type { SweptContainer } from '../sweeps.ts';
import { networkNumber } from './dns/engine-process.ts';
import { forgedNetworks, withheldNames } from './dns/forgers.ts';
import type { GivenNames } from './dns/given-names.ts';
import { type ContainerNetwork, type ContainerNetworks, createNetworks } from './networks.ts';
import { createSockets, type Sighting, type Sockets } from './sockets.ts';

const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const;

/** Sockets of each container's network namespace, from the host's /proc. */
export interface ConnectionsOptions extends SweepOptions {
  /** By which names the containers were told addresses; default: none is known. */
  readonly names?: GivenNames;
}

export function createConnectionsSensor(options: ConnectionsOptions): Sensor {
  return {
    name: 'connections',
    tier: 'procfs',
    available: () => whyNoProcfs(options.procfs, 'connections'),
    observe: () => sweeps(options),
  };
}

function sweeps(options: ConnectionsOptions): Observable<Observation> {
  const { procfs } = options;
  const parts = {
    sockets: createSockets(),
    networks: createNetworks(procfs),
    processes: createProcesses(procfs),
    activity: createActivity(procfs),
  };
  return sweeping(options, async ({ host, boot, containers, due }) => {
    const networks = await parts.networks.of(containers);
    const living = new Set(networks.map(({ key }) => key));
    parts.sockets.keep(living);
    parts.activity.keep(living);
    if (options.names !== undefined) judgeNames(options.names, networks, options.now());
    const swept = networks.filter(({ members }) => members.some(({ id }) => due.has(id)));
    await Promise.all(swept.map((network) => parts.networks.refresh(network, options.now())));
    const found = await Promise.all(
      swept.map((network) => sweep(network, { options, containers, host, boot, ...parts })),
    );
    return found.flat();
  });
}

/** Those in whose networks somebody may forge answers are not believed. */
function judgeNames(names: GivenNames, networks: readonly ContainerNetwork[], now: number): void {
  names.keep(new Map(networks.map(({ namespace, key }) => [networkNumber(namespace), key])), now);
  for (const { namespace } of forgedNetworks(networks)) names.distrust(networkNumber(namespace), now);
  names.withhold(() => withheldNames(networks));
}

interface SweepContext {
  readonly options: ConnectionsOptions;
  readonly containers: readonly SweptContainer[];
  readonly host: HostRef;
  readonly boot: string;
  readonly sockets: Sockets;
  readonly networks: ContainerNetworks;
  readonly processes: Processes;
  readonly activity: Activity;
}

/** New sockets of one network namespace. One that ended meanwhile has none. */
async function sweep(network: ContainerNetwork, context: SweepContext): Promise<readonly Observation[]> {
  const { options, sockets } = context;
  const { pid } = network.members[0];
  // The host's own network never rests: there the tables are read every time.
  if (!network.isHost && !context.activity.changed(network.key, pid)) return [];
  const rows = readTables(options.procfs, pid);
  const fresh = sockets.fresh(network.key, rows, network.isHost);
  if (fresh.length === 0) return [];
  const owners = await ownersOf(network, fresh, context.processes);
  const at = Math.trunc(options.now());
  const told = fresh.flatMap((sighting) => {
    const owner = owners.get(sighting.row.inode);
    // On the host's network only what a container's process owns is the container's; elsewhere what nobody owns is the first one's.
    const container = owner?.container ?? (network.isHost ? undefined : network.members[0]);
    return container === undefined ? [] : [{ sighting, container, pid: owner?.pid }];
  });
  return Promise.all(told.map((found) => observation(found, { at, network, context })));
}

interface Told {
  readonly sighting: Sighting;
  readonly container: SweptContainer;
  readonly pid: number | undefined;
}

async function observation(
  { sighting, container, pid }: Told,
  { at, network, context }: { at: number; network: ContainerNetwork; context: SweepContext },
): Promise<Observation> {
  const { host, boot, processes } = context;
  const { inode, transport, local, remote } = sighting.row;
  const socket = inode === '0' ? `${transport} ${local.ip}:${local.port} ${remote.ip}:${remote.port}` : inode;
  const owner = pid === undefined ? undefined : await processes.describe(pid);
  const own = container.at(at);
  const far = farEnd(remote.ip, { network, context, own: own.container, at, isAsked: sighting.direction === 'egress' });
  return {
    id: observationId.socket(host.id, { boot, namespace: network.namespace, socket }),
    host,
    ...own,
    ...connection(sighting, { at, owner, far, container }),
  };
}

/** What is known of the other side beyond its address. */
function farEnd(
  ip: string,
  of: { network: ContainerNetwork; context: SweepContext; own: ContainerFacts; at: number; isAsked: boolean },
): Partial<EndpointFacts> {
  const { networks, containers, options } = of.context;
  const sibling = networks.containerWith(ip);
  const { isAsked } = of;
  // A container on the host's network has the host's addresses itself.
  if (sibling === undefined || sibling === of.own.id) {
    if (!of.network.isHost && networks.isHostAddress(of.network, ip)) return { is_host: true };
    const domain =
      isAsked && sibling === undefined ? options.names?.of(networkNumber(of.network.namespace), ip, of.at) : undefined;
    return domain === undefined ? {} : { domain };
  }
  const project = containers.find(({ id }) => id === sibling)?.at(of.at).container.project;
  return { container_id: sibling, same_project: project !== undefined && project === of.own.project };
}

/** Whose process holds each socket. One search for all of them, and none for what has no inode any more. */
async function ownersOf(
  { members }: ContainerNetwork,
  fresh: readonly Sighting[],
  processes: Processes,
): Promise<ReadonlyMap<string, { container: SweptContainer; pid: number }>> {
  const wanted = new Set(fresh.map(({ row }) => row.inode).filter((inode) => inode !== '0'));
  if (wanted.size === 0) return new Map();
  const found = await Promise.all(
    members.map(async (container) =>
      [...(await processes.owners(container, wanted))].map(([inode, pid]) => [inode, { container, pid }] as const),
    ),
  );
  return new Map(found.flat());
}

/** Source is who began: for what comes in, the other side. */
function connection(
  { row, direction, firstTime }: Sighting,
  of: { at: number; owner: OwnerProcess | undefined; far: Partial<EndpointFacts>; container: SweptContainer },
) {
  const { at, owner, far, container } = of;
  const { transport, state, inode, local, remote } = row;
  const here = { ...local, scope: ipScope(local.ip) };
  const there = { ...remote, scope: ipScope(remote.ip), ...far };
  return {
    kind: 'connection',
    at,
    event: { source: 'procfs', action: direction === 'listen' ? 'listen' : 'connect' },
    network: {
      direction,
      transport,
      state,
      ...(inode === '0' ? {} : { socket_inode: inode }),
      ...(direction === 'ingress' ? {} : { first_time: firstTime }),
      ...(direction === 'listen'
        ? { exposed: container.exposedPorts?.includes(`${local.port}/${transport}`) === true }
        : {}),
      ...(direction === 'egress' ? { internal_only: container.internalOnly === true } : {}),
    },
    source: direction === 'ingress' ? there : here,
    ...(direction === 'listen' ? {} : { destination: direction === 'ingress' ? here : there }),
    ...(owner === undefined ? {} : { process: processFacts(owner) }),
  } satisfies Partial<Observation>;
}

export const processFacts = ({ pid, executable, args }: OwnerProcess): ProcessFacts => ({
  pid,
  ...(executable === undefined ? {} : { executable, name: executable.split('/').at(-1) ?? '' }),
  args,
  command_line: args.join(' '),
});

interface Activity {
  /** Whether the network may have sockets that it had not when this was last asked. */
  changed(network: string, pid: number): boolean;
  keep(networks: ReadonlySet<string>): void;
}

function createActivity(procfs: string): Activity {
  const last = new Map<string, string>();
  return {
    changed: (network, pid) => {
      const read = (name: string): string => readTable(join(procfs, String(pid), 'net', name));
      const now = netActivity({
        snmp: read('snmp'),
        snmp6: read('snmp6'),
        sockstat: read('sockstat'),
        sockstat6: read('sockstat6'),
      });
      const same = last.get(network) === now && now.trim() !== '';
      last.set(network, now);
      return !same;
    },
    keep: (networks) => {
      for (const key of last.keys()) if (!networks.has(key)) last.delete(key);
    },
  };
}

/**
 * Read synchronously on purpose: the kernel makes these tables in memory, and four trips through the thread pool for each of them cost several
 * times what the read does (measured with 20 idle containers).
 */
function readTables(procfs: string, pid: number): readonly SocketRow[] {
  return tables.flatMap((table) =>
    parseNetTable(readTable(join(procfs, String(pid), 'net', table)), table.startsWith('tcp') ? 'tcp' : 'udp'),
  );
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The container ended meanwhile, or the kernel has no IPv6.
    return '';
  }
}
