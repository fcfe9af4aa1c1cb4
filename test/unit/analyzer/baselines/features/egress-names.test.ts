import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import { egress } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines } from '../../../../support/analyzer/play.ts';

const hour = 3_600_000;
const later = { age: 1_000 };
const baselines = { ...quickBaselines, minimumHours: 10, minimumObservations: 20 };
const feature = 'egress-destinations';
const view = (play: Play) => describeBaselines(play.state).find((one) => one.feature === feature);
const texts = (play: Play) =>
  view(play)
    ?.items.map(({ text }) => text)
    .sort();

interface To {
  readonly ip: string;
  readonly domain?: string;
  readonly port?: number;
}
const connects = ({ ip, domain, port = 443 }: To, at: number) =>
  egress('c1', at, { ip, port, scope: 'public', ...(domain === undefined ? {} : { domain }) }, later);

/** A workload that has connected there for half a day, all of them each hour. */
function settled(destinations: (round: number) => readonly To[]): Play {
  const play = createPlay({ baselines });
  for (let round = 0; round < 20; round += 1)
    play.batch(destinations(round).map((to, at) => connects(to, round * hour + 1_000 + at)));
  expect(view(play)?.phases.steady.state).toBe('steady');
  return play;
}
/** What is told of connections `day` days later. */
const news = (play: Play, day: number, ...to: readonly To[]) =>
  findings(play.batch(to.map((one, at) => connects(one, (20 + 24 * day) * hour + at))))
    .filter(({ digest, rule }) => digest !== true && rule.title.startsWith('Connection to a destination'))
    .map(({ observation }) => observation['deviation.item']);

const address = (round: number): string => `203.0.113.${round}`;
const cdn = { domain: 'cdn.example.com' };
const rotating = (round: number): readonly To[] => [
  { ip: address(round), ...cdn },
  { ip: '198.51.100.1', domain: 'api.example.org' },
];

describe('a workload whose destinations have names', () => {
  it('has one item of a name, whatever its addresses', () => {
    const play = settled(rotating);
    expect(texts(play)).toEqual(['api.example.org port 443/tcp', 'cdn.example.com port 443/tcp']);
    expect(news(play, 0, { ip: address(77), ...cdn })).toEqual([]);
  });

  it('is told of another name, another port, and an address without its name', () => {
    const play = settled(rotating);
    expect(news(play, 0, { ip: address(1), domain: 'evil.example' })).toEqual(['evil.example port 443/tcp']);
    expect(news(play, 1, { ip: address(1), ...cdn, port: 22 })).toEqual(['cdn.example.com port 22/tcp']);
    expect(news(play, 2, { ip: address(1) })).toEqual([`${address(1)} port 443/tcp`]);
  });

  it('is told of one name of an owner a day', () => {
    const play = settled(rotating);
    const below = (label: string) => ({ ip: address(9), domain: `${label}.www.evil.example` });
    expect(news(play, 0, below('a'), below('b'))).toEqual(['a.www.evil.example port 443/tcp']);
    expect(news(play, 1, below('b'))).toEqual(['b.www.evil.example port 443/tcp']);
  });

  it('takes what changes in the names below one owner for one, with an example', () => {
    const folded = settled((round) => [{ ip: address(round), domain: `${16 + round}b2c3d4e5.pop.example.com` }]);
    expect(texts(folded)).toEqual(['<hex>.pop.example.com port 443/tcp']);
    expect(view(folded)?.items[0]?.example).toBe('16b2c3d4e5.pop.example.com port 443/tcp');
    expect(news(folded, 0, { ip: address(1), domain: 'f00dfeed42.pop.example.com' })).toEqual([]);
    expect(news(folded, 1, { ip: address(1), domain: 'f00dfeed42.evil.example.com' })).toHaveLength(1);
  });
});

describe('a workload that was learned by addresses', () => {
  const known = (round: number): readonly To[] => [{ ip: address(round % 4) }, { ip: '198.51.100.1' }];

  it('is told nothing once those addresses have names', () => {
    const play = settled(known);
    const before = texts(play);
    expect(news(play, 0, ...[0, 1, 2, 3].map((one) => ({ ip: address(one), domain: `n${one}.example.com` })))).toEqual(
      [],
    );
    expect(texts(play)).toEqual(before);
  });

  it('is told of a name at its first new address, once', () => {
    const play = settled(known);
    expect(news(play, 0, { ip: address(50), ...cdn })).toEqual(['cdn.example.com port 443/tcp']);
    expect(news(play, 1, { ip: address(51), ...cdn }, { ip: address(52), ...cdn })).toEqual([]);
  });

  it('does not learn a name from an address that is known: its owner may lead it anywhere', () => {
    const play = settled(known);
    expect(news(play, 0, { ip: address(1), domain: 'evil.example' })).toEqual([]);
    expect(news(play, 0, { ip: address(66), domain: 'evil.example' })).toEqual(['evil.example port 443/tcp']);
  });

  it('learns names as long as it learns', () => {
    const play = createPlay({ baselines });
    play.batch([connects({ ip: address(1) }, 0), connects({ ip: address(1), ...cdn }, 1)]);
    expect(texts(play)).toEqual([`${address(1)} port 443/tcp`, 'cdn.example.com port 443/tcp'].sort());
  });
});
