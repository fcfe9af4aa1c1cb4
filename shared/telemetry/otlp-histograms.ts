import { rootSpanId } from '../trace-context.ts';
import { bytesField, doubleField, doubleFields, fixedField, fixedFields, numberField, textField } from './protobuf.ts';

/** A distribution in the words of OTLP's data model (opentelemetry/proto/metrics/v1, HistogramDataPoint). */
export interface OtlpHistogram {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** 1: of the time since the last ones, 2: of all the time. */
  readonly temporality: number;
  readonly points: readonly OtlpHistogramPoint[];
}

export interface OtlpHistogramPoint {
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly sum: number;
  readonly bounds: readonly number[];
  /** One more than bounds. */
  readonly counts: readonly number[];
  readonly exemplars: readonly OtlpExemplar[];
}

export interface OtlpExemplar {
  readonly value: number;
  readonly nanoseconds: bigint;
  readonly traceId: string;
}

export interface OtlpScope {
  readonly name: string;
  readonly version?: string | undefined;
}

const countOf = ({ counts }: OtlpHistogramPoint): number => counts.reduce((sum, count) => sum + count, 0);

/** A ScopeMetrics of OTLP/JSON. */
export function histogramsAsJson(histograms: readonly OtlpHistogram[], scope: OtlpScope): object {
  const metrics = histograms.map(({ name, description, unit, temporality, points }) => ({
    name,
    description,
    unit,
    histogram: { aggregationTemporality: temporality, dataPoints: points.map(pointAsJson) },
  }));
  return { scope, metrics };
}

const pointAsJson = (point: OtlpHistogramPoint): object => ({
  attributes: Object.entries(point.attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  startTimeUnixNano: String(point.start),
  timeUnixNano: String(point.end),
  count: String(countOf(point)),
  sum: point.sum,
  bucketCounts: point.counts.map(String),
  explicitBounds: point.bounds,
  exemplars: point.exemplars.map(({ value, nanoseconds, traceId }) => ({
    timeUnixNano: String(nanoseconds),
    asDouble: value,
    traceId,
    spanId: rootSpanId(traceId),
  })),
});

/** A ScopeMetrics of OTLP's protobuf, without what says how long it is. */
export function histogramsAsProtobuf(histograms: readonly OtlpHistogram[], { name, version = '' }: OtlpScope): Buffer {
  const metrics = histograms.map((histogram) =>
    bytesField(
      2,
      textField(1, histogram.name),
      textField(2, histogram.description),
      textField(3, histogram.unit),
      bytesField(9, ...histogram.points.map(pointAsProtobuf), numberField(2, histogram.temporality)),
    ),
  );
  return Buffer.concat([bytesField(1, textField(1, name), textField(2, version)), ...metrics]);
}

const pointAsProtobuf = (point: OtlpHistogramPoint): Buffer =>
  bytesField(
    1,
    fixedField(2, point.start),
    fixedField(3, point.end),
    fixedField(4, BigInt(countOf(point))),
    doubleField(5, point.sum),
    fixedFields(6, point.counts),
    doubleFields(7, point.bounds),
    ...point.exemplars.map(exemplarAsProtobuf),
    ...Object.entries(point.attributes).map(([key, value]) =>
      bytesField(9, textField(1, key), bytesField(2, textField(1, value))),
    ),
  );

const exemplarAsProtobuf = ({ value, nanoseconds, traceId }: OtlpExemplar): Buffer =>
  bytesField(
    8,
    fixedField(2, nanoseconds),
    doubleField(3, value),
    bytesField(4, Buffer.from(rootSpanId(traceId), 'hex')),
    bytesField(5, Buffer.from(traceId, 'hex')),
  );
