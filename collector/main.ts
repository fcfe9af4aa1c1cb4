import { mergeMap } from 'rxjs';
import type { Config } from '../shared/config/schema.ts';
import { messageOf } from '../shared/errors.ts';
import { publishStatus } from '../shared/publish-status.ts';
import { createRedactor, type Redactor } from '../shared/redact.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { apiSocketsOptions } from './api-sockets-options.ts';
import { type Collect, createCollect } from './collect.ts';
import type { EndpointInputs } from './engine/endpoint.ts';
import { createHostFiles, type HostFiles } from './engine/host-files.ts';
import { createWatch, type EngineWatch } from './engine/watch.ts';
import type { CollectorLog, LogStatus } from './log.ts';
import { createPatient } from './procfs/patient.ts';
import { mayReadOwners } from './procfs/rights.ts';
import { changesOptions } from './sensors/changes/options.ts';
import type { DaemonOptions } from './sensors/daemon.ts';
import { heartbeat } from './sensors/heartbeat.ts';
import { createSensors } from './sensors/index.ts';
import type { DeclaredMounts } from './sensors/mounts-explained.ts';
import { createOwnContainer, ownCandidates } from './sensors/self.ts';
import { containersForSweeps } from './sweeps.ts';
import { type WatchedContainer, watchedContainers } from './watched.ts';

export interface CollectorOptions {
  readonly config: Config;
  readonly bus: CollectorLog;
  readonly telemetry: Telemetry;
  readonly endpointInputs: EndpointInputs;
  /** Secret that redacted values are hashed with; keep it over restarts, or learning sees new values. */
  readonly redactionKey: string;
  /** Moorwatch's own state, configuration and rules, as this process sees them. */
  readonly ownPaths?: readonly string[];
  /** Threads that Node reads files with. */
  readonly threads?: number;
  readonly clock?: () => number;
}

export interface RunningCollector {
  status(): CollectorStatus;
  /** Ends the sensors, writes what is queued. */
  stop(): Promise<void>;
}

export interface CollectorStatus {
  readonly part: 'collector';
  readonly host?: { readonly id: string; readonly name: string };
  readonly connected: boolean;
  readonly endpoint?: string;
  readonly how?: string;
  readonly engine?: string;
  readonly api?: string;
  readonly problem?: { readonly reason: string; readonly fix: string };
  /** Sensor → running | unavailable | failed. */
  readonly sensors: Readonly<Record<string, string>>;
  /** Tier → full | partial | none: what can be seen at all. */
  readonly coverage: Readonly<Record<string, string>>;
  /** What cannot be seen, in words, each with what to do. */
  readonly missing: readonly string[];
  readonly containers: number;
  readonly running: number;
  /** Those that run; of very many the oldest. */
  readonly watched: readonly WatchedContainer[];
  /** With a spool between collector and log. */
  readonly log?: LogStatus;
}

/** In a container they are names of the container's own, which say nothing of the host. */
async function monitorPathsOf(
  { config, ownPaths = [] }: Pick<CollectorOptions, 'config' | 'ownPaths'>,
  files: HostFiles,
): Promise<readonly string[]> {
  if (config.engine.rootfs !== '/') return [];
  return Promise.all(ownPaths.map(async (path) => (await files.look(path)).real));
}

