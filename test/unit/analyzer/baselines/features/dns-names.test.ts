import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsNames } from '../../../../../analyzer/baselines/features/dns-names.ts';
import { placesOf } from '../../../../../analyzer/baselines/fold-places.ts';
import { textOfPieces } from '../../../../../analyzer/baselines/fold-shape.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import { asked } from '../../../../support/analyzer/observations.ts';
import { createPlay, quickBaselines, told } from '../../../../support/analyzer/play.ts';

const learns = (name: string, type?: string) => dnsNames.learns(asked('c1', 1, name, type), {})[0];
const textOf = (name: string, type?: string) => learns(name, type)?.text;

describe('DNS names', () => {
  it('are one item for whatever leads to an address, another for other types', () => {
    const [a, aaaa, https, txt] = ['A', 'AAAA', 'HTTPS', 'TXT'].map((type) => learns('api.example.com', type));
    expect(a?.key).toBe(aaaa?.key);
    expect(a?.key).toBe(https?.key);
    expect(a?.key).not.toBe(txt?.key);
    expect([a?.text, txt?.text]).toEqual(['api.example.com', 'api.example.com (TXT)']);
  });

  it.each([
    ['d41d8cd98f00b204e9800998ecf8427e.cdn.example.com', '<hex>.cdn.example.com'],
    ['0b8f6a52-3c0d-4d58-9a36-0c4a7b6f1d93.x.example.com', '<uuid>.x.example.com'],
    ['backup-2026-11-30.x.example.com', 'backup-<date>.x.example.com'],
    ['api.example.com', 'api.example.com'],
    ['db', 'db'],
    ['_http._tcp.example.com', '_http._tcp.example.com'],
  ])('%s is learned as %s', (name, text) => {
    expect(learns(name)).toMatchObject({ text, example: name });
  });

  it.each(['d41d8cd98f00b204e9800998ecf8427e.com', 'x.d41d8cd98f00b204e9800998ecf8427e.com', '20261130.co.uk'])(
    'whose %s is stays',
    (name) => {
      expect(textOf(name)).toBe(name);
    },
  );

  it.each([
    'a1b2c3d4.ngrok.io',
    'd111111abcdef8.cloudfront.net',
    'pub-0123456789abcdef0123456789abcdef.r2.dev',
    'cn0b1c2d3e4f5a6b7c8d9e0f.oast.fun',
    'a1b2c3d4e5.me.uk',
    'x.a1b2c3d4e5.go.jp',
    'x.a1b2c3d4e5.gob.mx',
    'x.a1b2c3d4e5.pp.ua',
  ])('%s stays: names below one suffix are strangers to each other', (name) => {
    expect(textOf(name)).toBe(name);
  });

  it.each(['7.2.0.192.in-addr.arpa', '8.b.d.0.ip6.arpa', '.', 'localhost', 'x.localhost'])('leave out %s', (name) => {
    expect(learns(name, 'PTR')).toBeUndefined();
  });

  it('may fold left of the labels that say whose they are, and nowhere else', () => {
    const folds = (name: string) => placesOf(learns(name)?.pieces).map(({ from, to }) => name.slice(from, to));
    expect(folds('a.b.example.com')).toEqual(['b', 'a']);
    expect(folds('a.example.co.uk')).toEqual(['a']);
    expect(folds('a.example.me.uk')).toEqual(['a']);
    expect(folds('example.com')).toEqual([]);
    expect(folds('example.co.uk')).toEqual([]);
    expect(folds('db')).toEqual([]);
  });

  it('a placeholder in a name is somebody’s text', () => {
    expect(textOf('<hex>.x.example.com')).toBe("<'hex>.x.example.com");
    expect(textOf('<hex>.example.com')).toBe("<'hex>.example.com");
    expect(textOf('x.<*>.com')).toBe("x.<'*>.com");
  });

  const label = fc
    .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '1', '-', '_', '<', '>', '*', '\\', '.') })
    .map((text) => text.replaceAll('\\', '\\\\').replaceAll('.', '\\.'));

  it('of any labels have pieces that make up their text, and keep whose they are', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (labels) => {
        const item = learns(labels.join('.'));
        if (item === undefined) return;
        expect(textOfPieces(item.pieces ?? [])).toBe(item.text);
        const [last = ''] = labels.slice(-1);
        expect(item.text.replaceAll("<'", '<').endsWith(last.replaceAll("<'", '<'))).toBe(true);
        expect(item.pieces?.filter(({ free }) => free === true).length).toBe(Math.max(0, labels.length - 2));
      }),
    );
  });

  it('say in a sentence who asked for what', () => {
    const item = learns('evil.example');
    if (item === undefined) throw new Error('nothing was learned');
    const known = { has: () => false, newProbability: 0.1, workload: { id: 'w', name: 'shop/web' } };
    expect(dnsNames.judges(item, known)).toEqual({
      score: 0.9,
      sentence: 'shop/web asked the DNS for evil.example, which it never did before',
    });
    expect(dnsNames.judges(item, { ...known, has: () => true })).toBeUndefined();
    expect([dnsNames.digests(1), dnsNames.digests(2)]).toEqual([
      '1 name asked for for the first time',
      '2 names asked for for the first time',
    ]);
  });
});

