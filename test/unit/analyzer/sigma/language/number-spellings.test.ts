import { describe, expect, test } from 'vitest';
import { isMatch, refusal } from './rules.ts';

describe('another spelling of a number', () => {
  test.each([
    ['f', true],
    ['f|cased', true],
    ['f|contains', false],
    ['f|startswith', false],
    ['f|windash', false],
  ])('is the same under %s: %s', (field, expected) => {
    expect(isMatch(`sel: { ${field}: 1e20 }`, { f: '100000000000000000000' })).toBe(expected);
    expect(isMatch(`sel: { ${field}: 1e20 }`, { f: '1e20' })).toBe(true);
  });
});

describe('a part of a date', () => {
  test.each([
    ['hour', [false, true, false]],
    ['hour|gt', [false, false, true]],
    ['hour|gte', [false, true, true]],
    ['hour|lt', [true, false, false]],
    ['hour|lte', [true, true, false]],
  ])('f|%s: 5 at 4, 5 and 6: %j', (modifiers, expected) => {
    const at = (hour: number) => isMatch(`sel: { f|${modifiers}: 5 }`, { f: `2026-01-02T0${hour}:30:00Z` });
    expect([4, 5, 6].map(at)).toEqual(expected);
  });
});

test('base64offset takes two bytes', () => {
  expect(isMatch('sel: { f|base64offset|contains: ab }', { f: Buffer.from('xxabxx').toString('base64') })).toBe(true);
  expect(refusal('sel: { f|base64offset|contains: a }')).toBe('base64offset takes at least two bytes');
});
