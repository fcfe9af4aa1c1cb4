import { expect, it } from 'vitest';
import { createCounters } from '../../../../shared/telemetry/counters.ts';

it('hidden matches are told apart by rule as far as there is room, and then by filter', () => {
  const counters = createCounters();
  const hide = (filter: string, rule: string): void => counters.count({ name: 'matchHidden', rule, filter });
  for (let i = 0; i < 3_000; i += 1) hide('any', `rule-${i}`);
  for (let i = 0; i < 500; i += 1) hide(`filter-${i}`, 'rule-1');
  hide('any', 'rule-1');
  hide('any', 'rule-2999');
  hide('filter-0', 'rule-7');
  const told = counters.read().map(({ value, attributes: { rule, filter } }) => ({ rule, filter, value }));
  expect(told.length).toBe(201);
  const sum = (of: (one: (typeof told)[number]) => boolean) =>
    told.filter(of).reduce((all, { value }) => all + value, 0);
  expect(sum(() => true)).toBe(3_503);
  expect(sum(({ filter }) => filter === 'any')).toBe(3_002);
  expect(told).toContainEqual({ rule: 'rule-1', filter: 'any', value: 2 });
  expect(told).toContainEqual({ rule: 'other', filter: 'any', value: 2_901 });
  expect(told).toContainEqual({ rule: 'other', filter: 'filter-0', value: 2 });
  expect(told).toContainEqual({ rule: 'other', filter: 'other', value: 401 });
});
