import { describe, expect, it } from 'vitest';
import { countMeasure } from '../../../../../analyzer/sigma/correlation/additive.ts';
import { advance, type WindowRule } from '../../../../../analyzer/sigma/correlation/advance.ts';
import type { GroupState } from '../../../../../analyzer/sigma/correlation/contract.ts';
import type { Measure } from '../../../../../analyzer/sigma/correlation/measure.ts';

const rule = (more: Partial<WindowRule> = {}): WindowRule => ({
  timespanMs: 100,
  latenessMs: 10_000,
  measure: countMeasure({ need: 10, keep: 10_000 }),
  holds: (value) => value >= 3,
  ...more,
});
const among =
  (...numbers: readonly number[]) =>
  (value: number): boolean =>
    numbers.includes(value);
const stateOf = (times: readonly number[], more: Partial<GroupState> = {}): GroupState => ({
  times,
  values: times.map(() => 1),
  open: false,
  ...more,
});
const taken = (window: WindowRule, state: GroupState, at: number) => advance(window, state, { at, added: [1] });
const firedIn = (...asked: Parameters<typeof taken>) => {
  const { fired } = taken(...asked);
  return fired && [fired.value, fired.from, fired.to];
};

describe('an event that comes late into a group', () => {
  it.each([
    ['completes a window that ends at it', rule(), [0, 10, 300], 20, [3, 0, 20]],
    ['completes one that ends behind it', rule(), [0, 20, 300], 10, [3, 0, 20]],
    ['completes none', rule(), [0, 300], 10, undefined],
    ['is in a row that was told', rule(), [0, 10, 20, 300], 15, undefined],
    [
      'parts a row that was told: what is true before it is false is new',
      rule({ holds: among(3, 5, 6) }),
      [0, 10, 30, 40, 50],
      20,
      [3, 0, 20],
    ],
    [
      'is at a moment of its own: what was true then, at no event, was not told',
      rule({ timespanMs: 15, holds: among(1, 2) }),
      [0, 4, 8, 60],
      20,
      [2, 8, 20],
    ],
    ['goes on with a row a timespan before it', rule({ holds: (value) => value >= 1 }), [0, 1_000], 100, undefined],
    [
      'begins a row more than a timespan behind one',
      rule({ holds: (value) => value >= 1 }),
      [0, 1_000],
      101,
      [1, 101, 101],
    ],
  ])('%s', (_, window, times, at, fired) => {
    const advanced = taken(window, stateOf(times), at);
    expect(firedIn(window, stateOf(times), at)).toEqual(fired);
    expect(advanced.state.times).toEqual([...times, at].sort((a, b) => a - b));
    expect(advanced.note).toBeUndefined();
  });

  it('says of windows that are not complete any more nothing', () => {
    expect(taken(rule(), stateOf([100, 130, 300], { exactFrom: 200 }), 120)).toEqual({
      state: { times: [100, 120, 130, 300], values: [1, 1, 1, 1], open: false, exactFrom: 200 },
    });
    expect(firedIn(rule(), stateOf([100, 130, 300], { exactFrom: 100 }), 120)).toEqual([3, 100, 130]);
  });

  it('takes windows that are not complete any more for told', () => {
    const state = (exactFrom: number) => stateOf([140, 150, 260], { exactFrom });
    expect(firedIn(rule(), state(160), 200)).toBeUndefined();
    expect(firedIn(rule(), state(150), 200)).toEqual([3, 140, 200]);
  });

  it('is taken up to the bound', () => {
    const window = rule({ latenessMs: 50 });
    expect(taken(window, stateOf([100]), 50).state.times).toEqual([50, 100]);
    expect(taken(window, stateOf([100]), 49)).toEqual({ state: stateOf([100]), note: 'late' });
  });

  it.each([
    [20, 22],
    [1_000, 33],
    [2_000, 17],
    [9_000, 17],
  ])('among %i others costs %i looks, the last of them at the newest window', (count, looks) => {
    let calls = 0;
    let furthest = 0;
    const measure: Measure = {
      limit: 100_000,
      of(_values, _from, to) {
        calls += 1;
        furthest = Math.max(furthest, to);
        return 0;
      },
      shrink: () => {
        throw new Error('there is room');
      },
    };
    const times = Array.from({ length: count }, (_, index) => index + 1);
    taken(rule({ measure, timespanMs: 10_000 }), stateOf(times), 0);
    expect([calls, furthest]).toEqual([looks, count + 1]);
  });
});

describe('a group that is full', () => {
  /** Keeps two, gives up one at a time; whether that was a loss, one after the other. */
  const keepsTwo = (exactFrom: number, ...losses: readonly boolean[]): WindowRule => {
    const next = [...losses];
    return rule({
      measure: {
        limit: 2,
        of: (_, from, to) => to - from,
        shrink: ({ times, values }) => ({
          times: times.slice(1),
          values: values.slice(1),
          exactFrom,
          isLossy: next.shift() ?? false,
        }),
      },
    });
  };

  it.each([
    ['in order', 60],
    ['late', 45],
  ])('says what was lost: %s', (_, at) => {
    const note = (...losses: readonly boolean[]) =>
      advance(keepsTwo(30, ...losses), stateOf([40, 50]), { at, added: [1, 1] }).note;
    expect(note(false, false)).toBeUndefined();
    expect([note(true, false), note(false, true), note(true, true)]).toEqual(['saturated', 'saturated', 'saturated']);
  });

  it('is exact from the latest time that one of its losses left', () => {
    const exactFrom = (before: Partial<GroupState>) =>
      taken(keepsTwo(300), stateOf([40, 50], before), 60).state.exactFrom;
    expect([exactFrom({}), exactFrom({ exactFrom: 500 }), exactFrom({ exactFrom: 200 })]).toEqual([300, 500, 300]);
    expect(taken(rule(), stateOf([40]), 60).state).toEqual({ times: [40, 60], values: [1, 1], open: false });
    expect(taken(rule(), stateOf([40], { exactFrom: 7 }), 60).state.exactFrom).toBe(7);
  });
});
