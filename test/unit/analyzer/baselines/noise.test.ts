import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asRareAs,
  type Excursion,
  rarityOf,
  withExcursion,
  withoutLast,
} from '../../../../analyzer/baselines/noise.ts';
import { expectedPerWeek } from '../../../../analyzer/baselines/surprise.ts';
import type { StoredItem } from '../../../../shared/baseline-state.ts';
import { poissonAbove, poissonInterval } from '../../../support/poisson.ts';
import { random } from '../../../support/random.ts';

const day = 24 * 3_600_000;
const week = 7 * day;
/** As many of medium a week are asked for, if nothing else is said. */
const one = 1;

const shown = (at: number): StoredItem => ({
  host: 'h',
  workload: 'w',
  feature: 'f',
  text: 't',
  lineage: 'l',
  steady: { as: 'learned', count: 1, first: at, last: at, slots: 1 },
});

interface Life {
  /** How often a week each feature shows something new. */
  readonly rates: readonly number[];
  readonly seed: number;
  readonly weeks: number;
  readonly wanted?: number;
}

/** What was medium, by its week: of each feature by itself, and among all of the workload. */
interface Told {
  readonly alone: readonly number[];
  readonly among: readonly number[];
}

/** The life of a workload whose features show new things by themselves, none twice and none approved; the first week is learned. */
function lived({ rates, seed, weeks, wanted = one }: Life): Told {
  const next = random(seed);
  const wait = (rate: number): number => -Math.log(1 - next()) * (week / rate);
  const news = rates.flatMap((rate, feature) => {
    const times: (readonly [at: number, feature: number])[] = [];
    for (let at = wait(rate); at < weeks * week; at += wait(rate)) times.push([at, feature]);
    return times;
  });
  const items: StoredItem[][] = rates.map(() => []);
  const told = { alone: Array<number>(weeks).fill(0), among: Array<number>(weeks).fill(0) };
  let excursions: readonly Excursion[] = [];
  for (const [now, feature] of news.toSorted(([a], [b]) => a - b)) {
    const known = items[feature] ?? [];
    if (now < week) {
      known.push(shown(now));
      continue;
    }
    const progress = { once: known.length, first: 0 };
    const own = { ...shown(now), told: now };
    known.push(own);
    const perWeek = expectedPerWeek({ items: known, phase: 'steady', progress, own, now });
    if (perWeek > wanted) continue;
    const nth = Math.floor(now / week);
    told.alone[nth] = (told.alone[nth] ?? 0) + 1;
    const rarity = rarityOf(perWeek, now);
    const isMedium = medium(excursions, rarity, now, wanted);
    if (isMedium) told.among[nth] = (told.among[nth] ?? 0) + 1;
    excursions = withExcursion(excursions, excursion(rarity, now, isMedium));
  }
  return told;
}

const excursion = (rarity: number, at: number, isTold = false, of = 'f/k'): Excursion =>
  isTold ? [rarity, at, of, 'told'] : [rarity, at, of];

