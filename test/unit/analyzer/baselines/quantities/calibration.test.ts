import { describe, expect, it } from 'vitest';
import {
  calibrated,
  withoutPeakAt,
  withPeak,
  withRise,
} from '../../../../../analyzer/baselines/quantities/calibration.ts';
import type { Peak } from '../../../../../shared/quantity-state.ts';
import { poissonAbove, poissonInterval } from '../../../../support/poisson.ts';
import { random } from '../../../../support/random.ts';

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;
const most = 60;
const threshold = 5;
/** So often half a year is simulated, and so many weeks of each are counted. */
const runs = 100;
const weeks = 13;

/** Half a year of excursions that come by themselves, so many a week, as long as chance has it: how many were medium in its second half. */
function mediumIn(perWeek: number, mean: number, seed: number): number {
  const next = random(seed);
  let peaks: readonly Peak[] = [];
  let medium = 0;
  for (let at = 0; at < 26 * week; at += -Math.log(1 - next()) * (week / perWeek)) {
    const score = threshold - Math.log(1 - next()) * mean;
    const verdict = calibrated({ score, most, peaks, first: 0, now: at }, 1);
    const isMedium = verdict.isTold && verdict.perWeek <= 1;
    if (at > (26 - weeks) * week) medium += Number(isMedium);
    peaks = withPeak(peaks, { score, most, at, isTold: isMedium });
  }
  return medium;
}

/**
 * How many a week are medium, by calculation. An excursion is medium when at most k of those that are evidence went as far: of m weeks, with (n + ½)/T ≤ 1.
 * That of the share s of excursions that go as far comes λs times a week, so n is Poisson with the mean λsm, and s is uniform:
 *
 *   λ ∫₀¹ P(n ≤ k) ds = (1/m) ∑ⱼ₌₀ᵏ P(Poisson(λm) > j),   all of them where λ is small, and never more than (k + 1)/m
 *
 * Evidence is that of 27 of 28 days (m = 27/7, k = 3), or, where something was told within the week, that of before, between 21 and 28 days, all of which count:
 * m from 3 on with k = 2, from 3.5 on with k = 3.
 */
function mediumPerWeek(perWeek: number): readonly [least: number, most: number] {
  const evidence = [
    { m: 3, k: 2 },
    { m: 3.499, k: 2 },
    { m: 3.5, k: 3 },
    { m: 27 / 7, k: 3 },
  ];
  const rates = evidence.map(
    ({ m, k }) => Array.from({ length: k + 1 }, (_, j) => poissonAbove(j, perWeek * m)).reduce((a, b) => a + b) / m,
  );
  return [Math.min(...rates), Math.max(...rates)];
}

describe('what a chart that rises often tells', () => {
  it.each([
    [0.3, 3],
    [2, 8],
    [10, 8],
    [30, 3],
  ])('%s a week are about the one a week that is asked for, or all where they are fewer', (perWeek, length) => {
    // What one is told makes the next like it no medium, so counts vary less than those of a Poisson process, and its interval holds all the more.
    const [fewest, mostOfWeek] = mediumPerWeek(perWeek);
    const [least] = poissonInterval(fewest * weeks * runs, 0.999);
    const [, most] = poissonInterval(mostOfWeek * weeks * runs, 0.999);
    let medium = 0;
    for (let seed = 1; seed <= runs; seed += 1) medium += mediumIn(perWeek, length, seed);
    expect(medium).toBeGreaterThanOrEqual(least);
    expect(medium).toBeLessThanOrEqual(most);
  });

  it('are never medium where one in eight weeks is asked for, or fewer: no more than four weeks are remembered', () => {
    const alone = { score: 6, most, peaks: [], first: 0, now: 52 * week };
    expect(calibrated(alone, 0.125).perWeek).toBe(0.125);
    expect(calibrated(alone, 0.12).perWeek).toBeGreaterThan(0.12);
  });
});

