import { expect, it } from 'vitest';
import { createKeys } from '../../../../analyzer/baselines/keys.ts';
import { byKind } from '../../../../analyzer/baselines/kinds.ts';

it('keys are those that they are made of, whether they were asked for before or not', () => {
  let made = 0;
  const of = (...names: readonly string[]): string => {
    made += 1;
    return names.join('/');
  };
  const keys = createKeys(of, of);
  for (let time = 0; time < 2; time += 1) {
    expect(keys.of('h', 'w', 'f')).toBe('h/w/f');
    expect(keys.part('h', 'w', 'f', 'i')).toBe('h/w/f/i');
    expect(keys.within('h', 'w')('g')).toBe('h/w/g');
    expect(keys.of('h', 'w/f', '')).toBe('h/w/f/');
  }
  expect(made).toBe(4);
  for (let item = 0; item < 70_000; item += 1) keys.part('h', 'w', 'f', String(item));
  expect(keys.part('h', 'w', 'f', '69999')).toBe('h/w/f/69999');
  // All were forgotten on the way, and are made anew.
  const before = made;
  expect(keys.of('h', 'w/f', '')).toBe('h/w/f/');
  expect(made).toBe(before + 1);
});

it('only who learns from a kind is asked, in the order of the list', () => {
  const of = (name: string, ...kinds: readonly ('exec' | 'process')[]) => ({ name, rule: { kinds } });
  const all = [of('a', 'exec'), of('b', 'process'), of('c', 'process', 'exec')];
  expect(byKind<(typeof all)[number]>()(all, 'exec').map(({ name }) => name)).toEqual(['a', 'c']);
  expect(byKind<(typeof all)[number]>(({ name }) => name !== 'c')(all, 'process').map(({ name }) => name)).toEqual([
    'b',
  ]);
});
