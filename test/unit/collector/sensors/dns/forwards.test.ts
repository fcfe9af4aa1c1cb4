import { expect, it } from 'vitest';
import { createForwards } from '../../../../../collector/sensors/dns/forwards.ts';
import { dnsQuery } from '../../../../support/collector/dns.ts';

const engine = 1;
const bytes = dnsQuery(['CDN', 'example', 'com']);
const forward = { kind: 'forward', namespace: 7, from: '172.18.0.2', to: '8.8.8.8', bytes } as const;
const answer = { name: 'cdn.example.com', type: 'A', addresses: [] } as const;

it('remember for half a minute what the engine asked, from where', () => {
  const forwards = createForwards(engine);
  expect(forwards.add(forward, 0)).toBeUndefined();
  expect([forwards.has(7, answer, 29_999), forwards.has(7, answer, 30_000), forwards.has(8, answer, 1)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(forwards.has(7, { ...answer, type: 'AAAA' }, 1)).toBe(false);
  expect(forwards.has(7, { ...answer, name: 'www.example.com' }, 1)).toBe(false);
});

it('from the engine’s own network count for every container', () => {
  const forwards = createForwards(engine);
  expect(forwards.add({ ...forward, namespace: engine, to: '127.0.0.53' }, 0)).toBeUndefined();
  expect(forwards.has(7, answer, 1)).toBe(true);
});

it.each([
  ['a loopback address', '127.0.0.1'],
  ['no address', '0.0.0.0'],
  ['the container itself', '172.18.0.2'],
  ['an address that is none of IPv4', undefined],
])('to %s are not trusted', (_what, to) => {
  const forwards = createForwards(engine);
  expect(forwards.add({ ...forward, to }, 0)).toBe('untrusted');
  expect(forwards.has(7, answer, 1)).toBe(false);
});

it('are bounded: the oldest is forgotten', () => {
  const forwards = createForwards(engine);
  forwards.add(forward, 0);
  for (let at = 0; at < 4_096; at += 1) forwards.add({ ...forward, bytes: dnsQuery([`n${at}`, 'example']) }, 0);
  expect(forwards.has(7, answer, 1)).toBe(false);
  expect(forwards.has(7, { ...answer, name: 'n0.example' }, 1)).toBe(true);
});
