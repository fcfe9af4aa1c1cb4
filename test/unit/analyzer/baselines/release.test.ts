import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../../analyzer/baselines/feature.ts';
import { features } from '../../../../analyzer/baselines/features/index.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;

/** A workload that calls one place each hour, with a new version each week, at its beginning; `news` are told of meanwhile. */
function living(weeks: number, news: readonly ReturnType<typeof call>[] = []) {
  const play = createPlay({
    rules: ruleSet([]),
    baselines: { ...quickBaselines, minimumHours: 24, minimumObservations: 50, newProbability: 0.05 },
  });
  const usual = Array.from({ length: weeks * 7 * 24 }, (_, nth) => call(1 + nth * hour, '192.0.2.1'));
  const told = findings(play.batch([...usual, ...news].sort((a, b) => a.at - b.at)));
  return {
    told: told.filter(({ digest }) => digest !== true),
    shows: (at: number, ip: string, scope = 'public', version = Math.floor(at / week)) =>
      findings(play.batch([call(at, '192.0.2.1', 'public', version), call(at + 1, ip, scope, version)])).filter(
        ({ digest }) => digest !== true,
      ),
  };
}

const call = (at: number, ip: string, scope = 'public', version = Math.floor(at / week)) =>
  egress('c1', at, { ip, port: 443, scope }, { age: 1_000, image: `sha256:${version}` });

describe('what a new version brings', () => {
  it('is low on its first day, where no release was seen before: a quiet week says nothing about releases', () => {
    const [first] = living(1).shows(week + hour, '198.51.100.1');
    expect(first?.severity).toBe('low');
    expect(first?.observation).not.toHaveProperty('deviation.expected_per_week');
  });

  it('is medium later, from an older version, and where there is no new version', () => {
    const severities = [
      living(1).shows(week + 25 * hour, '198.51.100.1', 'public', 0),
      living(1).shows(week + hour, '198.51.100.1', 'public', 0),
      living(2).shows(2 * week - 5 * day, '198.51.100.1'),
    ].map((told) => told.map(({ severity }) => severity));
    expect(severities).toEqual([['medium'], ['medium'], ['medium']]);
  });

  it('is medium where the releases before brought nothing, and the less rare the more of them brought something', () => {
    const [quiet] = living(4).shows(4 * week + hour, '198.51.100.9');
    // Half a one in the latter half of four weeks; of three releases half a one, four in four weeks, is less.
    expect(quiet).toMatchObject({ severity: 'medium', observation: { 'deviation.expected_per_week': 0.25 } });
    const busy = living(
      4,
      [1, 2].map((nth) => call(nth * week + 2 * hour, `198.51.100.${nth}`)),
    );
    expect(busy.told.map(({ severity }) => severity)).toEqual(['low', expect.any(String)]);
    const [often] = busy.shows(4 * week + hour, '198.51.100.9');
    expect(often?.observation['deviation.expected_per_week']).toBeCloseTo((2.5 / 3) * (4 / 4), 2);
  });

  it('is not a neighbour: that is medium from the first release on', () => {
    expect(living(2).shows(2 * week + hour, '172.18.0.9', 'private')).toMatchObject([{ severity: 'medium' }]);
    const one = living(1);
    expect(one.shows(week + hour, '172.18.0.9', 'private')).toMatchObject([{ severity: 'medium' }]);
  });
});

describe('what a version may bring', () => {
  const of = (name: string) => features.find((feature) => feature.name === name) as Feature;
  const item = (stratum?: string) => ({ key: 'k', text: 't', fields: {}, ...(stratum && { stratum }) });

  it('is what is usual of programs, names and places outside; nothing of what people do, of rights or of configuration', () => {
    expect(
      features
        .filter(({ brings }) => brings !== undefined)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['dns-names', 'egress-destinations', 'processes']);
    expect(of('processes').brings?.(item('added capabilities'))).toBe(false);
    expect(of('processes').brings?.(item('usual'))).toBe(true);
    expect(
      ['addresses', 'names', 'neighbour', 'own networks'].map((one) => of('egress-destinations').brings?.(item(one))),
    ).toEqual([true, true, false, false]);
  });
});
