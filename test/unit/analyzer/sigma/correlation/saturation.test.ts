import { describe, expect, it } from 'vitest';
import type { GroupState, GroupStore } from '../../../../../analyzer/sigma/correlation/contract.ts';
import type { Inexact } from '../../../../../analyzer/sigma/correlation/correlator.ts';
import type { CorrelationSpec } from '../../../../../analyzer/sigma/correlation/spec.ts';
import { correlation, correlatorOf, type Fields, occurrence } from './correlations.ts';

const hour = 3_600_000;
const first = 1_700_000_000_000;

/** Runs events of one group, a second apart; gives when it fired, what is kept, and what was inexact. */
function flood(spec: Partial<CorrelationSpec>, count: number, fieldsOf: (index: number) => Fields = () => ({})) {
  const one = correlation({ rules: ['a', 'b', 'c'], timespanMs: 2 * hour, ...spec });
  let kept: GroupState | undefined;
  const store: GroupStore = {
    get: () => kept,
    set(_, state) {
      kept = state;
    },
    delete: () => undefined,
  };
  const notes = new Map<Inexact, number>();
  const onInexact = (_: unknown, why: Inexact) => void notes.set(why, (notes.get(why) ?? 0) + 1);
  const correlator = correlatorOf([one], { store, onInexact });
  const fired: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const rule = ['a', 'b', 'c'][index % 3] ?? 'a';
    const event = occurrence(rule, first + index * 1_000, fieldsOf(index));
    if (correlator.take([event], 'host').length > 0) fired.push(index);
  }
  return {
    fired,
    notes: Object.fromEntries(notes),
    length: kept?.times.length ?? 0,
    json: JSON.stringify(kept).length,
  };
}

describe('a flood into one group', () => {
  // The longest texts that their values can have.
  const number = (index: number) => ({ n: (-1e-300 * (1 + index / 7)) / 3 });
  const text = (index: number) => ({ n: `\u0000"\\💥${index}${'x'.repeat(500)}` });

  it.each([
    ['event_count', 1_000_000, {}],
    ['value_count', 1_000_000, { fields: ['n'] }],
    ['temporal', 4, {}],
    ['temporal_ordered', 4, {}],
    ['value_sum', 1e9, { fields: ['n'] }],
    ['value_avg', 1e9, { fields: ['n'] }],
    ['value_percentile', 1e9, { fields: ['n'], percentile: 99 }],
    ['value_median', 1e9, { fields: ['n'] }],
  ] as const)('of %s keeps less than 60 KiB', (type, threshold, more) => {
    const of = type === 'value_count' ? text : number;
    const { fired, json } = flood({ type, bounds: [{ op: 'gte', number: threshold }], ...more }, 4_000, of);
    expect(fired).toEqual([]);
    expect(json).toBeLessThan(60 * 1_024);
  });

  it('keeps no more than decides the condition, and is exact', () => {
    const few = flood({ bounds: [{ op: 'gte', number: 3 }] }, 4_000);
    expect(few).toMatchObject({ fired: [2], notes: {}, length: 67 });
    const many = flood({ bounds: [{ op: 'eq', number: 1_400 }] }, 4_000);
    expect(many).toMatchObject({ fired: [1_399], notes: {} });
    const values = flood(
      { type: 'value_count', fields: ['n'], bounds: [{ op: 'gt', number: 900 }] },
      3_000,
      (index) => ({
        n: index % 1_000,
      }),
    );
    expect(values).toMatchObject({ fired: [900], notes: {} });
    const ordered = flood(
      { type: 'temporal_ordered', bounds: [{ op: 'gte', number: 3 }], rules: ['c', 'b', 'a'] },
      3_000,
    );
    expect(ordered).toMatchObject({ fired: [6], notes: {} });
  });

  it('beyond what is kept counts and sums go on, blurred at the border of the window, and say so', () => {
    const counts = flood({ bounds: [{ op: 'gte', number: 5_000 }] }, 6_000);
    expect(counts.fired).toEqual([4_999]);
    expect(counts.notes.saturated).toBeGreaterThan(0);
    const sums = flood({ type: 'value_sum', fields: ['n'], bounds: [{ op: 'gte', number: 10_000 }] }, 6_000, () => ({
      n: 2,
    }));
    expect(sums.fired).toEqual([4_999]);

    // A window of 4,000 s over an event a second holds 4,001 of them for ever: 4,100 are never there, 3,900 are.
    const window = { timespanMs: 4_000_000 };
    expect(flood({ ...window, bounds: [{ op: 'gte', number: 4_100 }] }, 9_000).fired).toEqual([]);
    expect(flood({ ...window, bounds: [{ op: 'gte', number: 3_900 }] }, 9_000).fired).toEqual([3_899]);
  });

  it('beyond what is kept the newest numbers stand for all, and say so', () => {
    const rising = flood(
      { type: 'value_median', fields: ['n'], bounds: [{ op: 'gte', number: 5_000 }] },
      7_000,
      (index) => ({ n: index }),
    );
    // Half of at most 1,500 before the last.
    expect(rising.fired[0]).toBeGreaterThan(5_000);
    expect(rising.fired[0]).toBeLessThan(5_760);
    expect(rising.notes.saturated).toBeGreaterThan(0);
  });

  it('of values beyond what is kept says that it cannot count so far', () => {
    const values = flood(
      { type: 'value_count', fields: ['n'], bounds: [{ op: 'gte', number: 2_000 }] },
      4_000,
      (n) => ({ n }),
    );
    expect(values.fired).toEqual([]);
    expect(values.notes.saturated).toBeGreaterThan(0);
  });

  it('of lists takes what there is room for', () => {
    const numbers = Array.from({ length: 100_000 }, () => 1);
    const lists = flood({ type: 'value_sum', fields: ['n'], bounds: [{ op: 'gte', number: 128 }] }, 2, () => ({
      n: numbers,
    }));
    expect(lists).toMatchObject({ fired: [1], notes: { cut: 2 } });
  });
});
