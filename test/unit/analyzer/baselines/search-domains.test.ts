import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searchDomains, withoutDomain } from '../../../../analyzer/baselines/search-domains.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { asked, exec } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines, told } from '../../../support/analyzer/play.ts';

const neighbours = ['cache', 'db', 'web'];
const below = (domain: string, names: readonly string[] = neighbours) => names.map((name) => `${name}.${domain}`);

describe('search domains', () => {
  it('are what three names are known with and without', () => {
    expect(searchDomains([...neighbours, ...below('corp.example')])).toEqual(['corp.example']);
    expect(searchDomains([...neighbours, ...below('corp.example').slice(1)])).toEqual([]);
    expect(searchDomains([...neighbours, ...below('b.example'), ...below('a.example')])).toEqual([
      'a.example',
      'b.example',
    ]);
    const far = ['api.example.com', 'www.example.org', 'db'];
    expect(searchDomains([...far, ...below('corp.example', far)])).toEqual(['corp.example']);
  });

  it('of one label are those that nobody else has a name below', () => {
    expect(searchDomains([...neighbours, ...below('lan')])).toEqual(['lan']);
    expect(searchDomains([...neighbours, ...below('com')])).toEqual([]);
  });

  it('are none where names only have an owner in common', () => {
    expect(
      searchDomains(['example.com', 'a.example.com', 'b.example.com', 'c.example.com', 'x.a.example.com']),
    ).toEqual([]);
  });

  it('do not depend on the order of the names', () => {
    const names = [...neighbours, ...below('lan'), ...below('corp.example'), 'example.com', 'www.example.com'];
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (shuffled) => {
        expect(searchDomains(shuffled)).toEqual(['corp.example', 'lan']);
      }),
    );
  });

  it('are cut off, the longest first, and never all of a name', () => {
    expect(withoutDomain('db.eu.corp.example', ['corp.example', 'eu.corp.example'])).toBe('db');
    expect(withoutDomain('db.eu.corp.example', ['corp.example'])).toBe('db.eu');
    expect(withoutDomain('corp.example', ['corp.example'])).toBeUndefined();
    expect(withoutDomain('db.notcorp.example', ['corp.example'])).toBeUndefined();
  });
});

describe('a workload whose resolver has search domains', () => {
  const hour = 3_600_000;
  const later = { age: 1_000 };
  const baselines = { ...quickBaselines, minimumHours: 10, minimumObservations: 20 };
  const feature = 'dns-names';
  const view = (play: Play) => describeBaselines(play.state).find((one) => one.feature === feature);
  const texts = (play: Play) =>
    view(play)
      ?.items.map(({ text }) => text)
      .sort();

  /** What the C library asks for when a program asks for a name of one label. */
  const expanded = (name: string): readonly string[] => [`${name}.eu.corp.example`, `${name}.corp.example`, name];

  function asking(names: readonly string[], { rounds = 12, privileged = false } = {}): Play {
    const play = createPlay({ baselines });
    for (let round = 0; round < rounds; round += 1) {
      const at = round * hour;
      if (privileged) play.batch([exec('c1', at, ['sh'], { ...later, privileged })]);
      const all = names.flatMap(expanded);
      play.batch(all.map((name, index) => asked('c1', at + 1_000 + index, name, 'A', later)));
    }
    return play;
  }
  const asks = (play: Play, ...names: readonly string[]) =>
    told(play.batch(names.map((name, index) => asked('c1', 20 * hour + index, name, 'A', later)))).filter(
      (one) => !one.includes('digest'),
    );

  it('has one item for each name once three were seen', () => {
    const play = asking(['cache', 'db', 'web', 'mail', 'queue', 'search']);
    const three = ['cache', 'db', 'web'].flatMap(expanded);
    expect(texts(play)).toEqual([...three, 'mail', 'queue', 'search'].sort());
    expect(view(play)?.phases.steady.state).toBe('steady');
    play.restart();
    expect(asks(play, ...expanded('mail'), ...expanded('web'), 'mail.corp.example')).toEqual([]);
  });

  it('is told of a new name once, whatever it is expanded to', () => {
    const play = asking(['cache', 'db', 'web', 'mail']);
    const names = expanded('evil');
    const records = play.batch(names.map((name, index) => asked('c1', 20 * hour + index, name, 'A', later)));
    const found = findings(records).filter(({ digest }) => digest !== true);
    expect(found.map(({ observation }) => observation['deviation.item'])).toEqual(['evil']);
    expect(found[0]?.observation['dns.question.name']).toBe('evil.eu.corp.example');
  });

  it('is told of names below any other domain, also of names that it knows', () => {
    const play = asking(['cache', 'db', 'web', 'mail']);
    expect(asks(play, 'web.evil.example', 'db.evil.example', 'cache.evil.example', 'mail.evil.example')).toHaveLength(
      4,
    );
    expect(asks(play, 'queue.evil.example')).toHaveLength(1);
  });

  it('learns none from a container in trouble', () => {
    expect(asking(['cache', 'db', 'web', 'mail'], { rounds: 1, privileged: true })).toSatisfy(
      (play: Play) => texts(play)?.includes('mail.corp.example') === true,
    );
  });

  it('knows them from an imported profile that is enforced', () => {
    const play = asking(['cache', 'db', 'web', 'mail']);
    const items = (view(play)?.items ?? []).map(({ key, text }) => ({
      key,
      text,
      phases: ['startup', 'steady'] as const,
    }));
    const order = { type: 'import', workload: nginx, workloadName: 'web', feature, mode: 'enforce', items } as const;
    const other = createPlay({ baselines });
    other.batch([asked('c1', 1, 'first', 'A', later)]);
    other.batch([decided({ ...order, items: items.map((item) => ({ ...item, phases: [...item.phases] })) }, 2)]);
    expect(asks(other, ...expanded('mail'))).toEqual([]);
    expect(asks(other, 'mail.evil.example')).toEqual(['NET-14']);
  });
});
