import { hostname } from 'node:os';
import { createNotices } from '../shared/bus/notices.ts';
import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import type { Config } from '../shared/config/schema.ts';
import { messageOf, type UserError } from '../shared/errors.ts';
import { createLifecycle } from '../shared/lifecycle.ts';
import { publishStatus } from '../shared/publish-status.ts';
import type { MetricsFormat } from '../shared/telemetry/prometheus.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { readAccess } from './feed/access.ts';
import { startFeed } from './feed/server.ts';
import { createIncidentStage } from './incidents/stage.ts';
import { startOutlets } from './outlets.ts';
import { createHeartbeat, type Heartbeat } from './sinks/heartbeat.ts';
import { createSink } from './sinks/index.ts';
import type { Sink } from './sinks/sink.ts';
import { alertingStatus } from './status.ts';
import { traceCorrelation } from './trace.ts';

export interface AlertingOptions {
  readonly config: Pick<Config, 'incidents' | 'feed' | 'sinks' | 'sensors' | 'canary' | 'routes' | 'watch'>;
  readonly bus: Bus;
  /** Which log that is, for a person: `Kafka at kafka-1:9092`. */
  readonly logName: string;
  readonly telemetry: Telemetry;
  /** Made with a random token when absent. */
  readonly tokenFile: string;
  /** Prometheus text of the whole product. */
  metrics(format: MetricsFormat): Promise<string>;
  readonly clock: () => number;
  readonly version: string;
  /** Whether baselines learn apart what comes right after a start; absent: they do. */
  readonly startsApart?: boolean;
  /** Sinks that are configured otherwise (OpenTelemetry: by its environment variables); run like those of `config.sinks`. */
  readonly moreSinks?: readonly Sink[];
  /** Names this process in the topic `status`; default: host name and pid. */
  readonly instance?: string;
  /** The log holds what only a person can help with: this process is to end and say so. */
  giveUp(error: UserError): void;
}

export interface RunningAlerting {
  /** Where the feed listens. */
  readonly url: string;
  /** Feed first, then sinks, then incidents; resolves with the steps that failed or overran. */
  stop(): Promise<readonly string[]>;
}

/** Findings to incidents, incidents to the feed and every sink. Resolves when the feed listens. */
export async function startAlerting(options: AlertingOptions): Promise<RunningAlerting> {
  const { config, bus, telemetry, clock } = options;
  const lifecycle = createLifecycle();
  // Everything that a person may have to mend comes first, so that nothing runs yet when it fails.
  const access = await readAccess(options.tokenFile, config.feed);
  const sinks = configuredSinks(options);
  const beating = configuredHeartbeats(options);
  let answeredAt = clock();
  const feed = await startFeed({
    ...options,
    ...config.feed,
    ...access,
    answeredAt: () => answeredAt,
    onLive: traceCorrelation(telemetry),
  });

  const lag = {
    name: 'alerting_lag_records',
    help: 'Findings that wait for the incidents, and updates that wait for a sink.',
  };
  const notices = createNotices(telemetry, { ...lag, giveUp: options.giveUp });
  const incidents = bus.process('alerting', topic.findings, {
    stateTopic: topic.incidentState,
    open: createIncidentStage({
      quietMs: config.incidents.quietMinutes * 60_000,
      reopenMs: config.incidents.reopenMinutes * 60_000,
      suppressionMs: config.incidents.suppressionMaxDays * 86_400_000,
      telemetry,
    }),
    notice: notices.watch(topic.findings, { group: 'alerting' }).notice,
  });
  lifecycle.onStop('incidents', () => incidents.stop());
  const outlets = startOutlets({
    ...options,
    sinks,
    beating,
    notices,
    answeredAt: () => answeredAt,
    onStop: (name, step) => lifecycle.onStop(name, step),
    signal: lifecycle.signal,
  });
  const instance = options.instance ?? `${hostname()}-${process.pid}`;
  const publishing = publishStatus({
    bus,
    key: () => `alerting/${instance}`,
    status: () => alertingStatus({ url: feed.url, sinks: outlets, telemetry }),
    clock,
    onPublished: () => {
      answeredAt = clock();
    },
    onFailure: (error, again) =>
      telemetry.happened({ name: 'statusFailed', part: 'alerting', reason: messageOf(error), again }),
  });
  void publishing.now();
  lifecycle.onStop('status', () => publishing.stop(null));
  lifecycle.onStop('feed', () => feed.stop());
  return { url: feed.url, stop: () => lifecycle.stop() };
}

function configuredSinks({ config, clock, version, moreSinks = [] }: AlertingOptions): { sink: Sink; type: string }[] {
  const configured = Object.entries(config.sinks)
    .filter(([, { type }]) => type !== 'heartbeat')
    .map(([name, one]) => ({ sink: createSink(name, one, { clock, version }), type: one.type }));
  return [...configured, ...moreSinks.map((sink) => ({ sink, type: sink.name }))];
}

const configuredHeartbeats = ({ config, clock }: AlertingOptions): { heartbeat: Heartbeat; everyMs: number }[] =>
  Object.entries(config.sinks).flatMap(([name, one]) =>
    one.type === 'heartbeat'
      ? [{ heartbeat: createHeartbeat({ ...one, name, clock }), everyMs: one.everyMinutes * 60_000 }]
      : [],
  );
