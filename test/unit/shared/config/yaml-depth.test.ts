import { describe, expect, it } from 'vitest';
import { readSource } from '../../../../analyzer/sigma/language/source.ts';
import { mostLevels, tooDeep } from '../../../../shared/config/yaml-bounds.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';

const mappings = (levels: number): string =>
  Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
const deep: readonly (readonly [string, (levels: number) => string])[] = [
  ['lists in brackets', (levels) => `a: ${'['.repeat(levels - 1)}`],
  ['maps in braces', (levels) => `a: ${'{b: '.repeat(levels - 1)}`],
  ['dashes in a line', (levels) => `${'- '.repeat(levels)}x`],
  ['mappings', mappings],
];
const refusal = 'nothing may stand deeper than 100 levels here';

describe.each(deep)('%s', (_, nested) => {
  it.each([mostLevels + 1, 20_000])('of %d levels are refused with their place, in settings and in rules', (levels) => {
    const text = nested(levels);
    const { problems } = yamlSource(text, 'moorwatch.yml');
    expect(problems.map(({ message }) => message)).toEqual([refusal]);
    expect(problems[0]?.origin).toMatchObject({ kind: 'file', file: 'moorwatch.yml' });
    const read = readSource(`title: x\n---\n${text}\n`, 'r.yml');
    expect(read.documents).toEqual([]);
    expect(read.problems).toMatchObject([{ severity: 'error', file: 'r.yml', message: refusal }]);
    expect(read.problems[0]?.line).toBeGreaterThan(2);
  });

  it('of half as many are read', () => {
    expect(tooDeep(nested(mostLevels / 2))).toBeUndefined();
  });
});

it('a document that begins ends all brackets of the one before', () => {
  expect(tooDeep('a: [[[[[[\n---\n'.repeat(50))).toBeUndefined();
});

it('what is long, or has what YAML does not know, is the reader’s matter', () => {
  expect(tooDeep(`a:\n${'- x\n'.repeat(200_000)}`)).toBeUndefined();
  expect(tooDeep('a: "\\q"\nb: ]\nc: *x')).toBeUndefined();
  expect(yamlSource('a: "\\q"', 'f').problems).toHaveLength(1);
});