function medium(excursions: readonly Excursion[], rarity: number, now: number, wanted = one): boolean {
  const { count, perWeek } = asRareAs(excursions, { rarity, first: 0, now });
  return count === 0 || perWeek <= wanted;
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
const many = (count: number, rate: number): readonly number[] => Array.from({ length: count }, () => rate);

/** So many lives, and of each the weeks from the fourth on, when three weeks were told. */
const lives = 40;
const [from, weeks] = [4, 26];
const lifetimes = (rates: readonly number[], wanted = one): Told => {
  const all = Array.from({ length: lives }, (_, nth) => lived({ rates, seed: nth + 1, weeks, wanted }));
  return {
    alone: all.map(({ alone }) => sum(alone.slice(from))),
    among: all.map(({ among }) => sum(among.slice(from))),
  };
};

/**
 * What is at most medium, by calculation: of evidence of m weeks, at most k may be as rare, (k + ½)/m ≤ N. What is as rare as any other comes at random among
 * them, so that is (k + 1)/m a week at most; m is four, or between three and four where something was told within the week: 8/7 for one a week.
 */
const mostPerWeek = (wanted: number): number =>
  Math.max(
    ...Array.from({ length: 1_001 }, (_, nth) => 3 + nth / 1_000).map((m) => (Math.floor(wanted * m - 0.5) + 1) / m),
  );

describe('what is medium in a workload of many features, each of which is quiet', () => {
  it.each([
    ['twenty of which each shows something new once in ten weeks', many(20, 0.1), 1.5],
    ['twenty, each once in two weeks', many(20, 0.5), 5],
    ['forty, each once in four weeks', many(40, 0.25), 5],
    ['ninety, each once a year', many(90, 0.02), 1.4],
    ['of all kinds', [...many(20, 0.05), ...many(10, 0.2), ...many(5, 0.5), 5, 20], 3],
  ])('is about the one a week that is asked for: %s', (_, rates, least) => {
    const { alone, among } = lifetimes(rates);
    const time = lives * (weeks - from);
    // By the features alone it would be far more.
    expect(sum(alone)).toBeGreaterThan(least * time);
    const [, most] = poissonInterval(mostPerWeek(one) * time, 0.999);
    expect(sum(among)).toBeLessThanOrEqual(most);
    // Nor is it mute: the rarest of all stay medium.
    expect(sum(among)).toBeGreaterThan(time / 4);
  });

  it.each([0.5, 3])('is about %s a week where that is asked for', (wanted) => {
    const { alone, among } = lifetimes(many(20, 0.45), wanted);
    const time = lives * (weeks - from);
    const [, most] = poissonInterval(mostPerWeek(wanted) * time, 0.999);
    expect(sum(alone)).toBeGreaterThan(2 * wanted * time);
    expect(sum(among)).toBeLessThanOrEqual(most);
    expect(sum(among)).toBeGreaterThan((wanted / 4) * time);
  });

  it('is all there is where all features together are quiet', () => {
    const { alone, among } = lifetimes(many(5, 0.05));
    const perWeek = sum(alone) / lives / (weeks - from);
    // More than two before it in three weeks, or more than three in four, make one low.
    const low = poissonAbove(2, perWeek * 3) + poissonAbove(3, perWeek * 4);
    const [least] = poissonInterval(sum(alone) * (1 - low), 0.999);
    expect(perWeek).toBeLessThan(0.3);
    expect(sum(among)).toBeGreaterThanOrEqual(least);
  });
});

/** Noise of four weeks, some a day, none of it so rare as one that was expected twice in all the time. */
const noisy = (seed: number): readonly Excursion[] => {
  const next = random(seed);
  let excursions: readonly Excursion[] = [];
  for (let at = 2 * week; at < 6 * week; at += (-Math.log(1 - next()) * day) / 2) {
    const rarity = 2.2 + 10 * next();
    excursions = withExcursion(excursions, excursion(rarity, at, medium(excursions, rarity, at)));
  }
  return excursions;
};

describe('the steps of an intrusion in a noisy workload', () => {
  it('stay medium, all that are rarer than its noise, as long as they come within a week', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const next = random(1_000 + seed);
      let excursions = noisy(seed);
      expect(excursions.length).toBeGreaterThan(20);
      const steps = Array.from({ length: 10 }, (_, nth) => 6 * week + nth * 0.65 * day);
      steps.forEach((at) => {
        // The noise goes on.
        for (const before of [0.5, 0.3, 0.1].map((days) => at - days * day)) {
          const rarity = 2.2 + 10 * next();
          excursions = withExcursion(excursions, excursion(rarity, before, medium(excursions, rarity, before)));
        }
        const rarity = 1 + next();
        expect(medium(excursions, rarity, at)).toBe(true);
        excursions = withExcursion(excursions, excursion(rarity, at, true));
      });
    }
  });

  it('are low where they are no rarer than what comes all the time', () => {
    for (let seed = 1; seed <= 50; seed += 1) expect(medium(noisy(seed), 13, 6 * week)).toBe(false);
  });

  it('that stay low make nothing low that would not be so without them', () => {
    const times = fc.array(fc.tuple(fc.double({ min: 0.5, max: 8, noNaN: true }), fc.nat(28 * 24)), { maxLength: 40 });
    fc.assert(
      fc.property(times, fc.double({ min: 0.5, max: 8, noNaN: true }), fc.nat(6), (noise, rarity, later) => {
        let excursions: readonly Excursion[] = [];
        for (const [height, hours] of noise.toSorted(([, a], [, b]) => a - b)) {
          const at = 4 * week + hours * 3_600_000;
          excursions = withExcursion(excursions, excursion(height, at, medium(excursions, height, at)));
        }
        const now = 8 * week + 3_600_001;
        if (medium(excursions, rarity, now)) return;
        const after = withExcursion(excursions, excursion(rarity, now));
        const other = now + later * 3_600_000;
        const heights = [0.4, 1, 2, 4, 8, 16];
        // As of the same moment: what gets old meanwhile is another matter.
        if (later === 0)
          expect(heights.map((height) => medium(after, height, now))).toEqual(
            heights.map((height) => medium(excursions, height, now)),
          );
        else
          expect(
            heights.filter((height) => height < rarity / 1.02).map((height) => medium(after, height, other)),
          ).toEqual(
            heights.filter((height) => height < rarity / 1.02).map((height) => medium(excursions, height, other)),
          );
      }),
    );
  });
});

