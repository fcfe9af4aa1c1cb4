import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogSink, type LogLine } from '../../../../shared/telemetry/log-sink.ts';
import { type MetricsFormat, metricsIn } from '../../../../shared/telemetry/prometheus.ts';
import { hostileText, steering } from '../../../support/hostile.ts';

function written(format: 'human' | 'json', line: LogLine): readonly string[] {
  const texts: string[] = [];
  const sink = createLogSink({
    format,
    level: 'info',
    color: false,
    write: (text) => void texts.push(text),
    now: () => new Date(0),
  });
  sink.write(line);
  const text = texts.join('');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

test('whatever an attacker calls things, a happening is one line of the log that steers nothing', () => {
  fc.assert(
    fc.property(hostileText, hostileText, hostileText, (text, reason, sink) => {
      const happening = { name: 'deliveryRefused', sink, incident: text, reason } as const;
      const line = {
        level: 'warn',
        part: 'alerting',
        sentence: `${sink} refused ${text}: ${reason}`,
        happening,
      } as const;
      for (const format of ['human', 'json'] as const) {
        const lines = written(format, line);
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(steering);
      }
      const [json = ''] = written('json', line);
      expect(Object.keys(JSON.parse(json) as object).sort()).toEqual(
        ['event', 'incident', 'level', 'msg', 'part', 'reason', 'sink', 'time'].sort(),
      );
    }),
    { numRuns: 200 },
  );
});

/** A sample of both text formats: name, labels, value; in labels a backslash begins an escape. */
const sampleLine = /^moorwatch_x_total\{sink="((?:[^"\\\n]|\\[\\"n])*)"\} 3$/u;

test('whatever an attacker calls things, a label is one value that reads back as it was', () => {
  fc.assert(
    fc.property(hostileText, fc.constantFrom<MetricsFormat>('prometheus', 'openmetrics'), (sink, format) => {
      const metric = { name: 'moorwatch_x_total', help: 'x', type: 'counter', value: 3, attributes: { sink } } as const;
      const lines = metricsIn(format, [metric]).split('\n');
      expect(lines).toHaveLength(format === 'openmetrics' ? 5 : 4);
      const label = sampleLine.exec(lines[2] ?? '')?.[1];
      const read = label?.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
      expect(read).toBe(sink);
    }),
    { numRuns: 200 },
  );
});