/** Watches one engine into the log until stopped. Without an engine it says so once and keeps trying. */
export async function startCollector(options: CollectorOptions): Promise<RunningCollector> {
  const { config, bus, telemetry, endpointInputs, clock: now = Date.now } = options;
  const redactor = createRedactor(options.redactionKey);
  const files = createHostFiles(config.engine);
  const watch = createWatch({
    bus,
    files,
    inputs: endpointInputs,
    telemetry,
    redactor,
    monitorPaths: await monitorPathsOf(options, files),
    resyncMs: config.engine.resyncMs,
    partitions: config.log.partitions,
    now,
  });
  const host = () => watch.status().host;
  const { partitions, queuedObservations: most } = config.log;
  const collect = createCollect({ bus, telemetry, redactor, partitions, most, host, now });
  const beat = { host, sensors: collect.states, now };
  for (const sensor of createSensors({
    feed$: watch.feed$,
    redactor,
    heartbeat: beat,
    ...sweepOptions(config, watch, { redactor, telemetry, threads: options.threads, now }),
    ...apiSocketsOptions(config, { watch, files, now }),
    ...engineOptions(config, watch, { take: collect.take, now, candidates: await ownCandidates() }),
  }))
    collect.watch(sensor);
  // Sensors subscribe when they were asked whether they can work: one turn later.
  await new Promise((resolve) => setImmediate(resolve));
  // Last, so that a checkpoint stands behind everything that the sensors said of its event.
  watch.feed$.subscribe((item) => {
    if (item.kind === 'checkpoint') collect.take(item.checkpoint);
    if (item.kind === 'gap') telemetry.happened({ name: 'gapOpened', reason: item.gap.reason, text: item.gap.text });
  });

  const stopping = new AbortController();
  const watching = watch.run(stopping.signal);
  const status = (): CollectorStatus => {
    const log = bus.status?.();
    return { ...statusOf(watch, collect, config), ...(log && { log }) };
  };
  const told = (): object => ({
    ...status(),
    metrics: telemetry.snapshot(),
    at: now(),
    pid: process.pid,
    rss: process.memoryUsage.rss(),
  });
  const publishing = publishStatus({
    bus,
    key: () => `collector/${host()?.id ?? 'unknown'}`,
    status: told,
    clock: now,
    onFailure: (error, again) =>
      telemetry.happened({ name: 'statusFailed', part: 'collector', reason: messageOf(error), again }),
  });
  return {
    status,
    stop: async () => {
      stopping.abort();
      await watching;
      const { host } = watch.status();
      if (host !== undefined) collect.take(heartbeat(host, { ...beat, sequence: 0, stopping: true }));
      await collect.stop();
      await publishing.stop(told());
    },
  };
}

interface Common {
  readonly redactor: Redactor;
  readonly telemetry: Telemetry;
  readonly threads: number | undefined;
  readonly now: () => number;
}

function sweepOptions(config: Config, watch: EngineWatch, { redactor, telemetry, threads, now }: Common) {
  const { engine, sensors } = config;
  const gaveUp = new Set<string>();
  // One for all sensors: each leaves one thread, and two of them would leave none.
  const patient = createPatient({
    ...(threads !== undefined && { threads }),
    gaveUp: (whose) => {
      const living = new Set(watch.containers().map(({ id }) => id));
      for (const id of gaveUp) if (!living.has(id)) gaveUp.delete(id);
      gaveUp.add(whose);
    },
  });
  const host = () => watch.status().host;
  const containers = () => containersForSweeps(watch.containers());
  const { connections, mounts, processes, resources } = sensors;
  const stirred$ = watch.feed$.pipe(
    mergeMap((item) =>
      item.kind === 'event' && item.prepared.event.action === 'exec_start' ? [item.prepared.event.actor] : [],
    ),
  );
  return {
    connections: connections.enabled
      ? { procfs: engine.procfs, stirred$, containers, host, now, ...connections }
      : undefined,
    unknownContainers: sensors.unknownContainers.enabled
      ? {
          procfs: engine.procfs,
          patient,
          client: () => watch.status().client,
          containers,
          host,
          now,
          ...sensors.unknownContainers,
        }
      : undefined,
    mounts: mounts.enabled
      ? { procfs: engine.procfs, stirred$, containers, declared: declaredMounts(watch), host, now, ...mounts }
      : undefined,
    processes: processes.enabled
      ? {
          ...engine,
          ...processes,
          stirred$,
          execs$: execsOf(watch),
          redactor,
          patient,
          gaveUp: (id: string) => gaveUp.has(id),
          containers,
          configuration: (id: string) => watch.containers().find((known) => known.id === id)?.snapshot.container,
          host,
          now,
        }
      : undefined,
    changes: changesOptions(config, { watch, redactor, telemetry, patient, now }),
    resources: resources.enabled
      ? { client: () => watch.status().client, containers, host, now, ...resources }
      : undefined,
  };
}

const declaredMounts =
  (watch: EngineWatch) =>
  (id: string): DeclaredMounts | undefined => {
    const snapshot = watch.containers().find((known) => known.id === id)?.snapshot;
    if (snapshot === undefined) return undefined;
    const mounts = snapshot.objects.flatMap(({ mount }) => mount ?? []);
    return { mounts, tmpfs: snapshot.container.tmpfs ?? [], privileged: snapshot.container.privileged === true };
  };

