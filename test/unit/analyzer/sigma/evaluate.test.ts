import { expect, test } from 'vitest';
import { linkRules } from '../../../../analyzer/sigma/compile.ts';
import { createCorrelator } from '../../../../analyzer/sigma/correlation/correlator.ts';
import { createMemoryStore } from '../../../../analyzer/sigma/correlation/memory-store.ts';
import { createEvaluator } from '../../../../analyzer/sigma/evaluate.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';

const rule = 'title: R\nname: r\nlogsource: { product: p }\ndetection: { sel: { a: 1 }, condition: sel }\n';

const evaluated = (...chunks: readonly string[]) => {
  const linked = linkRules(parseRuleFile(rule, 'r.yml').documents.map((one) => one.rule));
  const problems: number[] = [];
  const evaluator = createEvaluator(linked, {
    logsource: undefined,
    timeField: undefined,
    correlator: createCorrelator(linked.correlations, createMemoryStore()),
    onProblem: (line) => void problems.push(line),
  });
  const output = chunks.map((chunk) => evaluator.feed(Buffer.from(chunk))).join('') + evaluator.end();
  return { output: output.split('\n').filter((line) => line !== ''), problems };
};

const found = (i: number): string => JSON.stringify({ i, ids: ['r'] });

test('a byte order mark is left out at the beginning, and only there', () => {
  expect(evaluated('\ufeff{"a": 1}\n{"a": 1}\n')).toEqual({ output: [found(0), found(1)], problems: [] });
  expect(evaluated('{"a": 1}\n\ufeff{"a": 1}\n')).toEqual({ output: [found(0)], problems: [1] });
  expect(evaluated('\ufeff\n{"a": 1}')).toEqual({ output: [found(1)], problems: [] });
});

test('blank lines count and are no events; a line may come in pieces, the last one without an end', () => {
  expect(evaluated('\n \r\n{"a"', ': 1}', '\nno\n{"a": 1}')).toEqual({ output: [found(2), found(4)], problems: [3] });
});

test('a log source is named in any case', () => {
  const linked = linkRules(parseRuleFile(rule, 'r.yml').documents.map((one) => one.rule));
  const evaluator = createEvaluator(linked, {
    logsource: { product: 'P' },
    timeField: undefined,
    correlator: createCorrelator([], createMemoryStore()),
    onProblem: () => undefined,
  });
  expect(evaluator.feed(Buffer.from('{"a": 1}\n')).trim()).toBe(found(0));
});

test('a line that is no JSON where no rule looks is told, and ends nothing', () => {
  const correlation =
    '---\ntitle: C\nname: c\ncorrelation: { type: event_count, rules: [r], timespan: 1m, condition: { gte: 1 } }\n';
  const linked = linkRules(parseRuleFile(`${rule}${correlation}`, 'r.yml').documents.map((one) => one.rule));
  const problems: number[] = [];
  const evaluator = createEvaluator(linked, {
    logsource: undefined,
    timeField: 't',
    correlator: createCorrelator(linked.correlations, createMemoryStore()),
    onProblem: (line) => void problems.push(line),
  });
  const lines = `{"a": 1, "t": 1, "b": "${'b'.repeat(60)}\t"}\n{"a": 1, "t": 2}\n`;
  expect(evaluator.feed(Buffer.from(lines)).trim()).toBe(JSON.stringify({ i: 1, ids: ['c'] }));
  expect(problems).toEqual([0]);
});