describe('a workload that asks the DNS', () => {
  const later = { age: 100 };
  const hour = 3_600_000;
  const items = (of: ReturnType<typeof createPlay>) =>
    describeBaselines(of.state)
      .find(({ feature }) => feature === 'dns-names')
      ?.items.map(({ text }) => text);

  /** It has asked for these names, each three times. */
  function knowing(names: readonly string[]) {
    const play = createPlay();
    for (let turn = 0; turn < 3; turn += 1)
      play.batch(names.map((name, index) => asked('c1', turn * 10_000 + index, name, 'A', later)));
    return play;
  }

  it('is told of once it asks for a name that is new', () => {
    const play = knowing(['api.example.com', 'db']);
    expect(told(play.batch([asked('c1', 50_000, 'API.example.com'.toLowerCase(), 'AAAA', later)]))).toEqual([]);
    expect(told(play.batch([asked('c1', 60_000, 'evil.example', 'A', later)]))).toEqual(['NET-14']);
  });

  it('is told of a second name below a suffix where names are handed out', () => {
    const play = knowing(['a1b2c3d4.ngrok.io', 'db']);
    expect(told(play.batch([asked('c1', 60_000, 'e5f6a7b8.ngrok.io', 'A', later)]))).toEqual(['NET-14']);
  });

  describe('and then asks without end', () => {
    const minutes = 60_000;
    const day = 24 * hour;
    /** Names asked for one after the other from a time on: findings, and how many items there are more. */
    function asking(names: readonly string[], at: number, play = knowing(['api.example.com', 'db'])) {
      play.batch([{ tick: at - minutes }]);
      const before = items(play)?.length ?? 0;
      const records = play.batch(names.map((name, index) => asked('c1', at + index * 100, name, 'TXT', later)));
      return { play, findings: told(records), more: (items(play)?.length ?? 0) - before };
    }
    const words = (count: number, below: string) =>
      Array.from({ length: count }, (_, at) => `word${'x'.repeat(at % 40)}${at}.${below}`);

    it('brings one finding of an owner and day, and the rest is in the digest', () => {
      const first = asking(words(500, 't.evil.example'), 3 * hour);
      expect(first.findings).toEqual(['NET-14']);
      expect(first.more).toBe(1);
      const digest = first.play
        .batch([{ tick: 5 * hour }])
        .flatMap((record) =>
          record.type === 'finding' && record.finding.digest === true ? [record.finding.summary] : [],
        );
      expect(digest).toEqual([
        expect.stringMatching(/499 names asked for for the first time \(more than is told one by one in a day\)/),
      ]);
      expect(asking(words(3, 't.evil.example').slice(1), day + minutes, first.play).findings).toEqual(['NET-14']);
    });

    it('brings eight of one domain, and fifty of all', () => {
      expect(asking(words(500, 'evil.example'), 3 * hour)).toMatchObject({ findings: { length: 8 }, more: 8 });
      const domains = Array.from({ length: 500 }, (_, at) => `x.evil${'y'.repeat(at % 40)}${at}q.example`);
      expect(asking(domains, 3 * hour)).toMatchObject({ findings: { length: 50 }, more: 50 });
    });
  });

  it('has one item for many names below one domain, and another domain is new all the same', () => {
    const names = Array.from('abcdefghijkl', (letter) => `shard-${letter}.cdn.example.com`);
    const play = createPlay({ baselines: { ...quickBaselines, minimumHours: 3, newProbability: 1 } });
    play.batch(names.map((name, index) => asked('c1', 1_000 + index, name, 'A', later)));
    play.batch([{ tick: 2 * hour }]);
    for (let at = 1; at <= 6; at += 1) play.batch([asked('c1', 4 * hour + at, 'shard-a.cdn.example.com', 'A', later)]);
    expect(items(play)).toEqual(['<*>.cdn.example.com']);
    expect(told(play.batch([asked('c1', 31 * hour, 'shard-z.cdn.example.com', 'A', later)]))).toEqual([]);
    expect(told(play.batch([asked('c1', 32 * hour, 'shard-a.cdn.example.net', 'A', later)]))).toEqual(['NET-14']);
  });
});