interface EngineMeans {
  readonly take: Collect['take'];
  readonly now: () => number;
  /** ownCandidates */
  readonly candidates: readonly string[];
}

function engineOptions(config: Config, watch: EngineWatch, means: EngineMeans) {
  const { feed$, containers, status } = watch;
  const stops = { feed$, containers, engine: () => (status().connected ? status().client : undefined) };
  const own = createOwnContainer({ candidates: means.candidates, containers });
  return { stops, own, daemon: daemonOptions(config, watch, means) };
}

function daemonOptions(
  { engine, sensors: { daemon } }: Config,
  watch: EngineWatch,
  { take, now }: EngineMeans,
): DaemonOptions | undefined {
  if (!daemon.enabled) return undefined;
  const { feed$, notes, status } = watch;
  return {
    feed$,
    rootfs: engine.rootfs,
    everyMs: daemon.everyMs,
    client: () => status().client,
    host: () => status().host,
    engineSocket: () => /^(?:unix:\/\/)?(\/.+)/.exec(status().address ?? '')?.[1],
    recall: () => notes()?.get('daemon'),
    remember: (note) => {
      const hostId = status().host?.id;
      if (hostId === undefined) return;
      notes()?.set('daemon', note);
      take({ hostId, cursor: undefined, containers: new Map(), notes: new Map([['daemon', note]]) });
    },
    now,
  };
}

const execsOf = (watch: EngineWatch) =>
  watch.feed$.pipe(
    mergeMap((item) => {
      const pid = item.kind === 'event' ? (item.prepared.exec?.inspect?.Pid ?? 0) : 0;
      return pid > 0 ? [pid] : [];
    }),
  );

function statusOf(watch: EngineWatch, collect: Collect, { engine: where, sensors: wanted }: Config): CollectorStatus {
  const { connected, host, address, how, engine, api, problem, client } = watch.status();
  const sensors = collect.states();
  const refused = client?.refused() ?? [];
  const pids = watch.containers().flatMap(({ pid }) => (pid > 0 ? [pid] : []));
  const owners = where.procfs === '' ? undefined : mayReadOwners(where.procfs, pids);
  return {
    part: 'collector',
    connected,
    ...(host && { host }),
    ...(address && { endpoint: address }),
    ...(how && { how }),
    ...(engine && { engine }),
    ...(api && { api }),
    ...(problem && { problem }),
    sensors,
    coverage: {
      engine: !connected ? 'none' : refused.length > 0 || where.rootfs === '' ? 'partial' : 'full',
      procfs: where.procfs === '' ? 'none' : procfsCoverage(sensors, { wanted, owners }),
      kernel: 'none',
      imported: 'none',
    },
    missing: [
      ...missingOf(refused, where),
      ...(owners === false
        ? [
            'whose sockets they are, users by name and what processes run are not seen: run the collector as root or with CAP_SYS_PTRACE',
          ]
        : []),
    ],
    containers: watch.containers().length,
    ...watchedContainers(watch.containers()),
  };
}

/** Sensors that look through all of the containers' /proc: without one of them a part of it is not seen. */
const sweepers = ['connections', 'processes'] as const;

function procfsCoverage(
  states: Readonly<Record<string, string>>,
  { wanted, owners }: { readonly wanted: Config['sensors']; readonly owners: boolean | undefined },
): 'full' | 'partial' | 'none' {
  const running = sweepers.filter((name) => states[name] === 'running');
  if (running.length === 0) return sweepers.some((name) => wanted[name].enabled) ? 'none' : 'partial';
  return owners === false || running.length < sweepers.length ? 'partial' : 'full';
}

function missingOf(refused: readonly string[], { rootfs, procfs }: Config['engine']): readonly string[] {
  return [
    ...refused.map((kind) => `the engine's proxy refuses ${kind}: allow it as docs/collector.md lists it`),
    ...(rootfs === ''
      ? ["no host file system: bind sources are judged by their text; mount the host's / read-only"]
      : []),
    ...(procfs === ''
      ? ["no host /proc: connections, processes and users by name are not seen; mount the host's /proc"]
      : []),
  ];
}
