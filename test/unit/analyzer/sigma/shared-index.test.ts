import { expect, test } from 'vitest';
import type { Observation } from '../../../../shared/observation.ts';
import { execRule, joined, ruleSetOf } from './documents.ts';

const everywhere = execRule('any').replace(', category: exec', '');
const observed = (kind: string, command: string): Observation =>
  ({ kind, event: { source: 'monitor', action: 'other' }, exec: { command } }) as unknown as Observation;

test('log sources that reach the same rules have one index, and are counted together', () => {
  const set = ruleSetOf(joined(execRule('run'), everywhere));
  for (const kind of ['image', 'volume', 'image', 'exec'])
    expect([kind, set.match(observed(kind, 'any run')).map(({ rule }) => rule.title)]).toEqual([
      kind,
      kind === 'exec' ? ['run', 'any'] : ['any'],
    ]);
  expect([...set.stats()].map(([key, { entries, events, matches }]) => [key, entries, events, matches])).toEqual([
    ['image, volume', 1, 3, 3],
    ['exec', 2, 1, 2],
  ]);
});

test('an index that is there is not built again', () => {
  const set = ruleSetOf(joined(execRule('run'), everywhere));
  for (const _ of set.prepare());
  const sizes = [...set.stats().values()].map(({ entries }) => entries);
  expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 2]);
});
