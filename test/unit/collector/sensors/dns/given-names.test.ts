import { describe, expect, it } from 'vitest';
import { createGivenNames } from '../../../../../collector/sensors/dns/given-names.ts';

const hour = 3_600_000;
const cdn = (ip: string, more: { name?: string; ttl?: number } = {}) => ({
  name: more.name ?? 'cdn.example.com',
  addresses: [{ ip, ttl: more.ttl ?? 60 }],
});

describe('names that addresses were given by', () => {
  it('are of one network namespace', () => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7'), 0);
    expect([names.of(1, '203.0.113.7', 1), names.of(2, '203.0.113.7', 1), names.of(1, '203.0.113.8', 1)]).toEqual([
      'cdn.example.com',
      undefined,
      undefined,
    ]);
  });

  it('are the last that was asked for', () => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7'), 0);
    names.give(1, cdn('203.0.113.7', { name: 'www.example.org' }), 1);
    expect(names.of(1, '203.0.113.7', 2)).toBe('www.example.org');
  });

  it.each([
    ['an hour at least', 60, hour],
    ['as long as their time to live', 7_200, 2 * hour],
    ['half a day at most', 10_000_000, 12 * hour],
  ])('are kept %s', (_how, ttl, until) => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7', { ttl }), 0);
    expect(names.of(1, '203.0.113.7', until - 1)).toBe('cdn.example.com');
    expect(names.of(1, '203.0.113.7', until)).toBeUndefined();
  });

  it.each([
    '10.0.0.5',
    '172.18.0.3',
    '192.168.1.1',
    '169.254.169.254',
    '127.0.0.1',
    '100.64.0.1',
    'fe80::1',
    'fd00::1',
    '::1',
  ])('are none of what is near: %s', (ip) => {
    const names = createGivenNames();
    names.give(1, cdn(ip), 0);
    expect(names.of(1, ip, 1)).toBeUndefined();
  });

  it.each([
    'db',
    '.',
    'a\\.b.com',
    '…xample.com',
    'x y.com',
    '\\000.com',
    '<hex>.com',
    '1.2.3.4',
    `${'a'.repeat(64)}.com`,
  ])('are names of hosts, which %j is not', (name) => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7', { name }), 0);
    expect(names.of(1, '203.0.113.7', 1)).toBeUndefined();
  });

  it('are so many, and the one given longest ago gives way, counted', () => {
    const names = createGivenNames();
    let gone = 0;
    for (let at = 0; at < 600; at += 1) gone += names.give(1, cdn(`203.0.${113 + (at >> 8)}.${at & 255}`), at);
    expect(gone).toBe(88);
    expect([names.of(1, '203.0.113.87', 600), names.of(1, '203.0.113.88', 600)]).toEqual([
      undefined,
      'cdn.example.com',
    ]);
  });

  it('are so many of all namespaces together', () => {
    const names = createGivenNames();
    const many = Array.from({ length: 512 }, (_none, at) => ({ ip: `203.0.${at >> 8}.${at & 255}`, ttl: 60 }));
    let gone = 0;
    for (let namespace = 0; namespace < 129; namespace += 1)
      gone += names.give(namespace, { name: 'a.example.com', addresses: many }, 0);
    expect(gone).toBe(512);
    expect([names.of(0, '203.0.1.255', 1), names.of(1, '203.0.0.0', 1)]).toEqual([undefined, 'a.example.com']);
    expect(names.of(128, '203.0.0.0', 1)).toBe('a.example.com');
  });

  it('are forgotten where they are distrusted, and for minutes none is taken', () => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7'), 0);
    names.distrust(1, 10);
    names.give(1, cdn('203.0.113.8'), 300_009);
    expect([names.of(1, '203.0.113.7', 20), names.of(1, '203.0.113.8', 300_010)]).toEqual([undefined, undefined]);
    names.give(1, cdn('203.0.113.8'), 300_010);
    expect(names.of(1, '203.0.113.8', 300_011)).toBe('cdn.example.com');
  });

  it('end with their namespace, whose number the kernel gives to another', () => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7'), 0);
    names.keep(new Map([[1, 'first']]), 1);
    expect(names.of(1, '203.0.113.7', 2)).toBe('cdn.example.com');
    names.keep(new Map([[1, 'second']]), 3);
    expect(names.of(1, '203.0.113.7', 4)).toBeUndefined();
    names.give(1, cdn('203.0.113.7'), 5);
    names.keep(new Map([[1, 'second']]), 6);
    names.keep(new Map(), 7);
    expect(names.of(1, '203.0.113.7', 8)).toBeUndefined();
  });

  it('are taken no sooner because another container is the oldest there', () => {
    const names = createGivenNames();
    names.keep(new Map([[1, 'forger']]), 1);
    names.distrust(1, 10);
    names.keep(new Map([[1, 'forger']]), 11);
    names.keep(new Map([[1, 'who joined it']]), 20);
    names.give(1, cdn('203.0.113.7'), 30);
    expect(names.of(1, '203.0.113.7', 31)).toBeUndefined();
    names.give(1, cdn('203.0.113.7'), 300_010);
    expect(names.of(1, '203.0.113.7', 300_011)).toBe('cdn.example.com');
  });

  it('wait a while for a namespace that the engine has not told of', () => {
    const names = createGivenNames();
    names.give(1, cdn('203.0.113.7'), 0);
    names.keep(new Map(), 30_000);
    expect(names.of(1, '203.0.113.7', 30_000)).toBe('cdn.example.com');
    names.keep(new Map(), 30_001);
    expect(names.of(1, '203.0.113.7', 30_001)).toBeUndefined();
  });
});
