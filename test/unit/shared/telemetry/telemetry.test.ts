import { describe, expect, test } from 'vitest';
import { createTelemetry } from '../../../../shared/telemetry/create.ts';
import { createLogSink, type LogSinkOptions } from '../../../../shared/telemetry/log-sink.ts';
import type { Metric, Span } from '../../../../shared/telemetry/telemetry.ts';

function setUp(options: Partial<LogSinkOptions> = {}) {
  const lines: string[] = [];
  const clock = { now: new Date('2026-01-02T03:04:05Z') };
  const log = createLogSink({
    format: 'human',
    level: 'info',
    color: false,
    write: (text) => void lines.push(text),
    now: () => clock.now,
    ...options,
  });
  return { lines, clock, telemetry: createTelemetry({ part: 'collector', log }) };
}

const value = (metrics: readonly Metric[], name: string, labels: Record<string, string> = {}) =>
  metrics.find(
    (metric) => metric.name === name && Object.entries(labels).every(([key, text]) => metric.attributes[key] === text),
  )?.value;

describe('log', () => {
  test('a happening is one line with its level, escaped', () => {
    const { telemetry, lines } = setUp();
    telemetry.happened({ name: 'gapOpened', reason: 'evicted', text: 'from a\u001b[2J\nto b' });
    expect(lines).toEqual(['03:04:05 error collector blind spot (evicted): from a\\u{1b}[2J\\u{a}to b\n']);
  });

  test('what is only counted is not logged, debug only when asked', () => {
    const quiet = setUp();
    quiet.telemetry.happened({ name: 'observationsAppended', kind: 'exec', count: 3 });
    quiet.telemetry.happened({ name: 'sensorStarted', sensor: 'exec' });
    expect(quiet.lines).toEqual([]);
    const verbose = setUp({ level: 'debug' });
    verbose.telemetry.happened({ name: 'sensorStarted', sensor: 'exec' });
    expect(verbose.lines).toHaveLength(1);
  });

  test('json lines carry the fields and stay one line', () => {
    const { telemetry, lines } = setUp({ format: 'json' });
    telemetry.happened({ name: 'rulesLoaded', rules: 3, rejected: 1, hash: 'abc\u202e' });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'error',
      time: '2026-01-02T03:04:05.000Z',
      part: 'collector',
      event: 'rulesLoaded',
      rules: 3,
      rejected: 1,
      hash: 'abc\\u{202e}',
      msg: '3 rules loaded (abc\\u{202e}), 1 refused: see `moorwatch rules list`',
    });
  });

  test('what to do stays whole and readable, whatever the reason holds', () => {
    const commands = Array.from({ length: 8 }, (_, i) => `kafka-topics.sh --topic t${i} ${'--config a=b '.repeat(40)}`);
    const fix = ['create them:', ...commands, 'mind \u001b[2J'].join('\n');
    const happening = { name: 'logUnreachable', reason: 'topics\n03:04:05 info forged', fix } as const;
    const human = setUp();
    human.telemetry.happened(happening);
    expect(human.lines.join('').split('\n')).toEqual([
      '03:04:05 error collector the log cannot be reached: topics\\u{a}03:04:05 info forged; trying again: create them:',
      ...commands.map((command) => `    ${command}`),
      '    mind \\u{1b}[2J',
      '',
    ]);
    const json = setUp({ format: 'json' });
    json.telemetry.happened(happening);
    const line = JSON.parse(json.lines.join('')) as { fix: string; msg: string };
    expect(line.fix.split('\n').slice(0, 9)).toEqual(['create them:', ...commands]);
    expect(line.msg).toContain(commands[7]);
    expect(line.msg).not.toContain('\u001b');
  });

  test('a flood of one happening is twenty lines a minute, all counted', () => {
    const { telemetry, lines, clock } = setUp();
    const happen = () => telemetry.happened({ name: 'ruleFailed', rule: 'r', reason: 'x' });
    for (let i = 0; i < 1_000; i++) happen();
    expect(lines).toHaveLength(20);
    expect(lines[19]).toContain('only counted for a minute');
    telemetry.happened({ name: 'stopping', reason: 'SIGTERM' });
    expect(lines).toHaveLength(21);
    clock.now = new Date(clock.now.getTime() + 60_000);
    happen();
    expect(lines).toHaveLength(22);
    expect(value(telemetry.snapshot(), 'moorwatch_rule_failures_total')).toBe(1_001);
  });
});

describe('metrics', () => {
  test('counters add up per label, gauges are asked, all with the part', () => {
    const { telemetry } = setUp();
    telemetry.happened({ name: 'observationsAppended', kind: 'exec', count: 3 });
    telemetry.happened({ name: 'observationsAppended', kind: 'exec', count: 2 });
    telemetry.happened({ name: 'observationsAppended', kind: 'image', count: 1 });
    telemetry.gauge('queue_records', 'Records that wait.', () => [{ value: 7, attributes: { topic: 'findings' } }]);
    const metrics = telemetry.snapshot();
    expect(value(metrics, 'moorwatch_observations_total', { kind: 'exec', part: 'collector' })).toBe(5);
    expect(value(metrics, 'moorwatch_observations_total', { kind: 'image' })).toBe(1);
    expect(value(metrics, 'moorwatch_queue_records', { topic: 'findings', part: 'collector' })).toBe(7);
  });

  test('a gauge that throws takes only itself away', () => {
    const { telemetry } = setUp();
    telemetry.gauge('a', 'A.', () => {
      throw new Error('the database is closed');
    });
    telemetry.gauge('b', 'B.', () => [{ value: 1 }]);
    expect(telemetry.snapshot().map((metric) => metric.name)).toEqual(['moorwatch_b']);
  });

  test('labels from outside cannot grow without bound', () => {
    const { telemetry } = setUp({ level: 'error', write: () => undefined });
    for (let i = 0; i < 5_000; i++) telemetry.happened({ name: 'observationDropped', reason: `r${i}`, count: 1 });
    const series = telemetry.snapshot().filter((metric) => metric.name === 'moorwatch_observations_dropped_total');
    expect(series).toHaveLength(201);
    expect(value(series, 'moorwatch_observations_dropped_total', { reason: 'other' })).toBe(4_800);
  });

  test('an exporter gets spans and the numbers, and is closed', async () => {
    const seen: { spans: Span[]; read?: () => readonly Metric[]; closed: boolean } = { spans: [], closed: false };
    const telemetry = createTelemetry({
      part: 'analyzer',
      log: { write: () => undefined },
      usage: () => ({ residentBytes: 1_000, cpuSeconds: 2.5 }),
      exporter: {
        span: (span) => void seen.spans.push(span),
        metrics: (read) => {
          seen.read = read;
        },
        close: () => {
          seen.closed = true;
          return Promise.resolve();
        },
      },
    });
    telemetry.span({ traceId: 'a'.repeat(32), name: 'analyze', startMs: 1, endMs: 2, attributes: {} });
    telemetry.happened({ name: 'observationsAnalyzed', count: 4 });
    await telemetry.close();
    expect(seen.spans).toHaveLength(1);
    expect(value(seen.read?.() ?? [], 'moorwatch_observations_analyzed_total')).toBe(4);
    expect(value(seen.read?.() ?? [], 'moorwatch_resident_memory_bytes')).toBe(1_000);
    expect(seen.closed).toBe(true);
  });
});
