import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import { parsePlaceholders } from '../../../../../analyzer/sigma/language/placeholders-file.ts';
import { ruleText } from './rules.ts';

const of = (names: Readonly<Record<string, readonly string[]>>) => ({ placeholders: new Map(Object.entries(names)) });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);

/** What is said of a rule with this value, `line:column message`. */
const told = (value: string, names: Readonly<Record<string, readonly string[]>>) =>
  parseRuleFile(ruleText(`sel:\n  f|expand: ${value}`), 'rule.yml', of(names)).problems.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

describe('expand', () => {
  test.each([
    ["'%a%'", { a: numbers(10_000) }, []],
    ["'%a%'", { a: numbers(10_001) }, ['6:15 its placeholders make more than 10000 combinations']],
    ["'%a%%a%'", { a: numbers(100) }, []],
    ["'%a%-%b%'", { a: numbers(100), b: numbers(101) }, ['6:15 its placeholders make more than 10000 combinations']],
    ["'x%a%'", {}, ['6:17 placeholder %a% has no values; give them with the placeholders']],
    ['1', {}, ['6:15 expand is for texts; put the value in quotes']],
    ["'100%'", {}, []],
    ["'\\%a\\%'", {}, []],
  ])('%s', (value, names, problems) => {
    expect(told(value, names)).toEqual(problems);
  });
});

test('a file of placeholders with a warning alone is taken, errors have their severity', () => {
  expect(parsePlaceholders('a: [b, c]\n', 'p.yml')).toMatchObject({ problems: [] });
  for (const text of ['', 'a: { b: c }\n', 'a: b\na: c\n', '- a\n'])
    expect(parsePlaceholders(text, 'p.yml').problems.map(({ severity }) => severity)).toEqual(['error']);
});
