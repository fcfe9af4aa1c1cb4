import { concatMap, exhaustMap, from, interval, map, mergeMap, type Observable, of, startWith, timer } from 'rxjs';
import type { HostRef, Observation, ResourceFacts } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { EngineClient } from '../engine/client.ts';
import type { InterfaceStats, StatsBody } from '../engine/inspect-types.ts';
import type { Sensor } from '../sensor.ts';
import type { SweptContainer } from '../sweeps.ts';
import { createResourceHistory, type ResourceHistory } from './resource-history.ts';

export interface ResourcesOptions {
  readonly everyMs: number;
  readonly concurrency: number;
  /** undefined while there is no engine. */
  client(): Pick<EngineClient, 'stats'> | undefined;
  containers(): readonly SweptContainer[];
  host(): HostRef | undefined;
  now(): number;
}

/** What each container uses, from the engine's statistics: CPU from two readings, the trend from many, the rest from one. */
export function createResourcesSensor(options: ResourcesOptions): Sensor {
  return {
    name: 'resources',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => readings(options),
  };
}

function readings({ everyMs, concurrency, client, containers, host, now }: ResourcesOptions): Observable<Observation> {
  const previous = new Map<string, Known>();
  const read = async (container: SweptContainer): Promise<Observation[]> => {
    const engine = client();
    const watched = host();
    // A container that ended or an engine that is away gives no reading; the watch of the engine says so.
    const body = await engine?.stats(container.id).catch(() => undefined);
    const last = previous.get(container.id);
    if (body === undefined || watched === undefined) return [];
    const history = last?.history ?? createResourceHistory();
    const at = Math.trunc(now());
    previous.set(container.id, { body, history, ...(last && { told: at }) });
    if (last === undefined) return [];
    const facts = resourceFacts(last.body, body, container);
    const counted = packets(body);
    const trend = history.take({
      at,
      facts,
      pidsLimit: container.pidsLimit ?? 0,
      ...(counted && { packets: counted }),
    });
    return [reading(watched, container, { at, resources: { ...facts, ...firstOfDay(last.told, at), ...trend } })];
  };
  return interval(everyMs).pipe(
    startWith(0),
    map(() => containers()),
    // A round that takes longer than its time is not followed by two.
    exhaustMap((running) => {
      const living = new Set(running.map(({ id }) => id));
      for (const id of previous.keys()) if (!living.has(id)) previous.delete(id);
      return spread(running, everyMs).pipe(mergeMap(read, concurrency));
    }),
    mergeMap((observations) => observations),
  );
}

const dayMs = 24 * 3_600_000;

/** Whoever wants to see each day what runs needs to look at these readings alone. After a start it is not known whether there was one on that day. */
const firstOfDay = (last: number | undefined, at: number): Pick<ResourceFacts, 'first_of_day'> =>
  last !== undefined && Math.floor(last / dayMs) < Math.floor(at / dayMs) ? { first_of_day: true } : {};

interface Known {
  readonly body: StatsBody;
  /** When a reading of it was told last. */
  readonly told?: number;
  readonly history: ResourceHistory;
}

/** One after the other over the first half of the interval, so that the engine never has all of them to answer at once. */
function spread(running: readonly SweptContainer[], everyMs: number): Observable<SweptContainer> {
  const gapMs = everyMs / 2 / Math.max(1, running.length);
  return from(running).pipe(
    concatMap((container, index) => (index === 0 ? of(container) : timer(gapMs).pipe(map(() => container)))),
  );
}

function reading(
  host: HostRef,
  container: SweptContainer,
  { at, resources }: { at: number; resources: ResourceFacts },
): Observation {
  const id = observationId.reading(host.id, { kind: 'resources', subject: container.id, at });
  return {
    id,
    kind: 'resources',
    at,
    event: { source: 'stats', action: 'reading' },
    host,
    ...container.at(at),
    resources,
  };
}

/** Shares of what the container may use: of its CPU quota (all cores when it has none), of its memory limit. */
export function resourceFacts(
  last: StatsBody,
  now: StatsBody,
  { nanoCpus, memoryLimit }: Pick<SweptContainer, 'nanoCpus' | 'memoryLimit'>,
): ResourceFacts {
  const cores = now.cpu_stats?.online_cpus || 1;
  const used = (now.cpu_stats?.cpu_usage?.total_usage ?? 0) - (last.cpu_stats?.cpu_usage?.total_usage ?? 0);
  const elapsed = (now.cpu_stats?.system_cpu_usage ?? 0) - (last.cpu_stats?.system_cpu_usage ?? 0);
  const quota = nanoCpus > 0 ? nanoCpus / 1e9 : cores;
  const coresUsed = elapsed > 0 && used > 0 ? (used / elapsed) * cores : 0;
  // Page cache is given back under pressure: it is not what the container needs (cgroup v2 inactive_file, v1 total_inactive_file).
  const { usage = 0, stats } = now.memory_stats ?? {};
  const memory = Math.max(0, usage - (stats?.total_inactive_file ?? stats?.inactive_file ?? 0));
  return {
    cpu_pct_of_quota: round((coresUsed / quota) * 100),
    memory_bytes: memory,
    ...(memoryLimit > 0 ? { memory_pct: round((memory / memoryLimit) * 100) } : {}),
    pids: now.pids_stats?.current ?? 0,
    ...traffic(now),
    block_read_bytes: blockBytes(now, 'read'),
    block_write_bytes: blockBytes(now, 'write'),
  };
}

/** Absent where the engine has none: on the host's network and without a network (catalogue L29). */
function traffic({ networks }: StatsBody): Pick<ResourceFacts, 'network_rx_bytes' | 'network_tx_bytes'> {
  if (Object.keys(networks ?? {}).length === 0) return {};
  return { network_rx_bytes: added(networks, 'rx_bytes'), network_tx_bytes: added(networks, 'tx_bytes') };
}

function packets({ networks }: StatsBody): { readonly rx: number; readonly tx: number } | undefined {
  const counted = Object.values(networks ?? {}).some(({ tx_packets }) => tx_packets !== undefined);
  return counted ? { rx: added(networks, 'rx_packets'), tx: added(networks, 'tx_packets') } : undefined;
}

const added = (networks: StatsBody['networks'], counter: keyof InterfaceStats): number =>
  Object.values(networks ?? {}).reduce((sum, counters) => sum + (counters[counter] ?? 0), 0);

const blockBytes = ({ blkio_stats }: StatsBody, op: string): number =>
  (blkio_stats?.io_service_bytes_recursive ?? [])
    .filter((entry) => entry.op?.toLowerCase() === op)
    .reduce((sum, { value = 0 }) => sum + value, 0);

const round = (value: number): number => Math.round(value * 100) / 100;
