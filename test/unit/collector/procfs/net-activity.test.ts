import { expect, test } from 'vitest';
import { netActivity } from '../../../../collector/procfs/net-activity.ts';

const snmp = (active: number, segments: number, datagrams: number): string =>
  [
    'Ip: Forwarding DefaultTTL',
    'Ip: 2 64',
    'Tcp: RtoAlgorithm ActiveOpens PassiveOpens AttemptFails CurrEstab InSegs',
    `Tcp: 1 ${active} 0 0 1 ${segments}`,
    'Udp: InDatagrams NoPorts InErrors OutDatagrams',
    `Udp: 0 0 0 ${datagrams}`,
  ].join('\n');
const sockstat = (inUse: number, memory = 0): string =>
  `sockets: used 9\nTCP: inuse ${inUse} orphan 0 tw 0 alloc 3 mem ${memory}\nUDP: inuse 1 mem 0`;
const counters = {
  snmp: snmp(1, 10, 0),
  snmp6: 'Udp6OutDatagrams 0',
  sockstat: sockstat(1),
  sockstat6: 'TCP6: inuse 1',
};

test('traffic on what is open already is no activity', () => {
  expect(netActivity({ ...counters, snmp: snmp(1, 9_999, 0), sockstat: sockstat(1, 55) })).toBe(netActivity(counters));
});

test.each([
  ['a connect', { snmp: snmp(2, 10, 0) }],
  ['a datagram', { snmp: snmp(1, 10, 1) }],
  ['a datagram over IPv6', { snmp6: 'Udp6OutDatagrams 1' }],
  ['a listener', { sockstat: sockstat(2) }],
  ['a listener on IPv6', { sockstat6: 'TCP6: inuse 2' }],
])('%s is activity', (_, change) => {
  expect(netActivity({ ...counters, ...change })).not.toBe(netActivity(counters));
});

test('counters that cannot be read say nothing', () => {
  expect(netActivity({ snmp: '', snmp6: '', sockstat: '', sockstat6: '' }).trim()).toBe('');
});
