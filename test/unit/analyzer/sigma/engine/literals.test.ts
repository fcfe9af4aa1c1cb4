import { expect, test } from 'vitest';
import { shapeOf } from '../../../../../analyzer/sigma/engine/literals.ts';
import type { Token } from '../../../../../analyzer/sigma/language/pattern.ts';

/** `*` any run, `?` one character, `|` between two texts that stand next to each other. */
const tokensOf = (written: string): readonly Token[] =>
  written
    .split(/([*?|])/)
    .filter((part) => part !== '' && part !== '|')
    .map((part) => (part === '*' ? { kind: 'any' } : part === '?' ? { kind: 'one' } : { kind: 'text', text: part }));

/** Literals with `^` and `$` where the value begins and ends; `more`: finding them is not all of it. */
test.each([
  ['abc', '^abc$'],
  ['ABC', '^abc$'],
  ['abc*', '^abc'],
  ['*abc', 'abc$'],
  ['*abc*', 'abc'],
  ['**abc**', 'abc'],
  ['*', ''],
  ['**', ''],
  ['', '^$'],
  ['?', ' more'],
  ['*?', ' more'],
  ['abc?', '^abc more'],
  ['?abc', 'abc$ more'],
  ['a*b', '^a b$ more'],
  ['*a*b*', 'a b more'],
  ['a|b', '^ab$'],
  ['a|b|c*', '^abc'],
  ['*a|b', 'ab$'],
  ['a*|b', '^a b$ more'],
])('%s: %s', (written, expected) => {
  const { literals, settled } = shapeOf({ kind: 'pattern', tokens: tokensOf(written) });
  const told = literals.map(({ text, begin, end }) => `${begin ? '^' : ''}${text}${end ? '$' : ''}`).join(' ');
  expect(`${told}${settled ? '' : ' more'}`).toBe(expected);
});

test('empty texts are nothing', () => {
  const empty: Token = { kind: 'text', text: '' };
  const any: Token = { kind: 'any' };
  expect(shapeOf({ kind: 'pattern', tokens: [empty, any, empty, any, { kind: 'text', text: 'a' }, empty] })).toEqual({
    literals: [{ text: 'a', begin: false, end: true }],
    settled: true,
  });
});

test('with case, finding a literal without it is not all', () => {
  expect(shapeOf({ kind: 'pattern', tokens: tokensOf('Abc'), cased: true })).toEqual({
    literals: [{ text: 'abc', begin: true, end: true }],
    settled: false,
  });
});
