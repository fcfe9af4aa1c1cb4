import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { RunningSink, SinkStatus } from './sinks/run.ts';

/** What alerting says of itself in the topic `status`, under `alerting/<instance>`. */
export interface AlertingStatus {
  readonly part: 'alerting';
  readonly pid: number;
  /** Bytes. */
  readonly rss: number;
  readonly url: string;
  readonly sinks: readonly SinkStatus[];
  readonly metrics: ReturnType<Telemetry['snapshot']>;
}

export async function alertingStatus(of: {
  readonly url: string;
  readonly sinks: readonly RunningSink[];
  readonly telemetry: Telemetry;
}): Promise<AlertingStatus> {
  return {
    part: 'alerting',
    pid: process.pid,
    rss: process.memoryUsage.rss(),
    url: of.url,
    sinks: await Promise.all(of.sinks.map((sink) => sink.status())),
    metrics: of.telemetry.snapshot(),
  };
}
