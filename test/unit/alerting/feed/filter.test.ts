import { expect, test } from 'vitest';
import { type Filter, matches } from '../../../../alerting/feed/filter.ts';
import { update } from '../updates.ts';

const joined = update(1, {
  containers: [
    { id: 'id1', name: 'c1' },
    { id: 'child-id', name: 'child' },
  ],
  workloads: [
    { id: 'w1', name: 'service-1' },
    { id: 'wj', name: 'jobs' },
  ],
});

test.each<[Filter, boolean]>([
  [{}, true],
  [{ container: 'c1' }, true],
  [{ container: 'id1' }, true],
  [{ container: 'child' }, true],
  [{ container: 'child-id' }, true],
  [{ container: 'other' }, false],
  [{ workload: 'service-1' }, true],
  [{ workload: 'jobs' }, true],
  [{ workload: 'wj' }, true],
  [{ workload: 'other' }, false],
  [{ workload: 'jobs', container: 'child', host: 'lab1', rule: 'MNT-01', minSeverity: 'high', status: 'open' }, true],
  [{ workload: 'jobs', status: 'closed' }, false],
])('an incident that others joined, asked for by %j: %s', (filter, expected) => {
  expect(matches(filter, joined)).toBe(expected);
});

test('an incident of one container, and of none', () => {
  expect(matches({ container: 'c2' }, update(2))).toBe(true);
  expect(matches({ container: 'child' }, update(2))).toBe(false);
  const bare = update(3, { container: undefined, workload: undefined });
  expect(matches({}, bare)).toBe(true);
  expect(matches({ container: 'c3' }, bare)).toBe(false);
  expect(matches({ workload: 'service-3' }, bare)).toBe(false);
});
