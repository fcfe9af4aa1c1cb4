import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, contentHash, deriveId, type Json } from '../../../shared/hash.ts';

test('the order of keys and undefined members do not count, at any depth', () => {
  const one = { b: [{ d: 1, c: null }], a: 'x', e: undefined };
  const other = { a: 'x', b: [{ c: null, d: 1 }] };
  expect(canonicalJson(one)).toBe('{"a":"x","b":[{"c":null,"d":1}]}');
  expect(contentHash(one)).toBe(contentHash(other));
});

test('the order of a list counts', () => {
  expect(contentHash([1, 2])).not.toBe(contentHash([2, 1]));
});

test('canonical text is JSON of the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = canonicalJson(value as Json);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('ids are 32 hex digits, the same in every process and version', () => {
  expect(deriveId('workload', 'h', 1, null)).toBe(deriveId('workload', 'h', 1, undefined));
  expect(deriveId('a')).toBe('0eb5b8d6f81bc677da8a08567cc4fa9a');
  expect(contentHash({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
});

test('parts do not run into each other', () => {
  const ids = [deriveId('ab', 'c'), deriveId('a', 'bc'), deriveId('abc'), deriveId(['ab', 'c']), deriveId('ab,c')];
  expect(new Set(ids).size).toBe(ids.length);
});
