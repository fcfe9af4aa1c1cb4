import type { Happening } from './happenings.ts';

/**
 * What a component tells the world about itself. It says *what happened*; shared/telemetry alone decides log line, level and counter
 * (WARN: nothing was lost; ERROR: something was, or a person is needed).
 */
export interface Telemetry {
  happened(happening: Happening): void;
  /** Registers a number that is asked for when metrics are collected: lag, queue depth, RSS. Name as `queue_records`. */
  gauge(name: string, help: string, read: () => readonly GaugeReading[]): void;
  /** One finished span. Trace id = observation id (32 hex digits), so the path from engine event to delivered incident is one trace. */
  span(span: Span): void;
  /** All counters and gauges of this process now; travels in the `status` topic, so that the one process that listens can serve them. */
  snapshot(): readonly Metric[];
  close(): Promise<void>;
}

export interface GaugeReading {
  readonly value: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A distribution: how many values were at most each bound, and the trace of one of them. */
export interface Histogram {
  /** Upper bounds ascending, each with how many values were at most that; the last is of all, its bound is absent. */
  readonly buckets: readonly Bucket[];
  readonly sum: number;
}

export interface Bucket {
  readonly le?: number | undefined;
  readonly count: number;
  /** The newest value in this bucket whose trace is known: its value, when it was, ms, and the id of its trace. */
  readonly exemplar?: { readonly value: number; readonly at: number; readonly traceId: string } | undefined;
}

export interface Metric {
  /** Prometheus name without prefix and unit suffix rules applied: `moorwatch_observations_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Of a histogram: how many values it has. */
  readonly value: number;
  /** Of a histogram alone. */
  readonly histogram?: Histogram | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Span {
  readonly traceId: string;
  readonly name: 'observe' | 'analyze' | 'correlate' | 'deliver';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** For tests and tools that watch nothing. */
export const noTelemetry: Telemetry = {
  happened: () => undefined,
  gauge: () => undefined,
  span: () => undefined,
  snapshot: () => [],
  close: () => Promise.resolve(),
};
