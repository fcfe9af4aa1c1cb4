import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { exhaustMap, from, ignoreElements, interval, merge, mergeMap, type Observable, tap } from 'rxjs';
import type { HostRef, Observation, ProcessFacts } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { ipScope } from '../procfs/ip-scope.ts';
import { parseNetTable, type SocketRow } from '../procfs/net-table.ts';
import { describeProcess, type OwnerProcess, socketOwners } from '../procfs/processes.ts';
import type { Sensor } from '../sensor.ts';
import type { SweptContainer } from '../sweeps.ts';
import { createSockets, type Sighting, type Sockets } from './sockets.ts';

export interface ConnectionsOptions {
  readonly procfs: string;
  readonly fastMs: number;
  readonly slowMs: number;
  /** Ids of containers in which something just began. */
  readonly stirred$: Observable<string>;
  containers(): readonly SweptContainer[];
  host(): HostRef | undefined;
  now(): number;
}

/** A container is swept fast while it is so young, or so long after something began in it. */
const youngMs = 60_000;
const stirredMs = 10_000;
const tables = ['tcp', 'tcp6', 'udp', 'udp6'] as const;

/** Sockets of each container's network namespace, from the host's /proc. */
export function createConnectionsSensor(options: ConnectionsOptions): Sensor {
  return {
    name: 'connections',
    tier: 'procfs',
    available: () => whyNot(options.procfs),
    observe: () => sweeps(options),
  };
}

async function whyNot(procfs: string): Promise<string | undefined> {
  if (procfs === '') return 'engine.procfs is empty: no connections are seen';
  try {
    await readFile(join(procfs, '1', 'net/tcp'));
    return undefined;
  } catch {
    return `the host’s /proc is not readable at ${procfs}: no connections are seen. Mount it, or run as root`;
  }
}

function sweeps(options: ConnectionsOptions): Observable<Observation> {
  const sockets = createSockets();
  const schedule = createSchedule(options);
  const turn = async (boot: string): Promise<readonly Observation[]> => {
    const host = options.host();
    if (host === undefined) return [];
    const containers = options.containers();
    sockets.keep(new Set(containers.map(({ id }) => id)));
    const due = schedule.due(options.now(), containers);
    const found = await Promise.all(due.map((container) => sweep(container, { options, host, boot, sockets })));
    return found.flat();
  };
  const stirs$ = options.stirred$.pipe(
    tap((id) => schedule.stir(id, options.now())),
    ignoreElements(),
  );
  const sweeps$ = from(bootId(options.procfs)).pipe(
    mergeMap((boot) => interval(options.fastMs).pipe(exhaustMap(() => turn(boot)))),
    mergeMap((observations) => observations),
  );
  return merge(sweeps$, stirs$);
}

/** Decides which containers are looked at in this turn. */
function createSchedule({ slowMs }: ConnectionsOptions) {
  const stirred = new Map<string, number>();
  const last = new Map<string, number>();
  return {
    stir: (id: string, now: number): void => void stirred.set(id, now),
    due: (now: number, containers: readonly SweptContainer[]): readonly SweptContainer[] => {
      const living = new Set(containers.map(({ id }) => id));
      for (const map of [stirred, last]) for (const id of map.keys()) if (!living.has(id)) map.delete(id);
      const due = containers.filter(({ id, startedAt }) => {
        const fast = now - startedAt < youngMs || now - (stirred.get(id) ?? 0) < stirredMs;
        return fast || now - (last.get(id) ?? 0) >= slowMs;
      });
      for (const { id } of due) last.set(id, now);
      return due;
    },
  };
}

interface SweepContext {
  readonly options: ConnectionsOptions;
  readonly host: HostRef;
  readonly boot: string;
  readonly sockets: Sockets;
}

/** New sockets of one container. A container that ended meanwhile has none. */
async function sweep(
  container: SweptContainer,
  { options, host, boot, sockets }: SweepContext,
): Promise<readonly Observation[]> {
  const { procfs } = options;
  const all = await readTables(procfs, container.pid);
  // On the host's network, only what a process of the container owns is the container's.
  const owners = container.hostNetwork ? await socketOwners(procfs, container.id) : undefined;
  const rows = owners === undefined ? all : all.filter(({ inode }) => owners.has(inode));
  const fresh = sockets.fresh(container.id, rows);
  if (fresh.length === 0) return [];
  const at = Math.trunc(options.now());
  const [namespace, known] = await Promise.all([
    networkNamespace(procfs, container.pid),
    owners ?? socketOwners(procfs, container.id),
  ]);
  return Promise.all(
    fresh.map(async (sighting) => {
      const pid = known.get(sighting.row.inode);
      const owner = pid === undefined ? undefined : await describeProcess(procfs, pid);
      const { inode, transport, local, remote } = sighting.row;
      const socket = inode === '0' ? `${transport} ${local.ip}:${local.port} ${remote.ip}:${remote.port}` : inode;
      return {
        id: observationId.socket(host.id, { boot, namespace, socket }),
        host,
        ...container.at(at),
        ...connection(sighting, { at, owner }),
      };
    }),
  );
}

function connection({ row, direction }: Sighting, { at, owner }: { at: number; owner: OwnerProcess | undefined }) {
  const { transport, state, inode, local, remote } = row;
  return {
    kind: 'connection',
    at,
    event: { source: 'procfs', action: direction === 'listen' ? 'listen' : 'connect' },
    network: { direction, transport, state, ...(inode === '0' ? {} : { socket_inode: inode }) },
    source: { ...local, scope: ipScope(local.ip) },
    ...(direction === 'listen' ? {} : { destination: { ...remote, scope: ipScope(remote.ip) } }),
    ...(owner === undefined ? {} : { process: processFacts(owner) }),
  } satisfies Partial<Observation>;
}

const processFacts = ({ pid, executable, args }: OwnerProcess): ProcessFacts => ({
  pid,
  ...(executable === undefined ? {} : { executable, name: executable.split('/').at(-1) ?? '' }),
  args,
  command_line: args.join(' '),
});

async function readTables(procfs: string, pid: number): Promise<readonly SocketRow[]> {
  const read = async (table: (typeof tables)[number]): Promise<readonly SocketRow[]> => {
    const text = await readFile(join(procfs, String(pid), 'net', table), 'utf8').catch(() => '');
    return parseNetTable(text, table.startsWith('tcp') ? 'tcp' : 'udp');
  };
  return (await Promise.all(tables.map(read))).flat();
}

/** `net:[4026532281]` */
const networkNamespace = (procfs: string, pid: number): Promise<string> =>
  readlink(join(procfs, String(pid), 'ns/net')).catch(() => '');

const bootId = async (procfs: string): Promise<string> =>
  (await readFile(join(procfs, 'sys/kernel/random/boot_id'), 'utf8').catch(() => '')).trim();