describe('an excursion', () => {
  const excursion = { score: 6, most, peaks: [], first: 0, now: 4 * day };

  it('that is the first in four days is expected less than once a week, the first in three is not', () => {
    expect(calibrated(excursion, 1)).toEqual({ perWeek: 0.875, isTold: true });
    const early = calibrated({ ...excursion, now: 3 * day }, 1);
    expect(early.perWeek).toBeGreaterThan(1);
    expect(early.isTold).toBe(true);
  });

  it('is told when it goes further than those before, of which those of the last day are none', () => {
    const peaks: readonly Peak[] = [1, 2, 3, 4, 5].map((nth): Peak => [6 + nth, nth * 24]);
    const now = 10 * day;
    expect(calibrated({ ...excursion, peaks, now }, 1).isTold).toBe(false);
    expect(calibrated({ ...excursion, peaks, now, score: 10.5 }, 1)).toEqual({
      perWeek: 1.5 / (10 / 7),
      isTold: false,
    });
    expect(calibrated({ ...excursion, peaks, now, score: 11.5 }, 1).isTold).toBe(true);
    const today = peaks.map(([score], nth): Peak => [score, 9.5 * 24 + nth]);
    expect(calibrated({ ...excursion, peaks: today, now }, 1).isTold).toBe(true);
  });

  describe('that was told and not approved', () => {
    const at = (days: number, height: number): Peak => [height, days * 24, 'told'];
    const now = 28 * day;

    it('makes one like it no more usual for a week: both are judged by what was known before', () => {
      const once = calibrated({ ...excursion, now: 20 * day }, 1);
      const burst = [20, 21, 22, 23, 24].map((days) => at(days, 20));
      expect(calibrated({ ...excursion, peaks: burst, now: 25 * day }, 1)).toEqual(once);
      expect(calibrated({ ...excursion, peaks: burst, now: 26.9 * day }, 1)).toEqual(once);
      const seldom = burst.map(([height, hour]): Peak => [height, hour]);
      expect(calibrated({ ...excursion, peaks: seldom, now: 25.9 * day }, 1).perWeek).toBeGreaterThan(1);
    });

    it('counts from a week on, as what nobody minds', () => {
      const before = [10, 11, 12, 13].map((days) => at(days, 20));
      expect(calibrated({ ...excursion, peaks: before, now }, 1)).toEqual({ perWeek: 4.5 / 4, isTold: false });
    });

    it('counts at once when there are more than seven of a week: nobody is told of a habit for a week', () => {
      const week = Array.from({ length: 7 }, (_, nth) => at(22 + nth / 3, 20));
      expect(calibrated({ ...excursion, peaks: week, now }, 1).isTold).toBe(true);
      expect(calibrated({ ...excursion, peaks: [...week, at(25, 20)], now }, 1)).toEqual({
        perWeek: 8.5 / 4,
        isTold: false,
      });
    });

    it('every night is told nine nights: two are evidence by then, and seven are not', () => {
      let peaks: readonly Peak[] = [];
      const told = Array.from({ length: 30 }, (_, night) => {
        const verdict = calibrated({ ...excursion, score: 20, peaks, now: (28 + night) * day }, 1);
        peaks = withPeak(peaks, { score: 20, most, at: (28 + night) * day, isTold: verdict.perWeek <= 1 });
        return verdict.isTold;
      });
      expect(told.flatMap((isTold, night) => (isTold ? [night] : []))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });

  it('above all scores that are told apart is told whatever was before, as what it is', () => {
    const peaks: readonly Peak[] = [1, 2, 3, 4, 5].map((nth): Peak => [most, nth * 24]);
    const verdict = calibrated({ ...excursion, peaks, now: 10 * day, score: most + 1 }, 1);
    expect(verdict.isTold).toBe(true);
    expect(verdict.perWeek).toBeGreaterThan(1);
  });

  it('of a month ago counts no more', () => {
    const peaks: readonly Peak[] = [1, 2, 3, 4, 5].map((nth): Peak => [20, nth * 24]);
    expect(calibrated({ ...excursion, peaks, now: 40 * day }, 1)).toEqual({ perWeek: 0.125, isTold: true });
  });
});

describe('what is remembered', () => {
  it('is the highest sixteen of a month, one for what came within an hour of another', () => {
    let peaks: readonly Peak[] = [];
    for (let nth = 0; nth < 40; nth += 1) peaks = withPeak(peaks, { score: 5 + nth, most, at: nth * 6 * hour });
    expect(peaks).toHaveLength(16);
    expect(Math.min(...peaks.map(([score]) => score))).toBe(29);
    const after = withPeak(peaks, { score: 50, most, at: 39 * 6 * hour + hour });
    expect(after).toHaveLength(16);
    expect(Math.max(...after.map(([score]) => score))).toBe(50);
    expect(withPeak(after, { score: 70, most, at: 60 * day })).toEqual([[most, 60 * 24]]);
  });

  it('grows with what was told and went on, and is forgotten with what was approved', () => {
    const peaks: readonly Peak[] = [
      [5, 10],
      [7, 90],
    ];
    expect(withRise(peaks, 10 * hour + 5, 20, most)).toEqual([
      [25, 10],
      [7, 90],
    ]);
    expect(withRise(peaks, 90 * hour, 200, most)[1]).toEqual([most, 90]);
    expect(withoutPeakAt(peaks, 90 * hour + 1)).toEqual([[5, 10]]);
  });

  it('as told keeps its hour, so that it is found when somebody decides', () => {
    const told = withPeak([], { score: 5, most, at: 10 * hour, isTold: true });
    expect(told).toEqual([[5, 10, 'told']]);
    const higher = withPeak(told, { score: 9, most, at: 11 * hour });
    expect(higher).toEqual([[9, 10, 'told']]);
    expect(withRise(higher, 10 * hour, 1, most)).toEqual([[10, 10, 'told']]);
    expect(withoutPeakAt(higher, 10 * hour)).toEqual([]);
    const later = withPeak([[9, 10]], { score: 5, most, at: 11 * hour, isTold: true });
    expect(later).toEqual([[9, 10, 'told']]);
  });
});