describe('what a workload shows that is as rare', () => {
  const now = 10 * week;
  const expected = (excursions: readonly Excursion[], rarity = 1, first = 0) =>
    asRareAs(excursions, { rarity, first, now });

  it('is counted over four weeks, or as long as the workload is known', () => {
    const excursions = [excursion(1, now - 5 * week), excursion(1, now - 3 * week), excursion(1, now - day)];
    expect(expected(excursions)).toEqual({ count: 2, perWeek: 2.5 / 4 });
    expect(expected(excursions, 1, now - 2 * week)).toEqual({ count: 1, perWeek: 1.5 / 2 });
    expect(expected([], 1, now)).toEqual({ count: 0, perWeek: Number.POSITIVE_INFINITY });
  });

  it('is what is no less rare, whatever has been rounded', () => {
    const excursions = [1.2, 1.005, 0.3].map((rarity) => excursion(rarity, now - week));
    expect(expected(excursions).count).toBe(2);
    expect(expected(excursions, 0.2).count).toBe(0);
  });

  it('is not what was told within the week, nor what came after that', () => {
    const told = excursion(1, now - 3 * day, true);
    const after = excursion(1, now - day);
    const before = excursion(1, now - 2 * week, true);
    expect(expected([before, told, after])).toEqual({ count: 1, perWeek: 1.5 / (4 - 3 / 7) });
    expect(expected([before, after])).toEqual({ count: 2, perWeek: 2.5 / 4 });
  });
});

describe('how rare something is', () => {
  it('is how many of the kind were to be expected so far, so that the first of a kind is as rare whenever it comes', () => {
    const first = [1, 5, 20].map((weeks) => rarityOf(0.5 / weeks, weeks * week));
    expect(first).toEqual([0.5, 0.5, 0.5]);
    expect(rarityOf(1 / 3, 10 * week)).toBe(3.33);
    expect(rarityOf(0.001, -5)).toBe(0);
  });
});

describe('what is remembered', () => {
  it('are the rarest of four weeks, no more than 64', () => {
    let excursions: readonly Excursion[] = [];
    for (let nth = 0; nth < 100; nth += 1)
      excursions = withExcursion(excursions, excursion((nth % 50) + 1, nth * 3_600_000));
    expect(excursions).toHaveLength(64);
    expect(Math.max(...excursions.map(([rarity]) => rarity))).toBeLessThanOrEqual(36);
    expect(withExcursion(excursions, excursion(9, 6 * week))).toEqual([excursion(9, 6 * week)]);
  });

  it('is not what somebody approved: the last of that', () => {
    const excursions = [excursion(1, 1, true, 'cpu'), excursion(1, 2, true, 'f/1'), excursion(1, 3, true, 'cpu')];
    expect(withoutLast(excursions, 'cpu')).toEqual(excursions.slice(0, 2));
    expect(withoutLast(excursions, 'f/2')).toBe(excursions);
  });
});
