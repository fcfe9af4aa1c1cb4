import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import { ruleText } from './rules.ts';

const detection = 'sel: { f: 1 }';
const read = (text: string) => parseRuleFile(text, 'rule.yml');
const withHead = (head: string) => read(ruleText(detection, { head: head && `${head}\n` }));
const told = (text: string) =>
  read(text).problems.map(({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`);
const only = (text: string) => {
  const [document] = read(text).documents;
  if (document === undefined) throw new Error(`no rule: ${text}`);
  return document.rule;
};
const ruleOf = (head: string) => only(ruleText(detection, { head: head && `${head}\n` }));

describe('what a rule says of itself', () => {
  test('when it says nothing', () => {
    const rule = ruleOf('');
    expect(rule).toMatchObject({
      title: 'Test',
      summary: 'Test',
      label: 'Test',
      level: 'medium',
      description: '',
      falsePositives: [],
      nature: 'event',
      catalogue: [],
      tier: 'engine',
      why: '',
      check: [],
      techniques: [],
      tactics: [],
    });
    for (const key of ['name', 'status', 'misses']) expect(rule).not.toHaveProperty(key);
  });

  test.each([
    ['name: n', { name: 'n', label: 'n' }],
    ['id: i\nname: n', { id: 'i', name: 'n', label: 'i' }],
    ['status: stable', { status: 'stable' }],
    ['description: text', { description: 'text' }],
    ["misses: ' much '", { misses: 'much' }],
    ['summary: s', { summary: 's' }],
    ['why: w\ncheck: [a, b]', { why: 'w', check: ['a', 'b'] }],
    ['nature: condition', { nature: 'condition' }],
    ['tags: [attack.t1059, attack.T1059.004, attack.t1059.004]', { techniques: ['T1059', 'T1059.004'] }],
    ['tags: [attack.t10590, attack.xt1059, attack.t1059.4, t1059, cve.t1059]', { techniques: [] }],
    [
      'tags: [attack.defense_evasion, attack.initial-access, attack.x1, cve.execution]',
      { tactics: ['defense-evasion', 'initial-access'] },
    ],
    ['tags: [attack.9execution, attack.g0001, attack.execution2]', { tactics: [] }],
  ])('%s', (head, expected) => {
    expect(ruleOf(head)).toMatchObject(expected);
  });

  test.each([
    ['id: x', ['3:5 warning id x is not a UUID']],
    ['tags: [attack.Execution]', ['4:8 warning tag attack.Execution is not namespace.value in lower case']],
    [
      'tags: [execution, a.b!, "!a.b", a.b]',
      ['4:8', '4:19', '4:25'].map(
        (place, index) =>
          `${place} warning tag ${['execution', 'a.b!', '!a.b'][index]} is not namespace.value in lower case`,
      ),
    ],
    ["id: ''", ['4:5 error id is empty']],
    ["name: ''", ['4:7 error name is empty']],
    ['nature: x', ['4:9 error nature is event or condition']],
    ['check: { a: b }', ['4:8 error check is a list of texts']],
    ['check: [[a]]', ['4:8 error check is a list of texts']],
    ['catalogue: { a: b }', ['4:12 error catalogue is a list of texts']],
  ])('%s: %j', (head, problems) => {
    expect(
      withHead(head).problems.map(({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`),
    ).toEqual(problems.map((problem) => problem.replace(/^3:/, '4:')));
  });

  test('a title has an end', () => {
    const titled = (title: string) => told(ruleText(detection).replace('title: Test', `title: ${title}`));
    expect(titled('x'.repeat(256))).toEqual([]);
    expect(titled('x'.repeat(257))).toEqual(['1:1 error a title has at most 256 characters']);
    expect(titled("''")).toEqual(['1:1 error a rule needs a title']);
  });
});

describe('ids and hashes', () => {
  const hashOf = (value: string) => only(ruleText(`sel: { f: ${value} }`)).hash;

  test('the hash is what the rule says, with the spelling of its numbers', () => {
    expect(hashOf('1')).toBe(hashOf('1'));
    expect(new Set(['1', '1.0', '1e0', '2', '2.0', "'1'"].map(hashOf)).size).toBe(6);
  });

  test('other values of a placeholder make another rule', () => {
    const expanded = (value: string) =>
      parseRuleFile(ruleText("sel: { f|expand: '%a%' }"), 'rule.yml', { placeholders: new Map([['a', [value]]]) })
        .documents[0]?.rule;
    expect(expanded('x')?.hash).not.toBe(expanded('y')?.hash);
    expect(expanded('x')?.hash).toBe(expanded('x')?.hash);
    expect(expanded('x')?.id).toBe(expanded('y')?.id);
  });

  test('a correlation has the fields that it groups and counts by, and no log source', () => {
    const rule = only(
      'title: C\ncorrelation:\n  type: value_count\n  rules: a\n  timespan: 1m\n  group-by: [g, h]\n  condition: { gte: 2, field: h }\n',
    );
    expect(rule).toMatchObject({ kind: 'correlation', fields: ['g', 'h'], logsource: {} });
  });
});

describe('filters', () => {
  const filter = (rules: string) =>
    `title: F\nlogsource: { product: docker }\nfilter:\n  ${rules}\n  sel: { f: 1 }\n  condition: not sel\n`;

  test.each([
    ['rules: any', 'any'],
    ['rules: ANY', 'any'],
    ['rules: []', 'any'],
    ['rules: a', ['a']],
    ['rules: [a, b]', ['a', 'b']],
  ])('%s', (rules, expected) => {
    expect(only(filter(rules))).toMatchObject({ kind: 'filter', rules: expected });
  });

  test.each([
    ['rules: 1', '4:3 error rules is a list of ids or names, or any'],
    ['rules: { a: b }', '4:3 error rules is a list of ids or names, or any'],
    ['rules: [a, 1]', '4:14 error a rule is named by its id or name'],
    ['rules: [[a]]', '4:10 error a rule is named by its id or name'],
    ['other: 1', '4:3 error a filter names its rules: ids or names, or any'],
  ])('%s: %s', (rules, problem) => {
    expect(told(filter(rules))).toContain(problem);
  });

  test('a filter is a map', () => {
    const text = 'title: F\nlogsource: { product: docker }\n';
    for (const written of ['filter: x', 'filter: [a]', 'filter:'])
      expect(told(`${text}${written}\n`)).toContain('3:1 error a filter is a map');
  });
});
