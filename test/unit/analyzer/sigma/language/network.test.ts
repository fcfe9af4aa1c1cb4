import { describe, expect, test } from 'vitest';
import { isMatch, refusal } from './rules.ts';

describe('cidr', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::10.1.2.3', false],
    ['::/0', '::10.1.2.3', false],
    ['::/0', '::1', true],
    ['::/0', '10.1.2.3', false],
    ['fe80::/10', 'fe80::1', true],
    ['::1', '::1', true],
    ['::1', '::2', false],
    ['64:ff9b::/96', '64:ff9b::1.2.3.4', true],
    // Mapped addresses are IPv4, in a rule as in an event.
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:0.0.0.0/96', '11.1.2.3', true],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['::ffff:10.1.2.3', '10.1.2.4', false],
    ['10.0.0.0/8', '10', false],
    ['10.0.0.0/8', '0xa.0.0.1', false],
    ['10.0.0.0/8', '10.1.2.3/32', false],
  ])('%s with %s: %s', (network, f, expected) => {
    expect(isMatch(`sel: { f|cidr: '${network}' }`, { f })).toBe(expected);
  });

  test.each([
    ['10.0.0.0/8x', '10.0.0.0/8x is no network'],
    ['10.0.0.0/x8', '10.0.0.0/x8 is no network'],
    ['10.0.0.0/', '10.0.0.0/ is no network'],
    ['10.0.0.0/-1', '10.0.0.0/-1 is no network'],
    ['10.0.0.0/33', '10.0.0.0/33 is no network'],
    ['10.0.0.0/8/8', '10.0.0.0/8/8 is no network'],
    ['::/129', '::/129 is no network'],
    ['10.0.0', '10.0.0 is no network'],
    ['/8', '/8 is no network'],
    ['', ' is no network'],
    ['10.1.0.0/8', '10.1.0.0/8 has bits set behind its prefix; the network is 10.0.0.0/8'],
    ['fe80::1/10', 'fe80::1/10 has bits set behind its prefix; the network is fe80::/10'],
  ])('%s: %s', (network, message) => {
    expect(refusal(`sel: { f|cidr: '${network}' }`)).toContain(message);
  });
});
