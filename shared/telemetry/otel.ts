import type { ObservableResult } from '@opentelemetry/api';
import type { OtelEnvironment } from '../config/otel-environment.ts';
import { deriveId } from '../hash.ts';
import { rootSpanId } from '../trace-context.ts';
import type { TelemetryExporter } from './create.ts';
import { loadGrpcExporters } from './load-grpc.ts';
import type { ExemplarsOf } from './otlp-metrics.ts';
import type { Metric, Span } from './telemetry.ts';

export interface OtelOptions {
  readonly otel: OtelEnvironment;
  readonly part: string;
  readonly version: string;
  readonly host: string;
}

/**
 * Starts the OpenTelemetry SDK: metrics and traces over OTLP as the standard OTEL_* variables say. Loaded only when configured: it costs
 * some 25 MB and, without an endpoint, would log connection errors for ever.
 */
export async function openOtel(options: OtelOptions): Promise<TelemetryExporter> {
  const { NodeSDK, api, resources, tracing } = await import('@opentelemetry/sdk-node');
  const { createMetricReader } = await import('./otlp-metrics.ts');
  if (Object.values(options.otel.protocol).includes('grpc')) loadGrpcExporters();
  // Several parts may live in one process; they publish together.
  const reads: (() => readonly Metric[])[] = [];
  const readAll = (): readonly Metric[] => reads.flatMap((read) => read());
  const random = new tracing.RandomIdGenerator();
  const next: { traceId: string | undefined; spanId: string | undefined } = { traceId: undefined, spanId: undefined };
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes(otelResource(options)),
    metricReaders: options.otel.metrics ? [createMetricReader(options.otel, exemplarsIn(readAll))] : [],
    ...(options.otel.traces ? {} : { spanProcessors: [] }),
    logRecordProcessors: [],
    instrumentations: [],
    idGenerator: {
      generateTraceId: () => next.traceId ?? random.generateTraceId(),
      generateSpanId: () => next.spanId ?? random.generateSpanId(),
    },
  });
  sdk.start();
  const tracer = api.trace.getTracer('moorwatch', options.version);
  const meter = api.metrics.getMeter('moorwatch', options.version);
  const discover = publish(meter, readAll);
  const histograms = new Map<string, ReturnType<typeof meter.createHistogram>>();
  let closed: Promise<void> | undefined;

  return {
    span(span) {
      const root = span.name === 'observe';
      const parent = { traceId: span.traceId, spanId: rootSpanId(span.traceId), traceFlags: 1, isRemote: true };
      const context = root ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, parent);
      next.traceId = span.traceId;
      next.spanId = root ? rootSpanId(span.traceId) : spanId(span);
      const started = tracer.startSpan(span.name, { startTime: span.startMs, attributes: span.attributes }, context);
      next.traceId = undefined;
      next.spanId = undefined;
      started.end(span.endMs);
    },
    metrics: (read) => {
      reads.push(read);
      discover();
    },
    record({ name, help, unit, bounds, value, attributes }) {
      const advice = { explicitBucketBoundaries: [...bounds] };
      const known = histograms.get(name);
      const histogram = known ?? meter.createHistogram(durationName(name), { description: help, unit, advice });
      if (known === undefined) histograms.set(name, histogram);
      histogram.record(value, attributes);
    },
    close: () => {
      closed ??= sdk.shutdown();
      return closed;
    },
  };
}

const spanId = (span: Span): string =>
  deriveId(span.traceId, span.name, span.startMs, span.endMs, span.attributes).slice(0, 16);

/** The newest value of each bucket of a distribution whose trace is known. */
const exemplarsIn =
  (read: () => readonly Metric[]): ExemplarsOf =>
  (name, attributes) =>
    read()
      .filter(({ histogram, ...metric }) => histogram !== undefined && durationName(metric.name) === name)
      .filter((metric) => Object.entries(attributes).every(([key, value]) => metric.attributes[key] === value))
      .flatMap(({ histogram }) => histogram?.buckets ?? [])
      .flatMap(({ exemplar }) =>
        exemplar === undefined
          ? []
          : [{ value: exemplar.value, traceId: exemplar.traceId, nanoseconds: BigInt(exemplar.at) * 1_000_000n }],
      );

/** Resource attributes of one process (semantic conventions `service.*`, `host.*`). */
export function otelResource(options: Omit<OtelOptions, 'otel'>): Record<string, string> {
  return {
    'service.name': 'moorwatch',
    'service.version': options.version,
    'service.instance.id': `${options.host}/${options.part}`,
    'host.name': options.host,
  };
}

/** The part of the API's Meter that is used here. */
interface Meter {
  createObservableCounter(name: string, options: { description: string }): Observable;
  createObservableGauge(name: string, options: { description: string }): Observable;
}
interface Observable {
  addCallback(callback: (result: ObservableResult) => void): void;
}

/** One observable instrument a metric name, made when the name is first seen. Returns how to look for new names now. */
function publish(meter: Meter, read: () => readonly Metric[]): () => void {
  const known = new Set<string>();
  const discover = (): void => {
    for (const { name, help, type } of read()) {
      // Distributions are recorded value by value.
      if (known.has(name) || type === 'histogram') continue;
      known.add(name);
      const options = { description: help };
      const instrument =
        type === 'counter'
          ? meter.createObservableCounter(otelName(name), options)
          : meter.createObservableGauge(otelName(name), options);
      instrument.addCallback((result) => {
        for (const metric of read()) if (metric.name === name) result.observe(metric.value, metric.attributes);
      });
    }
  };
  // This instrument exists from the start, so its callback is the place to meet names that appeared since.
  meter
    .createObservableGauge('moorwatch.up', { description: 'Constantly 1 while the process runs.' })
    .addCallback((result) => {
      discover();
      result.observe(1);
    });
  return discover;
}

/** `moorwatch_observations_total` → `moorwatch.observations`. */
export const otelName = (name: string): string => name.replace(/^moorwatch_/, 'moorwatch.').replace(/_total$/, '');

/** `moorwatch_delivery_seconds` → `moorwatch.delivery.duration`, as the semantic conventions name times; the unit is apart. */
const durationName = (name: string): string => otelName(name).replace(/_seconds$/, '.duration');
