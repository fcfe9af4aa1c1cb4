import { describe, expect, test } from 'vitest';
import { compile, isMatch, refusal } from './rules.ts';

type Case = readonly [what: string, detection: string, fields: Readonly<Record<string, unknown>>, expected: boolean];

const cases: readonly Case[] = [
  ['a map needs all of it', 'sel:\n  a: x\n  b: y', { a: 'x', b: 'y' }, true],
  ['one part is not enough', 'sel:\n  a: x\n  b: y', { a: 'x' }, false],
  ['a list of values needs one', 'sel:\n  a: [x, y]', { a: 'y' }, true],
  ['a list of maps needs one', 'sel:\n  - a: x\n  - b: y', { b: 'y' }, true],
  ['each map all of it', 'sel:\n  - a: x\n    c: z\n  - b: y', { a: 'x' }, false],
  [
    'two keys on one field are both required',
    'sel:\n  a|contains|all: [x, y]\n  a|contains: [p, q]',
    { a: 'xyq' },
    true,
  ],
  ['whichever is missing', 'sel:\n  a|contains|all: [x, y]\n  a|contains: [p, q]', { a: 'xy' }, false],
  ['maps and keywords in one list: any', 'sel:\n  - a: x\n  - needle', { b: 'hayneedlestack' }, true],
  ['a keyword is part of any value', 'sel:\n  - needle', { a: { b: ['hay', 'HAYNEEDLE'] } }, true],
  ['but of no field name', 'sel:\n  - needle', { needle: 'hay' }, false],
  ['a plain scalar is one keyword', 'sel: needle', { a: 'needle' }, true],
  ['a number as keyword', 'sel: 4625', { a: 'id=4625' }, true],
  ['wildcards work in keywords', 'sel:\n  - nee*le', { a: 'hay neexxle hay' }, true],
  ['a keyword is found in numbers', "sel:\n  - '44'", { a: 4444 }, true],
  ['keywords: any of them', 'sel:\n  - one\n  - two', { a: 'two' }, true],
  ['|all: every one of them, anywhere', "sel:\n  '|all':\n    - one\n    - two", { a: 'one', b: 'two' }, true],
  ['|all: one is missing', "sel:\n  '|all':\n    - one\n    - two", { a: 'one' }, false],
];

describe('structure (specification 2.1)', () => {
  test.each(cases)('%s', (_, detection, fields, expected) => {
    expect(isMatch(detection, fields)).toBe(expected);
  });

  test.each([
    ['an empty map', 'sel: {}', /search identifier is empty/],
    ['an empty list', 'sel: []', /search identifier is empty/],
    ['nothing', 'sel:', /search identifier is empty/],
    ['an empty map in a list', 'sel:\n  - {}', /search identifier is empty/],
    ['a key without a field', "sel:\n  '': x", /a field has a name/],
    ['keywords under contains', "sel:\n  '|contains': [x]", /keywords take no other modifier than all/],
    ['keywords under all and cased', "sel:\n  '|all|cased': [x]", /keywords take no other modifier than all/],
    ['an alias', 'one: &x\n  a: x\nsel: *x', /aliases are not used/],
  ])('refused: %s', (_, detection, message) => {
    expect(refusal(detection)).toMatch(message);
  });

  test('the fields that are read, in order, each once, those of fieldref too', () => {
    const rule = compile(
      'sel:\n  b|contains: x\n  a: y\n  b|endswith: z\nother:\n  c|fieldref: d\ncondition: sel or other',
    );
    expect(rule.fields).toEqual(['b', 'a', 'c', 'd']);
  });
});
