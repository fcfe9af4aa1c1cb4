import { expect, it } from 'vitest';
import { dropOldest } from '../../../collector/newest.ts';

it('of a map and of a set the oldest key goes, one at a time, and only where there are too many', () => {
  const map = new Map([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  expect(dropOldest(map, 3)).toBeUndefined();
  expect(dropOldest(map, 1)).toBe('a');
  expect([...map.keys()]).toEqual(['b', 'c']);
  map.delete('b');
  map.set('b', 4);
  expect(dropOldest(map, 1)).toBe('c');
  const set = new Set([7, 8]);
  expect(dropOldest(set, 1)).toBe(7);
  expect([...set]).toEqual([8]);
  expect(dropOldest(new Set<number>(), 0)).toBeUndefined();
});
