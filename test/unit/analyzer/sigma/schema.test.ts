import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { shippedRules } from '../../../../analyzer/sigma/load.ts';
import { ruleFileSchema } from '../../../../analyzer/sigma/schema.ts';
import { findRuleFiles } from '../../../../analyzer/sigma/watch-files.ts';
import { packagePath } from '../../../../shared/package-root.ts';

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(ruleFileSchema());
/** Where the schema finds something wrong in the document, [] when nothing is. */
const wrongIn = (text: string): readonly string[] =>
  [...parseAllDocuments(text)].flatMap((document) =>
    validate(document.toJSON())
      ? []
      : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`),
  );

const rule = 'title: T\nlogsource: {product: linux}\ndetection: {sel: {Image|endswith: /sh}, condition: sel}\n';
const correlation =
  'title: T\ncorrelation: {type: event_count, rules: [a], timespan: 5m, group-by: [x], condition: {gte: 5}}\n';
const filter = 'title: T\nlogsource: {product: linux}\nfilter: {rules: any, sel: {a: b}, condition: not sel}\n';

test('the shipped rules and the example of the documentation are valid', async () => {
  const { files } = await findRuleFiles([shippedRules()]);
  expect(files.length).toBeGreaterThan(20);
  for (const { path } of files) expect([path, wrongIn(await readFile(path, 'utf8'))]).toEqual([path, []]);
  const page = await readFile(packagePath('docs/signatures.md'), 'utf8');
  const example = /```yaml\n(title: [\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(example).toContain('detection:');
  expect(wrongIn(example)).toEqual([]);
});

describe('what may be written', () => {
  test.each([
    ['a rule', rule],
    ['a correlation', correlation],
    ['a temporal correlation', 'title: T\ncorrelation: {type: temporal, rules: [a, b], timespan: 1h}\n'],
    ['a filter', filter],
    ['samples of a filter', `${filter}samples: {match: [{note: n, host: {name: h}}]}\n`],
    [
      'samples of a sequence',
      `${correlation}samples: {ignore: [{note: n, events: [{at: 5}, {at: 2026-01-01T00:00:00Z}]}]}\n`,
    ],
    ['attributes of one’s own', `${rule}mine: {deep: [1]}\n`],
    ['keywords', rule.replace('{Image|endswith: /sh}', '[a, 5, {b: ~, c|re|i: x}]')],
    ['all keywords', rule.replace('Image|endswith: /sh', '"|all": [a, b]')],
    ['several conditions', rule.replace('condition: sel', 'condition: [sel, not sel]')],
  ])('%s', (_, text) => {
    expect(wrongIn(text)).toEqual([]);
  });
});

describe('what is wrong', () => {
  test.each([
    ['no title', rule.replace('title: T', 'name: n'), ' required'],
    ['no log source', rule.replace('logsource', 'source'), ' required'],
    ['an empty log source', rule.replace('{product: linux}', '{definition: x}'), '/logsource anyOf'],
    [
      'a kind that no observation has',
      rule.replace('{product: linux}', '{product: docker, category: execs}'),
      '/logsource/category enum',
    ],
    ['no condition', rule.replace(', condition: sel', ''), '/detection required'],
    ['no search identifier', rule.replace('sel: {Image|endswith: /sh}, ', ''), '/detection minProperties'],
    ['an unknown modifier', rule.replace('endswith', 'ends'), '/detection/sel propertyNames'],
    ['an empty list', rule.replace('/sh', '[]'), '/detection/sel/Image~1endswith minItems'],
    ['a null in a list', rule.replace('/sh', '[a, ~]').replace('|endswith', ''), '/detection/sel/Image/1 type'],
    ['timeframe', rule.replace('condition: sel', 'condition: sel, timeframe: 5m'), '/detection/timeframe false schema'],
    ['a level', `${rule}level: severe\n`, '/level enum'],
    ['an id that is no UUID', `${rule}id: mine\n`, '/id pattern'],
    ['a tag', `${rule}tags: [Attack]\n`, '/tags/0 pattern'],
    ['a sequence sample without events', `${correlation}samples: {match: [{note: n}]}\n`, '/samples/match/0 required'],
    ['a filter sample that is none', `${filter}samples: {match: [text]}\n`, '/samples/match/0 type'],
    ['samples under another name', `${rule}samples: {matches: []}\n`, '/samples additionalProperties'],
    ['a type of correlation', correlation.replace('event_count', 'count'), '/correlation/type enum'],
    ['a timespan', correlation.replace('5m', '5 minutes'), '/correlation/timespan pattern'],
    ['a count without a condition', correlation.replace(', condition: {gte: 5}', ''), '/correlation required'],
    ['a comparison', correlation.replace('gte', 'ge'), '/correlation/condition additionalProperties'],
    ['a filter without rules', filter.replace('rules: any, ', ''), '/filter required'],
    ['a filter without a log source', filter.replace('logsource', 'source'), ' required'],
  ])('%s', (_, text, told) => {
    expect(wrongIn(text).map((one) => one.replace('|', '~1'))).toContain(told);
  });
});
