import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import { told } from './rules.ts';

const read = (...documents: readonly string[]) => parseRuleFile(documents.join('---\n'), 'rule.yml');
const problemsOf = (...documents: readonly string[]) => told(read(...documents).problems);
/** Of each rule: title, log source and detection as its document says them in the end. */
const rulesOf = (...documents: readonly string[]) => {
  const { documents: made, problems } = read(...documents);
  expect(problems).toEqual([]);
  return made.map(({ attributes }) => attributes);
};

const logsource = 'logsource: { category: exec }\n';
const detection = 'detection: { sel: { f: 1 }, condition: sel }\n';
const rule = `title: A\n${logsource}${detection}`;
const meaning = { logsource: { category: 'exec' }, detection: { sel: { f: 1 }, condition: 'sel' } };

describe('documents with an action', () => {
  test('global is laid over all behind it, until the next or reset, and is no rule itself', () => {
    const global = (level: string) => `action: global\nlevel: ${level}\n`;
    const levels = rulesOf(rule, global('low'), rule, rule, global('high'), rule, 'action: reset\n', rule).map(
      ({ level }) => level,
    );
    expect(levels).toEqual([undefined, 'low', 'low', 'high', undefined]);
  });

  test('no key of the action is left in the rules', () => {
    expect(rulesOf(`action: global\n${logsource}`, `title: A\n${detection}`, 'action: repeat\ntitle: B\n')).toEqual([
      { title: 'A', ...meaning },
      { title: 'B', ...meaning },
    ]);
  });

  test('what is laid over wins, also over the first key, and stays in its place', () => {
    const [made] = rulesOf('action: global\ntitle: over\nlevel: low\n', rule);
    expect(Object.entries(made ?? {}).map(([key]) => key)).toEqual(['title', 'logsource', 'detection', 'level']);
    expect(made?.title).toBe('over');
  });

  test.each([
    ['maps are merged', '{ a: 1, b: { c: 2 } }', '{ b: { d: 3 }, e: 4 }', { a: 1, b: { c: 2, d: 3 }, e: 4 }],
    ['a text over a map', '{ a: 1 }', 'x', 'x'],
    ['a map over a text', 'x', '{ a: 1 }', { a: 1 }],
    ['a list over a list', '[1, 2]', '[3]', [3]],
  ])('%s', (_, under, over, expected) => {
    expect(rulesOf(`action: global\nowner: ${over}\n`, `${rule}owner: ${under}\n`)[0]?.owner).toEqual(expected);
  });

  test('repeat is laid over the rule before it, over what was repeated too', () => {
    const made = rulesOf(rule, 'action: repeat\nlevel: low\n', 'action: repeat\ntitle: C\n');
    expect(made.map(({ title, level }) => [title, level])).toEqual([
      ['A', undefined],
      ['A', 'low'],
      ['C', 'low'],
    ]);
  });

  test('repeat may stand behind a global alone', () => {
    expect(rulesOf(`action: global\n${rule}`, 'action: repeat\nlevel: low\n').map(({ level }) => level)).toEqual([
      'low',
    ]);
  });

  test.each([
    ['globl', 'action globl is not one of global, reset, repeat; did you mean global?'],
    ['[global]', 'action  is not one of global, reset, repeat'],
    ['5', 'action  is not one of global, reset, repeat'],
    ["''", 'action  is not one of global, reset, repeat'],
  ])('of the name %s is told at its key, and makes no rule', (name, message) => {
    const { documents, problems } = read(rule, `title: x\naction: ${name}\n${logsource}${detection}`);
    expect(documents).toHaveLength(1);
    expect(problems.map(({ severity, file }) => [severity, file])).toEqual([['error', 'rule.yml']]);
    expect(told(problems)).toEqual([`6:1 ${message}`]);
  });

  test('a repeat behind an unknown one is of the rule before both', () => {
    expect(problemsOf('action: repeat\n', rule)).toEqual(['1:1 repeat has no rule before it']);
    expect(problemsOf(rule, 'action: odd\n', 'action: repeat\nlevel: low\n')).toEqual([
      '5:1 action odd is not one of global, reset, repeat',
    ]);
  });
});
