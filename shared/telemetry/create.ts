import { createCounters } from './counters.ts';
import type { Happening } from './happenings.ts';
import { createHistograms, type Noted } from './histograms.ts';
import { logOf } from './log.ts';
import type { LogSink } from './log-sink.ts';
import type { GaugeReading, Metric, Span, Telemetry } from './telemetry.ts';

/** What OpenTelemetry (or a test) gets to see. */
export interface TelemetryExporter {
  span(span: Span): void;
  /** Asks `read` whenever metrics are collected. */
  metrics(read: () => readonly Metric[]): void;
  /** One value of a distribution. */
  record?(noted: Noted): void;
  close(): Promise<void>;
}

export interface TelemetryOptions {
  /** `collector`, `analyzer`, `alerting`, `monitor`: a label of every metric and log line. */
  readonly part: string;
  readonly log: LogSink;
  readonly exporter?: TelemetryExporter;
  /** Resident memory in bytes and CPU time in seconds of this process. */
  readonly usage?: () => { readonly residentBytes: number; readonly cpuSeconds: number };
}

/** The telemetry of one process. Everything in it is a plain number until somebody asks. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const counters = createCounters();
  const histograms = createHistograms();
  const gauges = new Map<string, { help: string; read: () => readonly GaugeReading[] }>();

  const snapshot = (): readonly Metric[] =>
    [...counters.read(), ...histograms.read(), ...readGauges(gauges), ...readUsage(options.usage)].map((metric) => ({
      ...metric,
      attributes: { part: options.part, ...metric.attributes },
    }));
  options.exporter?.metrics(snapshot);

  return {
    happened(happening: Happening) {
      counters.count(happening);
      const noted = histograms.note(happening);
      if (noted !== undefined) options.exporter?.record?.(noted);
      const { level, sentence } = logOf(happening);
      if (level !== 'none') options.log.write({ level, sentence, part: options.part, happening });
    },
    gauge: (name, help, read) => void gauges.set(name, { help, read }),
    span: (span) => options.exporter?.span(span),
    snapshot,
    close: async () => options.exporter?.close(),
  };
}

function readGauges(gauges: ReadonlyMap<string, { help: string; read: () => readonly GaugeReading[] }>): Metric[] {
  const metrics: Metric[] = [];
  for (const [name, { help, read }] of gauges) {
    let readings: readonly GaugeReading[];
    try {
      readings = read();
    } catch {
      // A gauge that cannot be read now (its database is closing) has no value now; the others have.
      continue;
    }
    for (const { value, attributes } of readings)
      metrics.push({ name: `moorwatch_${name}`, help, type: 'gauge', value, attributes: attributes ?? {} });
  }
  return metrics;
}

function readUsage(usage: TelemetryOptions['usage']): readonly Metric[] {
  if (usage === undefined) return [];
  const { residentBytes, cpuSeconds } = usage();
  return [
    {
      name: 'moorwatch_resident_memory_bytes',
      help: 'Resident memory of the process.',
      type: 'gauge',
      value: residentBytes,
      attributes: {},
    },
    {
      name: 'moorwatch_cpu_seconds_total',
      help: 'CPU time of the process, user and system.',
      type: 'counter',
      value: cpuSeconds,
      attributes: {},
    },
  ];
}
