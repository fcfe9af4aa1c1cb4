import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../collector/kernel/dns-shape.ts';
import { deriveId } from '../../../shared/hash.ts';
import { asked } from '../../support/analyzer/observations.ts';
import { createPlay, findings } from '../../support/analyzer/play.ts';
import { shippedFile } from '../../support/analyzer/shipped.ts';

const rules = await shippedFile('network/net-08-dns-tunnel.yml');

type Asking = (index: number) => readonly [name: string, type?: string, container?: string];

/** So many questions, as the sensor tells them, so many seconds apart: rows that are told. */
function rowsOf(ask: Asking, { many = 100, every = 2 } = {}): readonly string[] {
  const play = createPlay({ rules });
  const questions = Array.from({ length: many }, (_, index) => {
    const [name, type = 'A', container = 'c1'] = ask(index);
    return asked(container, index * every * 1_000, name, type, { more: shapeOf(name) });
  });
  return findings(play.batch(questions)).flatMap(({ digest, rule }) => (digest === true ? [] : rule.catalogue));
}

/** Data as hexadecimal digits, the same with each run. */
const hex = (index: number): string => deriveId('data', index).slice(0, 32);
const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const base32 = (index: number): string =>
  Array.from({ length: 26 }, (_, at) => letters[(index * 7 + at * (11 + 2 * Math.floor(index / 32))) % 32]).join('');

describe('NET-08', () => {
  it.each<[string, Asking]>([
    ['long names', (index) => [`${hex(index)}.${hex(index)}.t.evil.example`]],
    ['random names', (index) => [`${base32(index)}.evil.example`, 'CNAME']],
    ['texts', (index) => [`p${index}.evil.example`, 'TXT']],
    ['records without a type', (index) => [`p${index}.evil.example`, 'NULL']],
    ['records of a private type', (index) => [`p${index}.evil.example`, 'TYPE65399']],
    ['all of them in turn', (index) => [`${hex(index)}.${hex(index)}.evil.co.uk`, index % 2 === 0 ? 'A' : 'TXT']],
  ])('%s of one domain, a hundred in five minutes, are told once', (_what, ask) => {
    expect(rowsOf(ask)).toEqual(['NET-08']);
    expect(rowsOf(ask, { many: 140 })).toEqual(['NET-08']);
    expect(rowsOf(ask, { many: 99 })).toEqual([]);
    expect(rowsOf(ask, { every: 4 })).toEqual([]);
  });

  it('the same name again and again is one', () => {
    expect(rowsOf((index) => [`${hex(index % 50)}.${hex(1)}.t.evil.example`], { many: 200, every: 1 })).toEqual([]);
  });

  it('containers and domains are counted apart', () => {
    const names: Asking = (index) => [`${hex(index)}.${hex(index)}.evil.example`, 'A', `c${index % 2}`];
    const domains: Asking = (index) => [`${hex(index)}.${hex(index)}.evil${index % 2}.example`];
    expect([rowsOf(names), rowsOf(domains)]).toEqual([[], []]);
    expect([rowsOf(names, { many: 200, every: 1 }).length, rowsOf(domains, { many: 200, every: 1 }).length]).toEqual([
      2, 2,
    ]);
  });

  it.each<[string, Asking]>([
    ['a content network', (index) => [`${base32(index)}${base32(index)}.cloudfront.net`]],
    ['pictures of a shop', (index) => [`img-${index}.edge${index % 7}.cdn.shop.example`]],
    ['buckets', (index) => [`a-bucket-with-a-long-name-of-customer-${index}.s3.eu-central-1.amazonaws.com`]],
    ['an antivirus', (index) => [`${base32(index)}.${base32(index)}.avqs.mcafee.com`]],
    ['a list of senders', (index) => [`${index}.2.0.192.zen.spamhaus.org`, 'TXT']],
    ['keys of senders', (index) => [`s1._domainkey.shop${index}.example`, 'TXT']],
    [
      'names of addresses',
      (index) => [`${'0.'.repeat(28)}${index % 10}.${Math.floor(index / 10)}.8.2.ip6.arpa`, 'PTR'],
    ],
    ['services of a cluster', (index) => [`checkout-of-orders-${index}.shop-production-europe.svc.cluster.local`]],
    ['machines of the own network', (index) => [`worker-${index}-of-the-cluster-in-the-cellar.machines.home.internal`]],
    ['neighbours', (index) => [`replica-${index}`]],
  ])('%s says nothing', (_what, ask) => {
    expect(rowsOf(ask, { many: 250, every: 1 })).toEqual([]);
  });

  it('questions of before the sensor told their shape say nothing', () => {
    const play = createPlay({ rules });
    const questions = Array.from({ length: 200 }, (_, at) => asked('c1', at, `${hex(at)}.${hex(at)}.evil.example`));
    expect(findings(play.batch(questions)).filter(({ digest }) => digest !== true)).toEqual([]);
  });
});
