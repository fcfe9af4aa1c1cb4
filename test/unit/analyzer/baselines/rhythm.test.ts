import { describe, expect, it } from 'vitest';
import { chanceOfEven, contactsOf, mostGaps } from '../../../../analyzer/baselines/rhythm/regular.ts';
import { createRhythms } from '../../../../analyzer/baselines/rhythm/store.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';
import { poissonInterval } from '../../../support/poisson.ts';
import { random } from '../../../support/random.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const evenness = (gaps: readonly number[]): number => {
  const all = gaps.reduce((sum, gap) => sum + gap, 0);
  return gaps.reduce((sum, gap) => sum + (gap / all) ** 2, 0);
};

describe('the chance that contacts that come by themselves lie so evenly', () => {
  it.each([3, 4, 5])('is what it is among many draws of %s gaps', (n) => {
    const next = random(n);
    const draws = 40_000;
    const drawn = Array.from({ length: draws }, () => Array.from({ length: n }, () => -Math.log(1 - next())));
    const even = Array.from({ length: n }, (_, nth) => 1 + (nth % 2) * 0.5);
    const p = chanceOfEven(even);
    const asEven = drawn.filter((gaps) => evenness(gaps) <= evenness(even)).length;
    const [least, most] = poissonInterval(draws * p, 0.999);
    expect(asEven).toBeGreaterThanOrEqual(least);
    expect(asEven).toBeLessThanOrEqual(most);
  });

  it('is nothing of gaps that are all alike, and 1 of too few or of no time', () => {
    expect(chanceOfEven([60, 60, 60, 60])).toBeCloseTo(0, 10);
    expect(chanceOfEven([60])).toBe(1);
    expect(chanceOfEven([0, 0])).toBe(1);
  });
});

describe('contacts are regular', () => {
  const jittered = (share: number, count: number, seed: number): number[] => {
    const next = random(seed);
    return Array.from({ length: count }, () => 120 * (1 - share * next()));
  };

  it('after nine with a jitter of a fifth, after seventeen with one of a half', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      expect(contactsOf(jittered(0.2, 9, seed))?.isRegular).toBe(true);
      expect(contactsOf(jittered(0.5, mostGaps, seed))?.isRegular).toBe(true);
    }
  });

  it('of what comes by itself hardly ever', () => {
    const next = random(7);
    let regular = 0;
    for (let turn = 0; turn < 20_000; turn += 1) {
      const gaps = Array.from({ length: mostGaps }, () => -Math.log(1 - next()) * 60);
      regular += Number(contactsOf(gaps)?.isRegular);
    }
    expect(regular).toBe(0);
  });

  it('not where they are too few', () => {
    expect(contactsOf(Array(7).fill(60))).toBeUndefined();
  });
});

const place = { ip: '203.0.113.9', port: 443, scope: 'public' };
const met = (at: number, ip = place.ip): Observation => egress('c1', at, { ...place, ip }, { age: 1_000 });
const item = { key: 'place', text: 'place', fields: {} };

describe('what is remembered of a rhythm', () => {
  const rhythms = () => createRhythms({ partition: 0, restored: new Map() });

  it('counts connections within ten seconds as one contact, and says how many and how often', () => {
    const store = rhythms();
    let last: ReturnType<typeof store.note>;
    for (let at = 0; at < 10; at += 1) {
      last = store.note(met(at * minute), item, at * minute) ?? last;
      expect(store.note(met(at * minute + 5_000), item, at * minute + 5_000)).toBeUndefined();
    }
    expect(last).toEqual({ isRegular: true, count: 10, everyS: 60 });
  });

  it('is of a bounded number of destinations for each container, and ends after a day without one', () => {
    const store = rhythms();
    for (let nth = 0; nth < 80; nth += 1) store.note(met(nth), { ...item, key: `${nth}` }, nth);
    const kept = store.table.takeChanges().filter(({ value }) => value !== null);
    expect(kept).toHaveLength(64);
    store.settle(day + 80);
    expect(store.table.takeChanges().filter(({ value }) => value !== null)).toEqual([]);
    expect(store.table.next()).toBeUndefined();
  });
});

describe('a destination that is met at regular intervals', () => {
  const options = { ...quickBaselines, minimumHours: 1, newProbability: 0.5 };
  const told = (play: ReturnType<typeof createPlay>, observations: readonly Observation[]) =>
    findings(play.batch([...observations].sort((a, b) => a.at - b.at))).filter(({ digest }) => digest !== true);
  /** A client of one place, and of another address each half an hour, for two weeks. */
  const busy = (from: number, days: number, seed: number): Observation[] => {
    const next = random(seed);
    const times = Array.from({ length: days * 24 * 6 }, () => from + Math.floor(next() * days * day));
    const others = Array.from({ length: days * 48 }, (_, nth) =>
      met(from + nth * 30 * minute, `198.51.${nth >> 8}.${nth & 255}`),
    );
    return [...times.map((at) => met(at)), ...others];
  };

  it('is medium where nothing was so before, although the destination is one of many new ones', () => {
    const play = createPlay({ rules: ruleSet([]), baselines: options });
    told(play, busy(1, 14, 3));
    play.restart();
    const from = 14 * day;
    const beacon = Array.from({ length: 12 }, (_, nth) =>
      met(from + nth * 2 * minute + (nth % 3) * 4_000, '192.0.2.66'),
    );
    const found = told(play, beacon).filter(({ observation }) => observation['deviation.feature'] === 'rhythms');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: 'medium', observation: { 'destination.ip': '192.0.2.66' } });
    expect(found[0]?.summary).toMatch(
      /^\S+ connected to 192\.0\.2\.66 port 443\/tcp at regular intervals \(\d+ times, every 2\.\d min\), which it never did before$/,
    );
  });

  it('is nothing new where it was learned so', () => {
    const play = createPlay({ rules: ruleSet([]), baselines: options });
    const polled = (from: number, days: number) =>
      Array.from({ length: days * 288 }, (_, nth) => met(from + nth * 5 * minute, '192.0.2.66'));
    told(play, [...busy(1, 3, 4), ...polled(1, 3)]);
    const found = told(play, polled(3 * day, 1)).filter(
      ({ observation }) => observation['deviation.feature'] === 'rhythms',
    );
    expect(found).toEqual([]);
  });

  it('is met by its name, whatever its addresses', () => {
    const play = createPlay({ rules: ruleSet([]), baselines: options });
    const named = (from: number, days: number, name?: string) =>
      Array.from({ length: days * 288 }, (_, nth) => {
        const at = from + nth * 5 * minute;
        const ip = `192.0.2.${(from + nth) % 251}`;
        return egress(
          'c1',
          at,
          { ip, port: 443, scope: 'public', ...(name === undefined ? {} : { domain: name }) },
          { age: 1_000 },
        );
      });
    told(play, [...busy(1, 3, 4), ...named(1, 3, 'feeds.example.com')]);
    const found = told(play, [
      ...named(3 * day, 1, 'feeds.example.com'),
      ...named(3 * day + minute, 1, 'beacon.evil.example'),
    ]);
    const regular = found.filter(({ observation }) => observation['deviation.feature'] === 'rhythms');
    expect(regular.map(({ observation }) => observation['deviation.item'])).toEqual([
      'beacon.evil.example port 443/tcp at regular intervals',
    ]);
    // By address none is met often enough to be regular.
    expect(
      told(play, named(5 * day, 1)).filter(({ observation }) => observation['deviation.feature'] === 'rhythms'),
    ).toEqual([]);
  });
});
