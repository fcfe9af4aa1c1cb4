import type { OtelEnvironment } from '../../shared/config/otel-environment.ts';
import { createTelemetry, type TelemetryExporter } from '../../shared/telemetry/create.ts';
import type { LogSink } from '../../shared/telemetry/log-sink.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

export interface ProcessTelemetryOptions {
  /** The process: `collector`, `monitor`. */
  readonly name: string;
  readonly log: LogSink;
  readonly otel: OtelEnvironment;
  readonly version: string;
  readonly host: string;
}

/** The telemetry of the parts that live in this process: one OpenTelemetry SDK (only when configured), one log. */
export interface ProcessTelemetry {
  /** `usage`: this part stands for the process as a whole and tells its memory and CPU time. */
  part(name: string, options?: { usage: boolean }): Telemetry;
  close(): Promise<void>;
}

export async function openProcessTelemetry(options: ProcessTelemetryOptions): Promise<ProcessTelemetry> {
  const exporter = await openExporter(options);
  return {
    part: (name, { usage } = { usage: false }) =>
      createTelemetry({
        part: name,
        log: options.log,
        ...(exporter === undefined ? {} : { exporter }),
        ...(usage ? { usage: processUsage } : {}),
      }),
    close: async () => exporter?.close().catch(() => undefined),
  };
}

async function openExporter({
  otel,
  name,
  version,
  host,
}: ProcessTelemetryOptions): Promise<TelemetryExporter | undefined> {
  if (!otel.metrics && !otel.traces) return undefined;
  const { openOtel } = await import('../../shared/telemetry/otel.ts');
  return openOtel({ otel, part: name, version, host });
}

function processUsage(): { residentBytes: number; cpuSeconds: number } {
  const { user, system } = process.cpuUsage();
  return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}
