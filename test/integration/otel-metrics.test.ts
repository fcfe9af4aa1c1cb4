import { metrics, resources } from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricsSerializer } from '../../shared/telemetry/otlp-metrics.ts';
import { type OtelCollector, startOtelCollector } from '../support/otel-collector/collector.ts';
import { attributesOf } from '../support/otel-collector/gathered.ts';

let collector: OtelCollector;
beforeAll(async () => {
  collector = await startOtelCollector();
  // Who builds the Collector first waits for that.
}, 900_000);
afterAll(() => collector?.stop());

const traceId = '0123456789abcdef0123456789abcdef';
const at = 1_800_000_000_123_000_000n;
const times = { startTime: [1_800_000_000, 0] as [number, number], endTime: [1_800_000_060, 5] as [number, number] };
const descriptor = { description: 'D.', unit: 's', valueType: 1 };

const histogram: metrics.HistogramMetricData = {
  descriptor: { ...descriptor, name: 'moorwatch.delivery.duration' },
  aggregationTemporality: metrics.AggregationTemporality.CUMULATIVE,
  dataPointType: metrics.DataPointType.HISTOGRAM,
  dataPoints: ['siem', 'ü"\n'].map((sink) => ({
    ...times,
    attributes: { sink },
    value: { buckets: { boundaries: [0.05, 0.5, 300], counts: [1, 200, 0, 70_000] }, sum: 12.5, count: 70_201 },
  })),
};
const counter: metrics.SumMetricData = {
  descriptor: { ...descriptor, name: 'moorwatch.findings' },
  aggregationTemporality: metrics.AggregationTemporality.CUMULATIVE,
  dataPointType: metrics.DataPointType.SUM,
  isMonotonic: true,
  dataPoints: [{ ...times, attributes: {}, value: 3 }],
};

test.each([
  ['http/protobuf', 'application/x-protobuf'],
  ['http/json', 'application/json'],
])('the Collector reads metrics over %s with distributions and their exemplars', async (protocol, contentType) => {
  const before = collector.gathered().metrics.length;
  const serializer = metricsSerializer(protocol, (_, { sink }) =>
    sink === 'siem'
      ? [
          { value: 0.25, nanoseconds: at, traceId },
          { value: 1, nanoseconds: at - 1_000_000_000n, traceId },
        ]
      : [],
  );
  const body = serializer.serializeRequest({
    resource: resources.resourceFromAttributes({ 'service.name': 'moorwatch', 'process.pid': 7 }),
    scopeMetrics: [{ scope: { name: 'moorwatch', version: '1.2.3' }, metrics: [counter, histogram] }],
  });
  const answer = await fetch(`http://127.0.0.1:${collector.ports.http}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: Buffer.from(body ?? ''),
  });
  expect(answer.status).toBe(200);
  const told = collector.gathered().metrics.slice(before);
  expect(told.map(({ record }) => record.name)).toEqual(['moorwatch.findings', 'moorwatch.delivery.duration']);
  for (const { resource, scope } of told) {
    expect(resource).toEqual({ 'service.name': 'moorwatch', 'process.pid': 7 });
    expect(scope).toEqual({ name: 'moorwatch', version: '1.2.3' });
  }
  const { record } = told[1] ?? expect.unreachable('there are two');
  const { dataPoints, ...rest } = record.histogram as { dataPoints: Record<string, unknown>[] };
  expect(rest).toEqual({ aggregationTemporality: 2 });
  expect(record).toMatchObject({ description: 'D.', unit: 's' });
  expect(dataPoints.map(({ attributes }) => attributesOf(attributes))).toEqual([{ sink: 'siem' }, { sink: 'ü"\n' }]);
  const common = {
    startTimeUnixNano: '1800000000000000000',
    timeUnixNano: '1800000060000000005',
    count: '70201',
    sum: 12.5,
    bucketCounts: ['1', '200', '0', '70000'],
    explicitBounds: [0.05, 0.5, 300],
  };
  expect(dataPoints).toEqual([
    {
      ...common,
      attributes: expect.anything() as unknown,
      // The other one was before the time that the point is about.
      exemplars: [{ timeUnixNano: String(at), asDouble: 0.25, traceId, spanId: traceId.slice(0, 16) }],
    },
    { ...common, attributes: expect.anything() as unknown },
  ]);
});
