import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOfKeeping } from '../../../../../analyzer/baselines/quantities/hours.ts';
import { hourOfWeek } from '../../../../../analyzer/baselines/quantities/time.ts';
import type { PatternValue } from '../../../../../shared/quantity-state.ts';
import { exec } from '../../../../support/analyzer/observations.ts';
import { findings } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay } from '../../../../support/analyzer/quantities.ts';
import { random } from '../../../../support/random.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const monday = Date.UTC(2026, 5, 1);

/** One sighting a day, at these hours of the day. */
const onDays = (hours: readonly number[]): readonly PatternValue[] =>
  hours.map((hour, day) => [hourOfWeek(day * 24 + hour), 1, day, day]);

/** What is told of an exec on the tenth day at 3 a.m. after those, `hour` of the day by day from Monday on; none where there is none. */
function nightAfter(hours: readonly (number | undefined)[]) {
  const play = createQuantityPlay();
  const run = (at: number) => play.batch([exec('c1', at, ['psql'])]);
  hours.forEach((hour, day) => {
    if (hour !== undefined) expect(findings(run(monday + day * dayMs + hour * hourMs))).toEqual([]);
  });
  const told = findings(run(monday + 9 * dayMs + 3.3 * hourMs));
  return told.map(({ observation }) => observation['deviation.feature']);
}

describe('the chance that visits keep to a part of the day', () => {
  it('is that of points on a circle within one arc', () => {
    expect(chanceOfKeeping(onDays([10, 12, 13, 15]))).toBeCloseTo(4 * (6 / 24) ** 3, 10);
    expect(chanceOfKeeping(onDays([22, 23, 0, 1]))).toBeCloseTo(4 * (4 / 24) ** 3, 10);
    expect(chanceOfKeeping(onDays([0, 6, 12, 18]))).toBe(1);
  });

  it('says nothing of fewer than four days, however many sightings', () => {
    expect(chanceOfKeeping([])).toBe(1);
    expect(chanceOfKeeping(onDays([10, 10, 10]))).toBe(1);
    expect(chanceOfKeeping([['Mon 10:00 UTC', 40, 4, 4]])).toBe(1);
  });

  it('bounds how often days with visits at any hour keep to as small a part', () => {
    const next = random(7);
    for (const days of [4, 5, 7]) {
      let low = 0;
      for (let nth = 0; nth < 4_000; nth += 1) {
        const hours = Array.from({ length: days }, () => Math.floor(next() * 24));
        if (chanceOfKeeping(onDays(hours)) <= 0.05) low += 1;
      }
      expect(low / 4_000).toBeLessThan(0.055);
    }
  });

  it('does not depend on their order, nor on where the day begins', () => {
    const hours = fc.array(fc.integer({ min: 0, max: 23 }), { minLength: 4, maxLength: 20 });
    fc.assert(
      fc.property(hours, fc.integer({ min: 0, max: 23 }), (all, shift) => {
        const chance = chanceOfKeeping(onDays(all));
        expect(chanceOfKeeping(onDays(all.toReversed()))).toBeCloseTo(chance, 10);
        expect(chanceOfKeeping(onDays(all.map((hour) => (hour + shift) % 24)))).toBeCloseTo(chance, 10);
      }),
    );
  });
});

describe('an exec at 3 a.m. after a week', () => {
  it('is told where five days kept to the same part of the day, although the last of them is within the week', () => {
    expect(nightAfter([11, 13, 12, undefined, 15, 14])).toEqual(['exec-hours']);
  });

  it('is not told where few days are spread over the day, as nobody could know', () => {
    expect(nightAfter([9, undefined, 17, 9, 13])).toEqual([]);
  });

  it('is told where seven were seen before a week was over, and nothing since', () => {
    expect(nightAfter([9, 17, 9, 16, 10, 15, 11])).toEqual(['exec-hours']);
  });

  it('is not told where nobody watched for a week', () => {
    expect(nightAfter([...Array.from({ length: 4 }, () => undefined), 11, 13, 12, 11])).toEqual([]);
  });
});
