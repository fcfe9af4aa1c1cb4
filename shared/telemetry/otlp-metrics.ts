import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { convertLegacyOtlpGrpcOptions, createOtlpGrpcExportDelegate } from '@opentelemetry/otlp-grpc-exporter-base';
import {
  JsonMetricsSerializer,
  MetricsExporterMetricsHelper,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import { metrics } from '@opentelemetry/sdk-node';
import type { OtelEnvironment } from '../config/otel-environment.ts';
import { histogramsAsJson, histogramsAsProtobuf, type OtlpExemplar, type OtlpHistogram } from './otlp-histograms.ts';
import { bytesField, onlyField } from './protobuf.ts';

/** What is known of single values of a distribution. @param attributes of the data point */
export type ExemplarsOf = (name: string, attributes: Readonly<Record<string, string>>) => readonly OtlpExemplar[];

/**
 * Sends metrics over OTLP as the OTEL_* variables say. The library neither keeps exemplars nor writes them, so it writes everything but
 * distributions, and those are written here.
 */
export function createMetricReader(
  otel: OtelEnvironment,
  exemplarsOf: ExemplarsOf,
): metrics.PeriodicExportingMetricReader {
  return new metrics.PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporterBase(delegateOf(otel.protocol.metrics, exemplarsOf)),
    exportIntervalMillis: otel.metricEveryMs,
    exportTimeoutMillis: Math.min(otel.metricEveryMs, otel.metricTimeoutMs),
  });
}

function delegateOf(protocol: string, exemplarsOf: ExemplarsOf) {
  const helper = MetricsExporterMetricsHelper;
  if (protocol === 'grpc')
    return createOtlpGrpcExportDelegate(
      convertLegacyOtlpGrpcOptions({}, 'METRICS'),
      metricsSerializer(protocol, exemplarsOf),
      'otlp_grpc_metric_exporter',
      helper,
      undefined,
      'MetricsExportService',
      '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    );
  const contentType = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  return createOtlpHttpExportDelegate(
    convertLegacyHttpOptions({}, 'METRICS', 'v1/metrics', { 'Content-Type': contentType }),
    metricsSerializer(protocol, exemplarsOf),
    'otlp_http_metric_exporter',
    helper,
    undefined,
  );
}

/** How metrics are written for this protocol. */
export const metricsSerializer = (protocol: string, exemplarsOf: ExemplarsOf) =>
  protocol === 'http/json'
    ? { ...JsonMetricsSerializer, serializeRequest: asJson(exemplarsOf) }
    : { ...ProtobufMetricsSerializer, serializeRequest: asProtobuf(exemplarsOf) };

type Serialize = (request: metrics.ResourceMetrics) => Uint8Array | undefined;

const asProtobuf =
  (exemplarsOf: ExemplarsOf): Serialize =>
  (request) => {
    const { others, scopes } = split(request, exemplarsOf);
    const written = ProtobufMetricsSerializer.serializeRequest(others);
    if (written === undefined || scopes.length === 0) return written;
    const ours = scopes.map(({ scope, histograms }) => bytesField(2, histogramsAsProtobuf(histograms, scope)));
    // A request holds one ResourceMetrics; a ScopeMetrics more may stand behind those that are in it.
    return bytesField(1, onlyField(written), ...ours);
  };

const asJson =
  (exemplarsOf: ExemplarsOf): Serialize =>
  (request) => {
    const { others, scopes } = split(request, exemplarsOf);
    const written = JsonMetricsSerializer.serializeRequest(others);
    if (written === undefined || scopes.length === 0) return written;
    const message = JSON.parse(Buffer.from(written).toString()) as { resourceMetrics: { scopeMetrics: object[] }[] };
    const ours = scopes.map(({ scope, histograms }) => histogramsAsJson(histograms, scope));
    message.resourceMetrics[0]?.scopeMetrics.push(...ours);
    return Buffer.from(JSON.stringify(message));
  };

/** What the library writes, and the distributions of each scope. */
function split({ resource, scopeMetrics }: metrics.ResourceMetrics, exemplarsOf: ExemplarsOf) {
  const isHistogram = (metric: metrics.MetricData): metric is metrics.HistogramMetricData =>
    metric.dataPointType === metrics.DataPointType.HISTOGRAM;
  const others = scopeMetrics.map(({ scope, metrics: all }) => ({
    scope,
    metrics: all.filter((metric) => !isHistogram(metric)),
  }));
  const scopes = scopeMetrics
    .map(({ scope, metrics: all }) => ({
      scope,
      histograms: all.filter(isHistogram).map((metric) => histogramOf(metric, exemplarsOf)),
    }))
    .filter(({ histograms }) => histograms.length > 0);
  return { others: { resource, scopeMetrics: others }, scopes };
}

function histogramOf(metric: metrics.HistogramMetricData, exemplarsOf: ExemplarsOf): OtlpHistogram {
  const { name, description, unit } = metric.descriptor;
  return {
    name,
    description,
    unit,
    temporality: metric.aggregationTemporality === metrics.AggregationTemporality.DELTA ? 1 : 2,
    points: metric.dataPoints.map(({ attributes, startTime, endTime, value }) => {
      const labels = Object.fromEntries(Object.entries(attributes).map(([key, one]) => [key, String(one)]));
      const start = nanoseconds(startTime);
      return {
        attributes: labels,
        start,
        end: nanoseconds(endTime),
        sum: value.sum ?? 0,
        bounds: value.buckets.boundaries,
        counts: value.buckets.counts,
        // Of the time that the point is about.
        exemplars: exemplarsOf(name, labels).filter((exemplar) => exemplar.nanoseconds >= start),
      };
    }),
  };
}

const nanoseconds = ([seconds, rest]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(rest);
