import { mergeMap, type Observable } from 'rxjs';
import type { Config } from '../shared/config/schema.ts';
import type { HostRef } from '../shared/observation.ts';
import type { Redactor } from '../shared/redact.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { Collect } from './collect.ts';
import type { EngineClient } from './engine/client.ts';
import { createEngineAddress } from './engine/engine-address.ts';
import type { RuntimeSocket } from './engine/facts/host-path.ts';
import type { FeedItem } from './engine/feed.ts';
import type { HostFiles } from './engine/host-files.ts';
import type { KnownContainer } from './engine/inventory.ts';
import type { EngineWatch } from './engine/watch.ts';
import { engineState } from './engine-state.ts';
import { createPatient, type Patient } from './procfs/patient.ts';
import { type Creators, createCreators } from './sensors/api-sockets-creators.ts';
import { createReach } from './sensors/api-sockets-reach.ts';
import { createGivenNames, type GivenNames } from './sensors/dns/given-names.ts';
import { createOwnContainer, type OwnContainer } from './sensors/self.ts';
import { containersForSweeps, type SweptContainer } from './sweeps.ts';

/** What there is for sensors, under the names that their options have: a sensor's options are those of them that it needs, and its settings. */
export interface SensorMeans {
  /** What the engine says, in its order; hot. */
  readonly feed$: Observable<FeedItem>;
  /** Ids of containers in which something just began. */
  readonly stirred$: Observable<string>;
  /** Host's process numbers of execs, as the engine tells them. */
  readonly execs$: Observable<number>;
  /** The host's /proc as this process sees it; '': not to be used. */
  readonly procfs: string;
  /** The host's / as this process sees it; '': not to be used. */
  readonly rootfs: string;
  readonly redactor: Redactor;
  readonly telemetry: Telemetry;
  readonly patient: Patient;
  /** Reads of a container's files were given up. */
  gaveUp(id: string): boolean;
  /** undefined until the engine said who its host is. */
  host(): HostRef | undefined;
  /** The connection to the engine, another object after each time it was lost; undefined while there is none. */
  client(): EngineClient | undefined;
  /** Path of the engine's socket, if it has one. */
  engineSocket(): string | undefined;
  /** Where the engine is asked over TCP, as an address; undefined: over a socket of this host. */
  engineAddress(): Promise<string | undefined>;
  /** Runtime sockets that live on the host. */
  sockets(): Promise<readonly RuntimeSocket[]>;
  /** Those that run. */
  containers(): readonly SweptContainer[];
  /** Those that exist. */
  living(): readonly KnownContainer[];
  /** One of them. */
  container(id: string): KnownContainer | undefined;
  /** By which names containers were told addresses. */
  readonly names: GivenNames;
  /** Containers whose mounts lead to a runtime's socket. */
  reaching(): ReadonlySet<string>;
  readonly creators: Creators;
  readonly own: OwnContainer;
  /** Sensor → `running` | `unavailable` | `failed`; and `engine`, of which all but those of /proc and the kernel live. */
  sensors(): Readonly<Record<string, string>>;
  /** What a sensor kept of the watched host. */
  recall(sensor: string): unknown;
  /** Keeps it, behind everything that was told so far. `note`: JSON. */
  remember(sensor: string, note: object): void;
  now(): number;
}

export interface SensorMeansOptions {
  readonly engine: Config['engine'];
  readonly watch: EngineWatch;
  readonly files: HostFiles;
  readonly collect: Pick<Collect, 'states' | 'take'>;
  readonly redactor: Redactor;
  readonly telemetry: Telemetry;
  /** Threads that Node reads files with. */
  readonly threads: number | undefined;
  /** ownCandidates */
  readonly candidates: readonly string[];
  now(): number;
}

export function createSensorMeans(options: SensorMeansOptions): SensorMeans {
  const { watch, files, collect, redactor, telemetry, candidates, now } = options;
  const { feed$, status, containers: living, container } = watch;
  const { procfs, rootfs } = options.engine;
  const engineSocket = (): string | undefined => /^(?:unix:\/\/)?(\/.+)/.exec(status().address ?? '')?.[1];
  const reach = createReach(watch);
  return {
    feed$,
    stirred$: stirredOf(feed$),
    execs$: execsOf(feed$),
    procfs,
    rootfs,
    redactor,
    telemetry,
    ...createReads(options),
    host: () => status().host,
    client: () => status().client,
    engineSocket,
    engineAddress: createEngineAddress({ address: () => status().address, now }),
    sockets: () => files.sockets(engineSocket()),
    containers: () => containersForSweeps(living()),
    living,
    container,
    names: createGivenNames(),
    reaching: reach.reaching,
    creators: createCreators(reach),
    own: createOwnContainer({ candidates, containers: living }),
    sensors: () => ({ ...collect.states(), engine: engineState(status(), now()) }),
    ...createNotes(options),
    now,
  };
}

const stirredOf = (feed$: Observable<FeedItem>): Observable<string> =>
  feed$.pipe(
    mergeMap((item) =>
      item.kind === 'event' && item.prepared.event.action === 'exec_start' ? [item.prepared.event.actor] : [],
    ),
  );

const execsOf = (feed$: Observable<FeedItem>): Observable<number> =>
  feed$.pipe(
    mergeMap((item) => {
      const pid = item.kind === 'event' ? (item.prepared.exec?.inspect?.Pid ?? 0) : 0;
      return pid > 0 ? [pid] : [];
    }),
  );

/** One for all sensors: each leaves one thread, and two of them would leave none. */
function createReads({
  threads,
  watch,
}: Pick<SensorMeansOptions, 'threads' | 'watch'>): Pick<SensorMeans, 'patient' | 'gaveUp'> {
  const givenUp = new Set<string>();
  const patient = createPatient({
    ...(threads !== undefined && { threads }),
    gaveUp: (whose) => {
      for (const id of givenUp) if (watch.container(id) === undefined) givenUp.delete(id);
      givenUp.add(whose);
    },
  });
  return { patient, gaveUp: (id) => givenUp.has(id) };
}

/** Of the watched host, over restarts; nothing before it is known. */
function createNotes({
  watch,
  collect,
}: Pick<SensorMeansOptions, 'watch' | 'collect'>): Pick<SensorMeans, 'recall' | 'remember'> {
  return {
    recall: (sensor) => watch.notes()?.get(sensor),
    remember: (sensor, note) => {
      const hostId = watch.status().host?.id;
      if (hostId === undefined) return;
      watch.notes()?.set(sensor, note);
      collect.take({ hostId, cursor: undefined, containers: new Map(), notes: new Map([[sensor, note]]) });
    },
  };
}
