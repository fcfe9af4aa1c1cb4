import { expect, test } from 'vitest';
import { prometheusText } from '../../../../shared/telemetry/prometheus.ts';
import type { Metric } from '../../../../shared/telemetry/telemetry.ts';

const counter = (name: string, value: number, attributes: Record<string, string> = {}): Metric => ({
  name,
  help: 'Help.',
  type: 'counter',
  value,
  attributes,
});

test('families stand together under one HELP and TYPE, whatever process they come from', () => {
  const text = prometheusText([
    counter('moorwatch_a_total', 1, { part: 'collector' }),
    { name: 'moorwatch_b', help: 'B.', type: 'gauge', value: 0.5, attributes: {} },
    counter('moorwatch_a_total', 2, { part: 'analyzer' }),
  ]);
  expect(text).toBe(
    [
      '# HELP moorwatch_a_total Help.',
      '# TYPE moorwatch_a_total counter',
      'moorwatch_a_total{part="collector"} 1',
      'moorwatch_a_total{part="analyzer"} 2',
      '# HELP moorwatch_b B.',
      '# TYPE moorwatch_b gauge',
      'moorwatch_b 0.5',
      '',
    ].join('\n'),
  );
});

test('the same series twice is one: counters add up, a gauge keeps the last', () => {
  expect(
    prometheusText([counter('a_total', 1, { x: '1', y: '2' }), counter('a_total', 2, { y: '2', x: '1' })]),
  ).toContain('a_total{x="1",y="2"} 3\n');
  const gauge = { name: 'g', help: '', type: 'gauge', attributes: {} } as const;
  expect(
    prometheusText([
      { ...gauge, value: 5 },
      { ...gauge, value: 3 },
    ]),
  ).toContain('g 3\n');
});

test('values and names cannot break out of the format', () => {
  const text = prometheusText([counter('a_total', 1, { 'bad-name"': 'x"} 1\nforged_total 9\\' })]);
  expect(text).toContain('a_total{bad_name_="x\\"} 1\\nforged_total 9\\\\"} 1\n');
  expect(text.split('\n')).toHaveLength(4);
  expect(prometheusText([counter('bad name', 1), counter('ok_total', Number.NaN)])).toBe('');
});
