import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTelemetry } from '../../../../shared/telemetry/create.ts';
import type { Noted } from '../../../../shared/telemetry/histograms.ts';
import { formatFor, metricsIn } from '../../../../shared/telemetry/prometheus.ts';

const traceId = '0123456789abcdef0123456789abcdef';
const make = (noted: Noted[] = []) =>
  createTelemetry({
    part: 'alerting',
    log: { write: () => undefined },
    exporter: {
      span: () => undefined,
      metrics: () => undefined,
      record: (one) => noted.push(one),
      close: () => Promise.resolve(),
    },
  });
const delivered = (seconds: number, trace?: string) =>
  ({ name: 'delivered', sink: 'siem', latency: { seconds, at: 5_000, ...(trace && { traceId: trace }) } }) as const;

test('times to delivery are a histogram, with the trace of one of each bucket where the format has room for it', () => {
  const noted: Noted[] = [];
  const telemetry = make(noted);
  for (const seconds of [0.01, 0.2, 0.2, 7_000, -3]) telemetry.happened(delivered(seconds, traceId));
  telemetry.happened({ name: 'delivered', sink: 'file' });
  const plain = metricsIn('prometheus', telemetry.snapshot());
  expect(plain).toContain('# TYPE moorwatch_delivery_seconds histogram\n');
  // A clock that is ahead makes no time that is below nothing.
  expect(plain).toContain('moorwatch_delivery_seconds_bucket{le="0.05",part="alerting",sink="siem"} 2\n');
  expect(plain).toContain('moorwatch_delivery_seconds_bucket{le="0.25",part="alerting",sink="siem"} 4\n');
  expect(plain).toContain('moorwatch_delivery_seconds_bucket{le="3600",part="alerting",sink="siem"} 4\n');
  expect(plain).toContain('moorwatch_delivery_seconds_bucket{le="+Inf",part="alerting",sink="siem"} 5\n');
  expect(plain).toContain('moorwatch_delivery_seconds_count{part="alerting",sink="siem"} 5\n');
  expect(plain).toContain('moorwatch_deliveries_total{part="alerting",sink="file"} 1\n');
  expect(plain).not.toContain('trace_id');
  const open = metricsIn('openmetrics', telemetry.snapshot());
  expect(open).toContain(`{le="0.25",part="alerting",sink="siem"} 4 # {trace_id="${traceId}"} 0.2 5\n`);
  expect(open).toContain('# TYPE moorwatch_deliveries counter\nmoorwatch_deliveries_total{');
  expect(open.endsWith('# EOF\n')).toBe(true);
  expect(noted.map(({ value }) => value)).toEqual([0.01, 0.2, 0.2, 7_000, 0]);
});

test('a scraper gets what it asks for', () => {
  expect(formatFor('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).toBe('openmetrics');
  expect([formatFor('text/plain'), formatFor(undefined)]).toEqual(['prometheus', 'prometheus']);
});

test('every metric that the alerts ask for is one of ours', () => {
  const rules = readFileSync('compose/prometheus-rules.yml', 'utf8');
  const asked = new Set(
    [...rules.matchAll(/moorwatch_([a-z_]+?)(?:_total|_bucket)?\b(?=[[{)])/g)].map(([, name]) => name ?? ''),
  );
  expect(asked.size).toBe(13);
  const sources = [
    'shared/telemetry/counters.ts',
    'shared/telemetry/histograms.ts',
    'analyzer/main.ts',
    'analyzer/rules-in-use.ts',
    'alerting/outlets.ts',
    'alerting/watch/watch.ts',
  ];
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  for (const name of asked) expect(text, name).toMatch(new RegExp(`'(?:moorwatch_)?${name}'`));
});
