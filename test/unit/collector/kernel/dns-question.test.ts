import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDnsQuestion } from '../../../../collector/kernel/dns-question.ts';
import { dnsQuery } from '../../../support/collector/dns.ts';

const edns = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];

describe('the question of a query', () => {
  it.each([
    ['an ordinary one', dnsQuery(['www', 'example', 'com']), { name: 'www.example.com', type: 'A' }],
    ['in capitals', dnsQuery(['wWw', 'ExamplE', 'com'], { type: 28 }), { name: 'www.example.com', type: 'AAAA' }],
    ['of one label', dnsQuery(['db'], { type: 16 }), { name: 'db', type: 'TXT' }],
    ['of the root', dnsQuery([], { type: 2 }), { name: '.', type: 'NS' }],
    ['of a type without a name', dnsQuery(['x'], { type: 65_280 }), { name: 'x', type: 'TYPE65280' }],
    ['with EDNS', dnsQuery(['x'], { counts: [1, 0, 0, 1], behind: edns }), { name: 'x', type: 'A' }],
    ['of multicast DNS', dnsQuery(['x', 'local'], { class: 0x8001 }), { name: 'x.local', type: 'A' }],
    [
      'with what is no text',
      dnsQuery(['a.b', '\\', '\x00\x1b\xff ']),
      { name: 'a\\.b.\\\\.\\000\\027\\255\\032', type: 'A' },
    ],
  ])('%s', (_what, bytes, question) => {
    expect(parseDnsQuestion(bytes)).toEqual(question);
  });

  it.each([
    ['an answer', dnsQuery(['x'], { flags: 0x8180 })],
    ['another operation', dnsQuery(['x'], { flags: 0x2800 })],
    ['a code of failure', dnsQuery(['x'], { flags: 0x0103 })],
    ['two questions', dnsQuery(['x'], { counts: [2, 0, 0, 0] })],
    ['with an answer in it', dnsQuery(['x'], { counts: [1, 1, 0, 0] })],
    ['with an authority in it', dnsQuery(['x'], { counts: [1, 0, 1, 0] })],
    ['many records behind it', dnsQuery(['x'], { counts: [1, 0, 0, 3], behind: [...edns, ...edns, ...edns] })],
    ['fewer than it says', dnsQuery(['x'], { counts: [1, 0, 0, 2], behind: edns })],
    ['something behind it', dnsQuery(['x'], { behind: [0] })],
    ['of another class', dnsQuery(['x'], { class: 2 })],
    ['a label that is too long', dnsQuery(['a'.repeat(64)])],
    ['a name that is too long', dnsQuery(Array.from({ length: 5 }, () => 'a'.repeat(60)))],
    ['a label that points elsewhere', Uint8Array.from([...dnsQuery([]).subarray(0, 12), 0xc0, 0x0c, 0, 1, 0, 1])],
    ['a header alone', dnsQuery([]).subarray(0, 12)],
    ['nothing', new Uint8Array(0)],
  ])('none is %s', (_what, bytes) => {
    expect(parseDnsQuestion(bytes)).toBeUndefined();
  });

  it('the longest that there is ends with whose it is, when it needs escapes', () => {
    const long = Array.from({ length: 3 }, () => 'a'.repeat(63));
    expect(parseDnsQuestion(dnsQuery([...long, 'b'.repeat(61)]))?.name).toBe([...long, 'b'.repeat(61)].join('.'));
    const { name = '' } = parseDnsQuestion(dnsQuery([Buffer.alloc(63), Buffer.alloc(63), 'evil', 'example'])) ?? {};
    expect(name).toHaveLength(253);
    expect(name).toMatch(/^….*\.evil\.example$/);
  });

  it('cut short is none: whose the name is stands at its end', () => {
    const bytes = dnsQuery(['www', 'example', 'com']);
    for (let length = 0; length < bytes.length; length += 1)
      expect(parseDnsQuestion(bytes.subarray(0, length), bytes.length)).toBeUndefined();
  });

  const label = fc.uint8Array({ minLength: 1, maxLength: 63 });

  it('of any labels is printable, bounded, and lower case', () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), fc.nat(65_535), (labels, type) => {
        const wire = labels.reduce((sum, { length }) => sum + length + 1, 1);
        const question = parseDnsQuestion(dnsQuery(labels, { type }));
        expect(question === undefined).toBe(wire > 255);
        if (question === undefined) return;
        expect(question.name).toMatch(/^…?[!-@[-~]{1,253}$/);
        expect(question.type).toMatch(/^[A-Z]+\d*$/);
      }),
    );
  });

  it('different names look different, but for capitals', () => {
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 2 }),
        fc.array(label, { minLength: 1, maxLength: 2 }),
        (one, other) => {
          const canonical = (labels: readonly Uint8Array[]): string =>
            JSON.stringify(
              labels.map((bytes) =>
                Buffer.from(bytes)
                  .toString('latin1')
                  .replace(/[A-Z]/g, (a) => a.toLowerCase()),
              ),
            );
          const [a, b] = [one, other].map((labels) => parseDnsQuestion(dnsQuery(labels))?.name);
          fc.pre(a?.startsWith('…') !== true && b?.startsWith('…') !== true);
          expect(a === b).toBe(canonical(one) === canonical(other));
        },
      ),
    );
  });

  it('is never thrown over, whatever the bytes are', () => {
    const header = fc.constant([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const hostile = fc
      .tuple(header, fc.array(fc.nat(255), { maxLength: 300 }))
      .map(([head, rest]) => Uint8Array.from([...head, ...rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), hostile), fc.nat(600), (bytes, length) => {
        const question = parseDnsQuestion(bytes, length);
        if (question !== undefined) expect(question.name.length).toBeLessThanOrEqual(253);
      }),
      { numRuns: 2_000 },
    );
  });
});
