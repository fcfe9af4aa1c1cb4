import {
  exhaustMap,
  finalize,
  from,
  ignoreElements,
  interval,
  merge,
  mergeMap,
  type Observable,
  Subject,
  tap,
} from 'rxjs';
import type { Observation } from '../../shared/observation.ts';
import type { EngineAddress } from '../engine/engine-address.ts';
import type { RuntimeSocket } from '../engine/facts/host-path.ts';
import { bootId, whyNoProcfs } from '../procfs/host.ts';
import type { UnixRow } from '../procfs/unix-table.ts';
import type { Sensor } from '../sensor.ts';
import { createSweepSchedule } from '../sweep-schedule.ts';
import type { SweepOptions } from '../sweeping.ts';
import { createClients } from './api-sockets-clients.ts';
import type { Creators } from './api-sockets-creators.ts';
import { createJudge, type Look } from './api-sockets-judge.ts';
import { apiConnections, connectionsOf, createSeenConnections, type SeenConnection } from './api-sockets-seen.ts';
import { clientInodes, runtimeRows, unixTable } from './api-sockets-table.ts';
import { type ContainerNetwork, type ContainerNetworks, createNetworks } from './networks.ts';

export interface ApiSocketsOptions extends SweepOptions {
  readonly creators: Creators;
  /** Containers whose mounts lead to a runtime's socket. */
  reaching(): ReadonlySet<string>;
  /** Runtime sockets that live on the host. */
  sockets(): Promise<readonly RuntimeSocket[]>;
  /** Address at which this program asks the engine over TCP. A container that has it passes on what we ask for. */
  readonly engineAddress?: EngineAddress;
}

/** Connections from containers to the API of the engine or another runtime, whatever the mount that leads to it is called. */
export function createApiSocketsSensor(options: ApiSocketsOptions): Sensor {
  return {
    name: 'api-sockets',
    tier: 'procfs',
    available: () => whyNoProcfs(options.procfs, 'connections to the engine’s API'),
    observe: () => sweeps(options),
  };
}

function sweeps(options: ApiSocketsOptions): Observable<Observation> {
  const { stirred$, now, fastMs } = options;
  const eyes = createEyes(options);
  const asked$ = new Subject<Look>();
  const detach = options.creators.attach({
    look: () => {
      for (const found of eyes.holders().flatMap(eyes.look)) asked$.next(found);
    },
    connections: () =>
      apiConnections(eyes.seen.all().filter(({ container: { id } }) => eyes.reaches(id) && !eyes.servesUs(id))),
    isClient: eyes.isClient,
    asked: (container) => {
      for (const found of eyes.latest(container)) asked$.next(found);
    },
  });
  const stirs$ = stirred$.pipe(
    tap((id) => eyes.schedule.stir(id, now())),
    ignoreElements(),
  );
  const found$ = interval(fastMs).pipe(
    exhaustMap(eyes.turn),
    mergeMap((found) => found),
  );
  const judge = createJudge({ ...options, seen: eyes.seen });
  return from(bootId(options.procfs)).pipe(
    mergeMap((boot) => merge(found$, asked$, stirs$).pipe(mergeMap((found) => judge(found, boot)))),
    mergeMap((observations) => observations),
    finalize(detach),
  );
}

/** Looks at the tables, and remembers what stood in them. */
function createEyes(options: ApiSocketsOptions) {
  const { procfs, now } = options;
  const networks = createNetworks(procfs);
  const isClient = createClients(procfs);
  const schedule = createSweepSchedule(options);
  const seen = createSeenConnections();
  const long = new Set<string>();
  let here: readonly ContainerNetwork[] = [];
  let live: readonly RuntimeSocket[] = [];
  let reaching: ReadonlySet<string> = new Set();
  let serving: string | undefined;
  const tableOf = ({ key, members }: ContainerNetwork): readonly UnixRow[] => {
    const { rows, isLong } = unixTable(procfs, members[0].pid);
    if (isLong) long.add(key);
    else long.delete(key);
    return rows;
  };
  const look = (network: ContainerNetwork): readonly Look[] => {
    const { key, members } = network;
    const rows = tableOf(network);
    const container = members.find(({ id }) => reaching.has(id)) ?? members[0];
    const fresh = seen.look({ key, container }, runtimeRows(rows, live), now());
    const clients = clientInodes(rows);
    return fresh.map((connection) => ({ connection, network, clients, asked: false }));
  };
  const openTo = (id: string): readonly SeenConnection[] => connectionsOf(id, seen.all());
  const holders = (): readonly ContainerNetwork[] =>
    here.filter(({ key, members }) => !long.has(key) && members.some(({ id }) => reaching.has(id)));
  return {
    seen,
    schedule,
    look,
    holders,
    isClient: (id: string): boolean => {
      const network = here.find(({ members }) => members.some((member) => member.id === id));
      const member = network?.members.find((one) => one.id === id);
      if (network === undefined || member === undefined) return false;
      const [server] = openTo(id);
      // Nobody has one that is over any more: then it counts what was found while it was there.
      if (server?.until !== undefined) return server.isProven === true;
      return isClient(member, { clients: clientInodes(tableOf(network)), server: server?.inode });
    },
    reaches: (id: string): boolean => reaching.has(id),
    /** Its connections are ours: they begin whenever we ask, which is whenever something was made, and say nothing of who asked for that. */
    servesUs: (id: string): boolean => id === serving,
    latest: (container: string): readonly Look[] => {
      const connection = openTo(container).find(({ isTold }) => isTold !== true);
      const network = here.find(({ key }) => key === connection?.network);
      if (connection === undefined || network === undefined) return [];
      return [{ connection, network, clients: clientInodes(tableOf(network)), asked: true }];
    },
    turn: async (): Promise<readonly Look[]> => {
      const containers = options.containers();
      const all = await networks.of(containers);
      // On the host's own network every client of the host stands in the same table.
      here = all.filter(({ isHost }) => !isHost);
      live = await options.sockets();
      reaching = options.reaching();
      const living = new Set(here.map(({ key }) => key));
      seen.keep(living);
      for (const key of long) if (!living.has(key)) long.delete(key);
      const due = schedule.due(now(), containers);
      serving = await servingUs(holders(), { ...options, networks });
      const fast = new Set(holders());
      return here.filter((network) => fast.has(network) || network.members.some(({ id }) => due.has(id))).flatMap(look);
    },
  };
}

/** Container through which this program asks the engine, if there is one. */
async function servingUs(
  holders: readonly ContainerNetwork[],
  {
    engineAddress,
    networks,
    now,
  }: Pick<ApiSocketsOptions, 'engineAddress' | 'now'> & { readonly networks: ContainerNetworks },
): Promise<string | undefined> {
  // A container that was just made may have its address, and its name, since the last look.
  for (const olderMs of [undefined, 1_000]) {
    const address = await engineAddress?.(olderMs);
    if (address === undefined) return undefined;
    await Promise.all(holders.map((network) => networks.refresh(network, now(), olderMs)));
    const serving = networks.containerWith(address);
    if (serving !== undefined) return serving;
  }
  return undefined;
}
