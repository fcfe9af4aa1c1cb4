import { describe, expect, it } from 'vitest';
import {
  deniedPerWeek,
  expectedPerWeek,
  noveltiesPerWeek,
  severityOf,
} from '../../../../analyzer/baselines/surprise.ts';
import type { StoredItem } from '../../../../shared/baseline-state.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';
import { poissonAbove, poissonInterval } from '../../../support/poisson.ts';
import { random } from '../../../support/random.ts';

const none = () => 0;
const week = 7 * 24 * 3_600_000;

describe('novelties expected in a week', () => {
  it('are those seen once over the time watched, and half a one for what no time can exclude', () => {
    expect(noveltiesPerWeek({ once: 0, first: 0 }, week, none)).toBe(1);
    expect(noveltiesPerWeek({ once: 3, first: week }, 3 * week, none)).toBe(1.75);
    expect(noveltiesPerWeek({ once: 0, first: 5 }, 5, none)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are at least as many as came lately, where old things give way to new ones for good', () => {
    const asked: number[] = [];
    const news = (since: number): number => {
      asked.push(since);
      return 20;
    };
    expect(noveltiesPerWeek({ once: 0, first: 0 }, 4 * week, news)).toBe(10.25);
    expect(asked).toEqual([2 * week]);
  });

  it('are as many as come in the week after, but for how much rarer they become in it, in a workload that draws from many things', () => {
    const [before, after, runs] = [4_000, 1_000, 200];
    const rarest = 0.0005;
    let expected = 0;
    let came = 0;
    for (let seed = 1; seed <= runs; seed += 1) {
      const next = random(seed);
      const draw = (): number => Math.floor(1 / (next() + rarest));
      const counts = new Map<number, number>();
      const show = (): boolean => {
        const item = draw();
        const count = counts.get(item) ?? 0;
        counts.set(item, count + 1);
        return count === 0;
      };
      for (let sighting = 0; sighting < before; sighting += 1) show();
      const once = [...counts.values()].filter((count) => count === 1).length;
      expected += noveltiesPerWeek({ once, first: 0 }, 4 * week, none);
      for (let sighting = 0; sighting < after; sighting += 1) came += Number(show());
    }
    // The estimate is of the rate now; by what is drawn it is exactly so much more than that of the week, in which what was new becomes known.
    const chances = Array.from({ length: 2_000 }, (_, k) =>
      Math.max(0, Math.min(1, (k > 0 ? 1 / k : Infinity) - rarest) - Math.max(0, 1 / (k + 1) - rarest)),
    );
    const now = chances.reduce((sum, p) => sum + after * p * (1 - p) ** (before - 1), 0);
    const inWeek = chances.reduce((sum, p) => sum + (1 - p) ** before * (1 - (1 - p) ** after), 0);
    const falling = inWeek / (now + 0.125);
    expect(falling).toBeGreaterThan(0.9);
    // Both are counts, their errors are independent, and what they differ by is at most that of two Poisson variables.
    const [least] = poissonInterval(expected * falling, 0.999);
    const [, most] = poissonInterval(expected, 0.999);
    expect(came).toBeGreaterThanOrEqual(least);
    expect(came).toBeLessThanOrEqual(most);
  });
});

const told = (at: number): StoredItem => ({ ...learnedAt(at), told: at });
const learnedAt = (first: number): StoredItem => ({
  host: 'h',
  workload: 'w',
  feature: 'f',
  text: 't',
  lineage: 'l',
  steady: { as: 'learned', count: 1, first, last: first, slots: 1 },
});
const expectedOf = (items: readonly StoredItem[], now: number): number => {
  // The novelty is stored by then, and not counted yet.
  const own = told(now);
  const progress = { once: items.length, first: 0 };
  return expectedPerWeek({ items: [...items, own], phase: 'steady', progress, own, now });
};

describe('the first novelty after learning', () => {
  it('is expected as often as what was seen once says, all of it', () => {
    const options = { ...quickBaselines, minimumHours: 1, newProbability: 0.05 };
    const play = createPlay({ rules: ruleSet([]), baselines: options });
    const call = (at: number, port: number) => egress('c1', at, { ip: '192.0.2.1', port }, { age: 1_000 });
    const often = Array.from({ length: 400 }, (_, nth) => call(1 + (nth * 2 * week) / 400, 443));
    const once = [1, 2, 3, 4].map((port) => call(port, port));
    play.batch([...often, ...once].sort((a, b) => a.at - b.at));
    const [finding] = findings(play.batch([call(4 * week, 5)])).filter(({ digest }) => digest !== true);
    // (4 + ½) in four weeks; there was nothing new in their latter half.
    expect(finding).toMatchObject({ severity: 'low', observation: { 'deviation.expected_per_week': 1.125 } });
  });
});

describe('a novelty of one stratum', () => {
  const of = (stratum: string | undefined, count: number) =>
    Array.from(
      { length: count },
      (_, nth): StoredItem => ({ ...learnedAt(nth), ...(stratum === undefined ? {} : { stratum }) }),
    );
  const expected = (items: readonly StoredItem[], stratum?: string): number =>
    expectedPerWeek({
      items,
      phase: 'steady',
      progress: { once: items.length, first: 0 },
      own: undefined,
      stratum,
      now: 4 * week,
    });

  it('is as usual as those of its own are, whatever is new elsewhere', () => {
    const all = [...of('addresses', 40), ...of('neighbour', 1)];
    expect(expected(all, 'addresses')).toBe(40.5 / 4);
    expect(expected(all, 'neighbour')).toBe(1.5 / 4);
    // Half a one in the latter half of the time.
    expect(expected(all, 'own networks')).toBe(0.5 / 2);
    expect(expected(all)).toBe(41.5 / 4);
  });

  it('takes what was seen before there were strata for its own', () => {
    expect(expected([...of('addresses', 9), ...of(undefined, 3)], 'neighbour')).toBe(3.5 / 4);
  });

  it('makes a first connection to a neighbour medium in a workload that connects to something new all the time', () => {
    const options = { ...quickBaselines, minimumHours: 1, newProbability: 0.5 };
    const play = createPlay({ rules: ruleSet([]), baselines: options });
    const call = (at: number, ip: string, scope: string) => egress('c1', at, { ip, port: 443, scope }, { age: 1_000 });
    const again = Array.from({ length: 200 }, (_, nth) => call(1 + nth * (week / 100), '192.0.2.1', 'public'));
    const news = Array.from({ length: 40 }, (_, nth) => call(2 + nth * (week / 20), `198.51.100.${nth}`, 'public'));
    play.batch([...again, ...news].sort((a, b) => a.at - b.at));
    const [outside, inside] = findings(
      play.batch([call(2 * week, '203.0.113.1', 'public'), call(2 * week + 1, '172.18.0.9', 'private')]),
    ).filter(({ digest }) => digest !== true);
    expect(outside?.severity).toBe('low');
    expect(inside).toMatchObject({ severity: 'medium', observation: { 'deviation.expected_per_week': 0.5 } });
  });
});

describe('what siblings deny', () => {
  const seen = (slots: number): StoredItem => {
    const item = learnedAt(1);
    return { ...item, steady: { as: 'held', count: slots, first: 1, last: 1, slots } };
  };
  const expected = (denied: StoredItem, others: readonly StoredItem[], now: number): number =>
    deniedPerWeek(denied, {
      items: [denied, ...others],
      phase: 'steady',
      progress: { once: 0, first: 0 },
      now,
    });

  it('comes by chance as often as all that comes again and again might, over the time', () => {
    expect(expected(seen(11), [], week)).toBe(2 ** -10);
    expect(expected(seen(11), [seen(3), seen(40), seen(2), seen(1)], week / 2)).toBe((3 * 2 ** -10) / 0.5);
    expect(expected(seen(11), [], 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is so seldom in no time that one coin decides nothing', () => {
    expect(expected(seen(2), [], week / 7)).toBeGreaterThan(1);
  });
});

describe('what was told and nobody approved', () => {
  const quiet = Array.from({ length: 4 }, () => learnedAt(1));

  it('makes the steps of an intrusion that lasts no longer than a week neither more usual nor rarer', () => {
    const begin = 4 * week;
    const first = expectedOf(quiet, begin);
    const steps = [0, 0.1, 1.5, 3, 4, 6.9].map((days) => begin + (days * week) / 7);
    steps.forEach((at, nth) => {
      expect(expectedOf([...quiet, ...steps.slice(0, nth).map(told)], at)).toBe(first);
    });
  });

  it('counts from a week after, or once it is approved', () => {
    const begin = 4 * week;
    const [before, after] = [
      expectedOf(quiet, 6 * week),
      expectedOf([...quiet, ...Array<StoredItem>(9).fill(told(begin))], 6 * week),
    ];
    expect(after).toBeGreaterThan(before * 2);
    const { told: _told, ...approved } = told(begin);
    expect(expectedOf([...quiet, ...Array<StoredItem>(9).fill(approved)], begin + week / 7)).toBeGreaterThan(
      expectedOf([...quiet, ...Array<StoredItem>(9).fill(told(begin))], begin + week / 7),
    );
  });
});

/** Half a year of novelties that come by themselves, so many a week, none of them twice and none approved: how many were medium in its second half. */
function mediumIn(perWeek: number, seed: number): number {
  const next = random(seed);
  const items: StoredItem[] = [];
  let medium = 0;
  for (let at = 0; at < 26 * week; at += -Math.log(1 - next()) * (week / perWeek)) {
    if (at > (26 - weeks) * week) medium += Number(expectedOf(items, at) <= 1);
    items.push(at < 3 * week ? learnedAt(at) : told(at));
  }
  return medium;
}
const runs = 60;
const weeks = 13;

describe('novelties of medium', () => {
  it.each([0.25, 1, 2, 10])(
    'are at most the one a week that is asked for where %s a week come by themselves',
    (perWeek) => {
      let medium = 0;
      for (let seed = 1; seed <= runs; seed += 1) medium += mediumIn(perWeek, seed);
      const [, most] = poissonInterval(Math.min(perWeek, 1) * weeks * runs, 0.999);
      expect(medium).toBeLessThanOrEqual(most);
      if (perWeek > 0.5) return;
      // Where so few come, nearly all are medium: of twelve weeks at least, more than twelve (or in their latter half five) make one that is not.
      const low = poissonAbove(11, perWeek * 12) + poissonAbove(5, perWeek * 6);
      const [least] = poissonInterval(perWeek * (1 - low) * weeks * runs, 0.999);
      expect(medium).toBeGreaterThanOrEqual(least);
    },
  );
});

describe('the severity of a deviation', () => {
  it('is medium when such a one is expected at most so often', () => {
    expect(severityOf('low', { perWeek: 0.9, atMost: 1 })).toBe('medium');
    expect(severityOf('low', { perWeek: 1.1, atMost: 1 })).toBe('low');
    expect(severityOf('high', { perWeek: 0.9, atMost: 1 })).toBe('high');
  });
});
