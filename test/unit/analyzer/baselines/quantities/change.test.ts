import { describe, expect, it } from 'vitest';
import { advanced, type Chart, isChange } from '../../../../../analyzer/baselines/quantities/change.ts';

const minute = 60_000;
const reading = { reference: 10, floor: 5, allowance: Math.log(1.5), minutes: 1 };

/** Three minutes far above the reference and three far below, in turns: the sum is one to four. */
function pausing(minutes: number): Chart | undefined {
  let after = advanced(undefined, { ...reading, at: minute, value: 95 });
  for (let nth = 0; nth < minutes - 1; nth += 1)
    after = advanced(after, { ...reading, at: (nth + 2) * minute, value: nth % 6 < 3 ? 95 : 0 });
  return after;
}

describe('a chart between zero and the threshold', () => {
  it('is a change after two hours, not before', () => {
    expect(pausing(119)?.sum).toBeLessThan(5);
    expect(isChange(pausing(119), 119 * minute)).toBe(false);
    expect(isChange(pausing(120), 120 * minute)).toBe(true);
  });

  it('begins anew after two hours when its level is usual by then', () => {
    const at = 120 * minute;
    const later = { ...reading, reference: 60, at, value: 85 };
    expect(advanced(pausing(118), { ...later, at: at - minute })).toBeDefined();
    expect(advanced(pausing(119), later)).toBeUndefined();
  });

  it('that is far above the reference by now is not given up', () => {
    const chart: Chart = { sum: 4.5, since: 0, minutes: 120, area: 120 * 50 };
    const after = advanced(chart, { ...reading, reference: 60, at: 121 * minute, value: 300 });
    expect(isChange(after, 121 * minute)).toBe(true);
  });
});
