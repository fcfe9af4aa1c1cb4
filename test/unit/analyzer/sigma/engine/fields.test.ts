import { describe, expect, test } from 'vitest';
import { allValues, plainFields } from '../../../../../analyzer/sigma/fields.ts';

const absent = { present: false, values: [] };
const of = (...values: readonly unknown[]) => ({ present: true, values });

describe('a field of an event', () => {
  test.each([
    ['a', { a: 1 }, of(1)],
    ['a', { a: null }, of(null)],
    ['a', { a: [] }, of()],
    ['a', { a: [1, [2]] }, of(1, [2])],
    ['a', { a: undefined }, absent],
    ['a', {}, absent],
    ['a', null, absent],
    ['a', 'text', absent],
    ['length', 'text', absent],
    ['constructor', {}, absent],
    ['a.b', { a: { b: 1 } }, of(1)],
    ['a.b', { a: null }, absent],
    ['a.b', { a: [{ b: 1 }, 2, { b: [3, 4] }, {}] }, of(1, 3, 4)],
    ['a.b', { a: [{}, 2] }, absent],
    ['a.b', { 'a.b': 1, a: { b: 2 } }, of(1)],
    ['a.b.c', { a: { 'b.c': 1, b: { c: 2 } } }, of(1)],
    ['a.b.c', { 'a.b': { c: 1 } }, absent],
  ])('%s of %j', (name, event, expected) => {
    expect(plainFields(name)(event)).toEqual(expected);
  });

  test('is seen through 257 lists', () => {
    const within = (lists: number): unknown => {
      let value: unknown = { b: 1 };
      for (let list = 0; list < lists; list += 1) value = [value];
      return { a: value };
    };
    expect(plainFields('a.b')(within(257))).toEqual(of(1));
    expect(plainFields('a.b')(within(258))).toEqual(absent);
  });

  test('every value is one that keywords are looked for in', () => {
    expect(allValues({ a: 1, b: [null, 'x', { c: false, d: undefined }], e: [] })).toHaveLength(4);
    expect(new Set(allValues({ a: 1, b: [null, 'x', { c: false }] }))).toEqual(new Set([1, null, 'x', false]));
  });
});
