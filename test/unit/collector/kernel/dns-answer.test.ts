import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDnsAnswer } from '../../../../collector/kernel/dns-answer.ts';
import { dnsQuery, dnsResponse } from '../../../support/collector/dns.ts';

const query = dnsQuery(['CDN', 'example', 'com']);
const a = { type: 1, data: [203, 0, 113, 7] };
/** Behind one record of a pointer and four bytes. */
const behind = query.length + 12;

describe('an answer', () => {
  it('gives the addresses of the name that was asked for', () => {
    expect(parseDnsAnswer(dnsResponse(query, [a, { ...a, ttl: 300, data: [203, 0, 113, 8] }]))).toEqual({
      name: 'cdn.example.com',
      type: 'A',
      addresses: [
        { ip: '203.0.113.7', ttl: 60 },
        { ip: '203.0.113.8', ttl: 300 },
      ],
    });
  });

  it('gives those of IPv6 where it was asked for them', () => {
    const data = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 7];
    const aaaa = dnsQuery(['v6', 'example'], { type: 28 });
    expect(parseDnsAnswer(dnsResponse(aaaa, [{ type: 28, data }, a]))).toEqual({
      name: 'v6.example',
      type: 'AAAA',
      addresses: [{ ip: '2001:db8::7', ttl: 60 }],
    });
  });

  it('gives those at the end of a chain to the name that was asked for', () => {
    const edge = [4, ...Buffer.from('edge'), 0xc0, 12];
    const chain = [
      { type: 5, data: edge },
      { ...a, owner: behind },
    ];
    expect(parseDnsAnswer(dnsResponse(query, chain))?.addresses).toEqual([{ ip: '203.0.113.7', ttl: 60 }]);
  });

  it('leaves out records of other names and kinds', () => {
    const elsewhere = { type: 16, data: [4, ...Buffer.from('evil'), 0] };
    expect(parseDnsAnswer(dnsResponse(query, [elsewhere, { ...a, owner: behind }]))?.addresses).toEqual([]);
    expect(parseDnsAnswer(dnsResponse(query, [{ type: 1, data: [1, 2, 3] }]))?.addresses).toEqual([]);
  });

  it('is read as far as it is whole', () => {
    const bytes = dnsResponse(query, [a, { ...a, data: [203, 0, 113, 8] }]);
    expect(parseDnsAnswer(bytes.subarray(0, -1))?.addresses).toEqual([{ ip: '203.0.113.7', ttl: 60 }]);
  });

  it('takes a time to live beyond all bounds for none', () => {
    expect(parseDnsAnswer(dnsResponse(query, [{ ...a, ttl: 0xffff_ffff }]))?.addresses).toEqual([
      { ip: '203.0.113.7', ttl: 0 },
    ]);
  });

  it.each([
    ['a question', query],
    ['an error', dnsResponse(query, [], { flags: 0x8183 })],
    ['another operation', dnsResponse(query, [], { flags: 0xa180 })],
    ['an answer about mail', dnsResponse(dnsQuery(['a', 'b'], { type: 15 }), [])],
    ['of another class', dnsResponse(dnsQuery(['a', 'b'], { class: 3 }), [])],
    ['a chain that leads nowhere', dnsResponse(query, [{ type: 5, data: [0xc0, 0xff] }])],
    ['too short', new Uint8Array(11)],
  ])('is none: %s', (_what, bytes) => {
    expect(parseDnsAnswer(bytes)).toBeUndefined();
  });

  it('does not follow a name in circles', () => {
    const self = [0xc0, query.length + 12];
    expect(parseDnsAnswer(dnsResponse(query, [{ type: 5, data: self }]))).toBeUndefined();
  });

  it('of any bytes is read without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (noise, at) => {
        const bytes = dnsResponse(query, [a, { type: 5, data: [0xc0, 12] }]);
        bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        parseDnsAnswer(bytes);
        parseDnsAnswer(noise);
      }),
    );
  });
});
