import { collectorKey } from '../shared/collector-key.ts';
import type { Config } from '../shared/config/schema.ts';
import { messageOf } from '../shared/errors.ts';
import { publishStatus } from '../shared/publish-status.ts';
import { createRedactor } from '../shared/redact.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { createCollect } from './collect.ts';
import type { EndpointInputs } from './engine/endpoint.ts';
import { createHostFiles, type HostFiles } from './engine/host-files.ts';
import { createWatch } from './engine/watch.ts';
import type { CollectorLog } from './log.ts';
import { createSensorMeans } from './sensor-means.ts';
import { heartbeat } from './sensors/heartbeat.ts';
import { createSensors } from './sensors/index.ts';
import { ownCandidates } from './sensors/self.ts';
import { type CollectorStatus, statusOf } from './status.ts';

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
  const { config, bus, telemetry, endpointInputs, threads, clock: now = Date.now } = options;
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
  const { engine, sensors, log } = config;
  const { partitions, queuedObservations: most } = log;
  const collect = createCollect({ bus, telemetry, redactor, partitions, most, host, now });
  const candidates = await ownCandidates();
  const means = createSensorMeans({ engine, watch, files, collect, redactor, telemetry, threads, candidates, now });
  for (const sensor of createSensors(sensors, means)) collect.watch(sensor);
  // Sensors subscribe when they were asked whether they can work: one turn later.
  await new Promise((resolve) => setImmediate(resolve));
  // Last, so that a checkpoint stands behind everything that the sensors said of its event.
  watch.feed$.subscribe((item) => {
    if (item.kind === 'checkpoint') collect.take(item.checkpoint);
    if (item.kind === 'gap') telemetry.happened({ name: 'gapOpened', reason: item.gap.reason, text: item.gap.text });
  });

  const stopping = new AbortController();
  const watching = watch.run(stopping.signal);
  const status = (): CollectorStatus => statusOf({ watch, collect, config, log: bus.status?.(), names: means.names });
  const told = (): object => ({
    ...status(),
    metrics: telemetry.snapshot(),
    at: now(),
    pid: process.pid,
    rss: process.memoryUsage.rss(),
  });
  const publishing = publishStatus({
    bus,
    key: () => collectorKey(host()?.id ?? 'unknown'),
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
      if (host !== undefined) collect.take(heartbeat(host, { ...means, sequence: 0, stopping: true }));
      await collect.stop();
      // Who stops in order is not missed by a heartbeat, nor its canaries.
      await publishing.stop({ ...told(), stopped: true });
    },
  };
}
