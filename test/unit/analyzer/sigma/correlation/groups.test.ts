import { describe, expect, it } from 'vitest';
import { groupsOf, numbersOf, valuesOf } from '../../../../../analyzer/sigma/correlation/groups.ts';
import { occurrence } from './correlations.ts';

const same = (_: string, name: string): string => name;
const numbered = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => `v${from + index}`);
const groups = (fields: Readonly<Record<string, unknown>>, ...groupBy: readonly string[]) =>
  groupsOf(occurrence('a', 0, fields), groupBy, same);
const values = (fields: Readonly<Record<string, unknown>>, ...names: readonly string[]) =>
  valuesOf(occurrence('a', 0, fields), names, same);

describe('groups of an event', () => {
  it.each([
    [{}, [[null, null]]],
    [{ f: null, g: 'x' }, [[null, 'x']]],
    [
      { f: ['x', 'y', 'x'], g: 1 },
      [
        ['x', '1'],
        ['y', '1'],
      ],
    ],
    [
      { f: ['x', 'y'], g: [1, true] },
      [
        ['x', '1'],
        ['x', 'true'],
        ['y', '1'],
        ['y', 'true'],
      ],
    ],
    [{ f: { a: 1 }, g: [[]] }, [['{"a":1}', '[]']]],
  ])('%j: %j', (fields, expected) => {
    expect(groups(fields, 'f', 'g')).toEqual({ groups: expected, isCut: false });
  });

  it('without group-by are one', () => {
    expect(groups({ f: ['x', 'y'] })).toEqual({ groups: [[]], isCut: false });
  });

  it('are sixteen at most', () => {
    expect(groups({ f: numbered(16) }, 'f')).toEqual({ groups: numbered(16).map((one) => [one]), isCut: false });
    expect(groups({ f: numbered(17) }, 'f')).toEqual({ groups: numbered(16).map((one) => [one]), isCut: true });
    expect(groups({ f: numbered(4), g: numbered(4) }, 'f', 'g')).toMatchObject({ isCut: false });
    const cut = groups({ f: numbered(9), g: numbered(2) }, 'f', 'g');
    expect([cut.groups.length, cut.isCut]).toEqual([16, true]);
    // Cut by the first field, whatever comes behind.
    expect(groups({ f: numbered(17), g: 'x' }, 'f', 'g')).toMatchObject({ isCut: true });
  });

  it('shorten what is longer than 256, and keep it apart', () => {
    const group = (text: string) => groups({ f: text }, 'f').groups[0]?.[0] ?? '';
    expect(group('x'.repeat(256))).toBe('x'.repeat(256));
    expect(group('x'.repeat(257))).toMatch(/^x{256}…[0-9a-f]{16}$/);
    expect(group('x'.repeat(258))).not.toBe(group('x'.repeat(257)));
  });
});

describe('values that an event counts for', () => {
  it.each([
    [{ f: 'x' }, ['f'], ['x']],
    [{ f: ['x', null, 'y', 'x'] }, ['f'], ['x', 'y']],
    [{ f: null }, ['f'], []],
    [{}, ['f'], []],
    [{ f: 'x', g: null }, ['f', 'g'], []],
    [{ f: '' }, ['f'], ['']],
    [{ f: ['x', 'y'], g: 1 }, ['f', 'g'], ['["x","1"]', '["y","1"]']],
    [{ f: 'sixteen units !!' }, ['f'], ['sixteen units !!']],
  ])('%j by %j: %j', (fields, names, expected) => {
    const { values: found, isCut } = values(fields, ...names);
    const plain = found.map((one) => (one.startsWith('#') ? 'hash' : one));
    const written = expected.map((one) => (/^[ !$-[\]-~]{0,16}$/.test(one) ? one : 'hash'));
    expect([plain, isCut]).toEqual([written, false]);
  });

  it.each(['seventeen units !!', '#1', 'a"b', 'a\\b', 'é', 'line\n', '\nline'])('%j is kept as a hash', (text) => {
    const [found] = values({ f: text }, 'f').values;
    expect(found).toMatch(/^#[0-9a-f]{20}$/);
    expect(values({ f: `${text}x` }, 'f').values[0]).not.toBe(found);
  });

  it('are sixty-four at most', () => {
    expect(values({ f: numbered(64) }, 'f')).toEqual({ values: numbered(64), isCut: false });
    expect(values({ f: numbered(65) }, 'f')).toEqual({ values: numbered(64), isCut: true });
  });
});

describe('numbers of an event', () => {
  const numbers = (value: unknown) => numbersOf(occurrence('a', 0, { f: value }), 'f');

  it.each([
    [5, [5]],
    ['5', [5]],
    ['-1.5', [-1.5]],
    ['five', []],
    [null, []],
    [
      [1, 'x', '2', true],
      [1, 2],
    ],
    [Number.POSITIVE_INFINITY, []],
    [undefined, []],
  ])('%j: %j', (value, expected) => {
    expect(numbers(value)).toEqual({ values: expected, isCut: false });
  });

  it('are sixty-four at most, without what is none', () => {
    const many = Array.from({ length: 65 }, (_, index) => index);
    expect(numbers([...many.slice(1), 'x'])).toEqual({ values: many.slice(1), isCut: false });
    expect(numbers(many)).toEqual({ values: many.slice(0, 64), isCut: true });
  });
});
