import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFixtureEngine } from '../../cli/demo/fixture-engine.ts';
import { readRecording } from '../../cli/demo/recording.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/kafka/free-ports.ts';
import { type OtelCollector, startOtelCollector } from '../support/otel-collector/collector.ts';
import type { Told } from '../support/otel-collector/gathered.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'moorwatch-otel-trace-'));
const parts = ['collector', 'analyzer', 'alerting'] as const;

let collector: OtelCollector;
beforeAll(async () => {
  collector = await startOtelCollector();
  // Who builds the Collector first waits for that.
}, 900_000);
afterAll(async () => {
  await collector?.stop();
  rmSync(directory, { recursive: true });
});

/** A process of the chain, as a user starts it, with OpenTelemetry's variables. */
function start(part: (typeof parts)[number], config: string): { process: ChildProcess; stderr(): string } {
  let told = '';
  const child = spawn(process.execPath, [join(root, 'bin/moorwatch.js'), part, '--config', config], {
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.ports.grpc}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => {
    told += `${part}: ${chunk.toString()}`;
  });
  return { process: child, stderr: () => told };
}

const partOf = ({ resource }: Told): string => /\/(\w+)$/.exec(String(resource['service.instance.id']))?.[1] ?? '';
const nanoseconds = (time: unknown): bigint => BigInt(String(time));

test('one trace leads from the engine’s event over three processes to the delivered record, and the metrics of each arrive', async () => {
  const socket = join(directory, 'engine.sock');
  const engine = createFixtureEngine({
    lines: readRecording(join(root, 'cli/demo/session.ndjson')),
    startAt: Date.now(),
    pace: () => delay(5),
  });
  await engine.listen(socket);
  const [port] = await freePorts(1);
  const config = join(directory, 'moorwatch.yml');
  const engineLine = `engine: { host: "unix://${socket}", procfs: "", rootfs: "" }`;
  writeFileSync(config, `stateDir: ${join(directory, 'state')}\n${engineLine}\nfeed: { port: ${port} }\n`);
  const running = parts.map((part) => start(part, config));
  const said = () => running.map(({ stderr }) => stderr()).join('');
  await Promise.race([engine.watched, delay(60_000).then(() => expect.unreachable(said()))]);
  await engine.play();
  const actions = engine.emitted().length;
  expect(actions).toBeGreaterThan(10);
  const about = ({ attributes }: Told) => attributes['moorwatch.incident.kind'] === 'incident';
  await eventually(
    () => collector.gathered().logs.filter(about).length >= 3 || undefined,
    () => `the records of the session did not come: ${said()}`,
    60_000,
  );
  // What is left is sent as they end.
  for (const { process: one } of running) {
    const ended = once(one, 'exit');
    one.kill('SIGTERM');
    await ended;
  }
  await engine.close();

  const { logs, spans, metrics } = collector.gathered();
  const spansOf = (trace: unknown): readonly Told[] => spans.filter(({ record }) => record.traceId === trace);
  const incidents = logs.filter(about);
  expect(incidents.every(({ record }) => /^[\da-f]{32}$/.test(String(record.traceId)))).toBe(true);
  expect(new Set(incidents.map(partOf))).toEqual(new Set(['monitor']));

  const opened = incidents.filter(({ record }) => record.eventName === 'moorwatch.incident.opened');
  expect(opened.length).toBeGreaterThan(0);
  for (const { record } of opened) {
    const trace = spansOf(record.traceId);
    const [observe] = trace.filter(({ record: { name } }) => name === 'observe');
    const named = new Map(trace.map((span) => [span.record.name, span]));
    expect([...named].map(([name, span]) => `${partOf(span)} ${String(name)}`).sort()).toEqual([
      'alerting correlate',
      'alerting deliver',
      'analyzer analyze',
      'collector observe',
    ]);
    // The record hangs at the span that saw it, and so do all the others.
    expect(record.spanId).toBe(observe?.record.spanId);
    expect(observe?.record.parentSpanId || undefined).toBeUndefined();
    for (const span of trace) {
      if (span.record.name !== 'observe') expect(span.record.parentSpanId).toBe(observe?.record.spanId);
      expect(nanoseconds(span.record.endTimeUnixNano) >= nanoseconds(span.record.startTimeUnixNano)).toBe(true);
    }
    expect(new Set(trace.map(({ record: { spanId } }) => spanId)).size).toBe(trace.length);
  }

  const names = new Set(metrics.map(({ record }) => String(record.name)));
  for (const name of names) expect(name).toMatch(/^moorwatch(\.[a-z][a-z_]*)+$/);
  for (const part of parts) {
    const own = new Set(metrics.filter((metric) => partOf(metric) === part).map(({ record }) => record.name));
    expect([...own]).toContain('moorwatch.up');
    expect([...own]).toContain('moorwatch.resident_memory_bytes');
  }
  const [durations] = metrics.filter(({ record }) => record.name === 'moorwatch.delivery.duration').slice(-1);
  expect(durations?.record).toMatchObject({ unit: 's', histogram: { aggregationTemporality: 2 } });
  // An exemplar of how long it took leads to a trace that is there.
  const histogram = durations?.record.histogram as { dataPoints: { exemplars?: { traceId: string }[] }[] } | undefined;
  const exemplars = (histogram?.dataPoints ?? []).flatMap(({ exemplars: some = [] }) => some);
  expect(exemplars.length).toBeGreaterThan(0);
  for (const { traceId } of exemplars) expect(spansOf(traceId).map(({ record }) => record.name)).toContain('observe');
}, 180_000);
