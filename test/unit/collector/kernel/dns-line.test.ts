import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDnsLine } from '../../../../collector/kernel/dns-line.ts';
import { dnsScript } from '../../../../collector/kernel/dns-script.ts';
import { dnsLine, dnsQuery } from '../../../support/collector/dns.ts';

describe('a line of the script', () => {
  it.each([
    ['as bpftrace 0.17 writes bytes', 'q 4026532000 17 3 \\x04\\xd2\\x01'],
    ['as others do', 'q 4026532000 17 3 04d201'],
    ['with spaces', 'q 4026532000 17 3 04 d2 01'],
  ])('has a message %s', (_how, line) => {
    const bytes = Buffer.from([0x04, 0xd2, 0x01]);
    expect(parseDnsLine(line)).toEqual({ kind: 'query', namespace: 4_026_532_000, pid: 17, length: 3, bytes });
  });

  it('has a long message in two pieces', () => {
    const bytes = dnsQuery(Array.from({ length: 4 }, () => 'a'.repeat(60)));
    expect(parseDnsLine(dnsLine(bytes, { namespace: 1, pid: 2 }))).toMatchObject({
      bytes: Buffer.from(bytes),
      length: bytes.length,
    });
  });

  it.each([
    ['@left[4026532000]: 12', { kind: 'left', namespace: 4_026_532_000, count: 12 }],
    ['Lost 3 events', { kind: 'lost', count: 3 }],
    ['tick', { kind: 'tick' }],
  ])('%s', (line, found) => {
    expect(parseDnsLine(line)).toEqual(found);
  });

  it.each(['', '@left: 0', 'Attaching 6 probes...', '\u001b[2J'])('is none: %j', (line) => {
    expect(parseDnsLine(line)).toBeUndefined();
  });

  it.each([
    '@left[x]: 0',
    'Lost many events',
    'q 1 2 3',
    'q 1 2 3 zz',
    'q 1 2 3 0',
    'q 1 2 1 0102',
    'q -1 2 3 010203',
    'q 1 2 3 010203 \u001b',
    `q 1 2 512 ${'00'.repeat(5_000)}`,
  ])('cannot be read: %j', (line) => {
    expect(parseDnsLine(line)).toEqual({ kind: 'unreadable' });
  });

  it('of any bytes gives them back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.nat(), fc.nat(), (bytes, namespace, pid) => {
        expect(parseDnsLine(dnsLine(bytes, { namespace, pid }))).toEqual({
          kind: 'query',
          namespace,
          pid,
          length: bytes.length,
          bytes: Buffer.from(bytes),
        });
      }),
    );
  });
});

it('the script leaves the host’s tasks out by a number and nothing else', () => {
  expect(dnsScript(4_026_531_832.9)).toContain('!= (uint32)4026531832)');
});

it('the script does not read what the host’s tasks write', () => {
  const [, write = ''] = /sys_enter_write \{([\s\S]*?)\n\S*tracepoint/.exec(dnsScript(1)) ?? [];
  expect(write.indexOf('!= (uint32)1)')).toBeGreaterThan(0);
  expect(write.indexOf('uptr(')).toBeGreaterThan(write.indexOf('!= (uint32)1)'));
});
