import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import { isMatch, ruleText, told } from './rules.ts';

const itemMatches = (item: string, fields: Readonly<Record<string, unknown>>): boolean =>
  isMatch(`sel:\n  ${item}`, fields);
/** The item stands in line 6. */
const problemsOf = (item: string): readonly string[] =>
  told(parseRuleFile(ruleText(`sel:\n  ${item}`), 'rule.yml').problems);

type Case = readonly [item: string, value: unknown, expected: boolean];

const run = (cases: readonly Case[]): void => {
  test.each(cases)('%s on %j is %s', (item, value, expected) => {
    expect(itemMatches(item, value === undefined ? {} : { f: value })).toBe(expected);
  });
};

describe('contains, startswith, endswith', () => {
  run([
    ['f|contains: ur', 'curl', true],
    ['f|startswith: cu', 'curl', true],
    ['f|startswith: ur', 'curl', false],
    ['f|endswith: /sh', '/bin/sh', true],
    ['f|endswith: /sh', '/bin/sh -c', false],
    ['f|contains: UR', 'curl', true],
    ['f|contains: "44"', 4444, true],
  ]);
});

describe('re', () => {
  run([
    ['f|re: u.l', 'curl', true],
    ['f|re: ^url', 'curl', false],
    ['f|re: CURL', 'curl', false],
    ['f|re|i: CURL', 'curl', true],
    ['f|re|ignorecase: CURL', 'curl', true],
    // \u017f is an s of another form.
    ['f|re|i: \u017fudo', 'SUDO', true],
    ['f|re: \u017fudo', 'sudo', false],
    ['f|re: (?i)CURL', 'curl', true],
    ['f|re: a.b', 'a\nb', false],
    ['f|re|s: a.b', 'a\nb', true],
    ['f|re: ^b', 'a\nb', false],
    ['f|re|m: ^b', 'a\nb', true],
    [String.raw`f|re: '\d{2}\*'`, '12*', true],
    ['f|re: [x, ^c]', 'curl', true],
    ['f|re|neq: url', 'curl', false],
    ['f|re: x', undefined, false],
    [String.raw`f|re: '^44\d\d$'`, 4444, true],
  ]);

  test('an expression that makes others run for minutes takes no time', () => {
    const began = performance.now();
    expect(itemMatches('f|re: ^(a+)+$', { f: `${'a'.repeat(200)}b` })).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('cidr', () => {
  run([
    ['f|cidr: 10.0.0.0/8', '10.1.2.3', true],
    ['f|cidr: 10.0.0.0/8', '11.1.2.3', false],
    ['f|cidr: 10.1.2.3', '10.1.2.3', true],
    ['f|cidr: 10.1.2.3', '10.1.2.4', false],
    ['f|cidr: 0.0.0.0/0', '8.8.8.8', true],
    ['f|cidr: 0.0.0.0/0', '::1', false],
    ['f|cidr: fe80::/10', 'fe80::1', true],
    ['f|cidr: 2001:db8::/32', '2001:0db8:0:0::1', true],
    ['f|cidr: 10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['f|cidr: 10.0.0.0/8', 'example.org', false],
    ['f|cidr: 0.0.0.0/8', '80', false],
    ['f|cidr: 10.0.0.0/8', undefined, false],
    ['f|cidr|neq: 10.0.0.0/8', '8.8.8.8', true],
    ['f|cidr: [10.0.0.0/8, 192.168.0.0/16]', '192.168.1.1', true],
  ]);
});

describe('base64, base64offset and encodings', () => {
  const encoded = (text: string, before = '', encoding: BufferEncoding = 'utf8') =>
    Buffer.from(`${before}${text}`, encoding).toString('base64');

  run([
    ['f|base64: foo', 'Zm9v', true],
    ['f|base64: fo', 'Zm8=', true],
    ['f|base64|contains: foo', 'x Zm9v x', true],
    ['f|wide|base64: ab', encoded('ab', '', 'utf16le'), true],
    ['f|utf16le|base64: ab', encoded('ab', '', 'utf16le'), true],
    ['f|utf16be|base64: ab', 'AGEAYg==', true],
    ['f|utf16|base64: ab', '//5hAGIA', true],
    ['f|base64: é', 'w6k=', true],
  ]);

  test.each(['', 'a', 'ab', 'abc', 'é', '🐳x'])('base64offset is found behind %j', (before) => {
    for (const text of ['/bin/bash', '/bin/sh', 'wget ', 'pässwörd'])
      expect(
        itemMatches(`f|base64offset|contains: '${text}'`, { f: Buffer.from(`${before}${text} z`).toString('base64') }),
      ).toBe(true);
  });

  test('each of several values has its three places, also when all are asked for', () => {
    const f = Buffer.from('xcurl then bash -i').toString('base64');
    expect(itemMatches('f|base64offset|contains|all: [curl, bash]', { f })).toBe(true);
    expect(itemMatches('f|base64offset|contains|all: [curl, zsh]', { f })).toBe(false);
  });
});

describe('windash', () => {
  run([
    ['f|windash|contains: " -enc"', 'x /enc', true],
    ['f|windash|contains: " -enc"', 'x –enc', true],
    ['f|windash|contains: " -enc"', 'x —enc', true],
    ['f|windash|contains: " -enc"', 'x ―enc', true],
    ['f|windash|contains: " /enc"', 'x -enc', true],
    ['f|windash|contains: " -enc"', 'x enc', false],
    ['f|windash|contains: "a-b"', 'a/b', false],
    ['f|windash|contains|all: [" -a", " -b"]', 'x /b –a', true],
  ]);

  test('twenty dashes are no million of variants', () => {
    const value = Array.from({ length: 20 }, () => '-a').join(' ');
    expect(itemMatches(`f|windash: "${value}"`, { f: value.replaceAll('-', '/') })).toBe(true);
  });
});

describe('fieldref', () => {
  test.each([
    ['f|fieldref: g', { f: 'X', g: 'x' }, true],
    ['f|fieldref: g', { f: 'x', g: 'y' }, false],
    ['f|fieldref|cased: g', { f: 'X', g: 'x' }, false],
    ['f|fieldref: g', { f: 'x' }, false],
    ['f|fieldref: g', { g: 'x' }, false],
    ['f|fieldref: g', {}, false],
    ['f|fieldref|neq: g', { f: 'x', g: 'y' }, true],
    ['f|fieldref|startswith: g', { f: 'xyz', g: 'xy' }, true],
    ['f|fieldref|endswith: g', { f: 'xyz', g: 'yz' }, true],
    ['f|fieldref|contains: g', { f: 'xyz', g: 'y' }, true],
    // Another field's text is no pattern.
    ['f|fieldref: g', { f: 'xyz', g: 'x*' }, false],
    ['f|fieldref: g', { f: 1, g: '1' }, true],
    ['f|fieldref: [g, h]', { f: 'x', h: 'x' }, true],
  ])('%s on %j is %s', (item, members, expected) => {
    expect(itemMatches(item, members)).toBe(expected);
  });
});

describe('numbers', () => {
  run([
    ['f|gt: 3', 4, true],
    ['f|gt: 3', 3, false],
    ['f|gte: 3', 3, true],
    ['f|lt: 3', '2', true],
    ['f|lte: 3', 3.1, false],
    ['f|lt: 10', '9', true],
    ['f|gt: -1', -0.5, true],
    ['f|gt: 3', 'x', false],
    ['f|gt: 3', '5.', true],
    ['f|gt: 3', '.5', false],
    ['f|lt: 3', '', false],
    ['f|lt: 3', undefined, false],
    ['f|lt: 3', true, false],
    ['f|gt: 3', [1, 5], true],
    ['f|gte|neq: 3', undefined, true],
  ]);

  test('a text that is nearly a number costs time by its length', () => {
    // Were each split of the digits tried, this would not end.
    expect(itemMatches('f|gt: 3', { f: `${'1'.repeat(3_000_000)}x` })).toBe(false);
  });
});

describe('neq', () => {
  run([
    ['f|neq: a', 'b', true],
    ['f|neq: a', 'A', false],
    ['f|neq: a', undefined, true],
    ['f|neq: [a, b]', 'b', false],
    ['f|neq: [a, b]', 'c', true],
    ['f|contains|neq: a', 'xax', false],
    ['f|contains|all|neq: [a, b]', 'a', true],
  ]);
});

describe('rejected, at the place and with a suggestion', () => {
  test.each([
    ['f|contain: a', '6:7 unknown modifier contain; did you mean contains?'],
    ['f|contains|al: [a]', '6:16 unknown modifier al; did you mean all?'],
    ['f|Contains: a', '6:7 unknown modifier Contains; did you mean contains?'],
    ['f|constructor: a', '6:7 unknown modifier constructor'],
    ['f|: a', '6:7 an empty modifier'],
    ['f||contains: a', '6:7 an empty modifier'],
    ['f|contains|contains: a', '6:16 modifier contains stands there twice'],
    ['f|contains|endswith: a', '6:5 contains and endswith exclude each other'],
    ['f|gt|lt: 1', '6:5 gt and lt exclude each other'],
    ['f|hour: "1"', '6:13 hour takes a number without quotes'],
    ['f|gte|hour: 1', '6:5 hour comes first'],
    ['f|hour|contains: 1', '6:5 hour does not go with contains'],
    ['f|expand: "%x%"', '6:16 placeholder %x% has no values; give them with the placeholders'],
    ['f|contains|re: a', '6:5 re comes first'],
    ['f|i: a', '6:5 i belongs behind re'],
    ['f|re|contains: a', '6:5 re does not go with contains'],
    ['f|cidr|contains: 10.0.0.0/8', '6:5 cidr does not go with contains'],
    ['f|exists|all: [true]', '6:5 exists does not go with all'],
    ['f|wide: a', '6:5 wide is followed by base64 or base64offset'],
    ['f|base64|wide: a', '6:5 the order is wide, base64'],
    ['f|contains|base64: a', '6:5 the order is base64, contains'],
    ['f|base64|windash: a', '6:5 the order is windash, base64'],
    ['f|wide|windash|base64: a', '6:5 the order is windash, wide, base64'],
    ['f|wide|base64|windash|contains: a', '6:5 the order is windash, wide, base64, contains'],
    ['f|contains: 4444', '6:17 contains is for texts; put the value in quotes'],
    ['f|endswith: true', '6:17 endswith is for texts; put the value in quotes'],
    ['f|base64: 1', '6:15 base64 is for texts; put the value in quotes'],
    ['f|contains: null', '6:17 null takes no modifier but neq'],
    ['f|base64: a*', '6:15 base64 takes no wildcards'],
    ['f|base64offset: a', '6:21 base64offset takes at least two bytes'],
    ['f|cidr: 10.0.0.0/33', '6:13 10.0.0.0/33 is no network'],
    ['f|cidr: 10.0.0/8', '6:13 10.0.0/8 is no network'],
    ['f|cidr: 10.0.0.0/8/8', '6:13 10.0.0.0/8/8 is no network'],
    ['f|cidr: 10.0.0.1/8', '6:13 10.0.0.1/8 has bits set behind its prefix; the network is 10.0.0.0/8'],
    ['f|cidr: ::1/64', '6:13 ::1/64 has bits set behind its prefix; the network is ::/64'],
    ['f|cidr: 10', '6:13 cidr takes a network as text'],
    ['f|gt: x', '6:11 gt takes a number without quotes'],
    ["f|gt: '1'", '6:11 gt takes a number without quotes'],
    ['f|exists: maybe', '6:15 exists takes true or false'],
    ['f|fieldref: 1', '6:17 fieldref takes the name of a field'],
    ['f|re: 1', '6:11 re takes a text'],
    ['f|contains|all: a', '6:5 all is for lists of values'],
    ['f: [a, null]', '6:12 null does not belong in a list of values'],
    ['f: []', '6:8 a list of values is empty'],
    ['f: {a: b}', '6:8 a value is a text, a number, a boolean or null'],
    ['f: [[a]]', '6:9 a value is a text, a number, a boolean or null'],
    ['"": a', '6:5 a field has a name'],
    ['"|contains": [a]', '6:5 keywords take no other modifier than all'],
    ['"|all": [a, null]', '6:17 null does not belong in a list of values'],
    ['"|all": a', '6:5 all is for lists of values'],
    ['f|gt: null', '6:11 null takes no modifier but neq'],
    ['f|re: null', '6:11 null takes no modifier but neq'],
    ['f|neq|contains: null', '6:21 null takes no modifier but neq'],
    ['f|gt: 010', '6:11 gt takes a number without leading zeros, not 010'],
    ['f|lte: -010', '6:12 lte takes a number without leading zeros, not -010'],
    ['f|hour: 08', '6:13 hour takes a number without leading zeros, not 08'],
    ['f|day: 9007199254740993', '6:12 day takes a number below 2^53, not 9007199254740993'],
    ['f|expand: 5', '6:15 expand is for texts; put the value in quotes'],
    ['f|windash: 5', '6:16 windash is for texts; put the value in quotes'],
    ['f|expand|windash: true', '6:23 windash is for texts; put the value in quotes'],
    ['f|windash|base64: true', '6:23 base64 is for texts; put the value in quotes'],
    ['f|exists: [true, false]', '6:16 exists takes true or false'],
    ['f|exists: ', '6:15 exists takes true or false'],
    ['f|base64|expand: "%x%"', '6:23 placeholder %x% has no values; give them with the placeholders'],
  ])('%s', (item, problem) => {
    expect(problemsOf(item)).toEqual([problem]);
  });

  test.each(['a(?=b)', '(a)\\1', '(', 'a{2000}'])('regex %s: what does not run in linear time', (expression) => {
    const [problem] = problemsOf(`f|re: '${expression}'`);
    expect(problem).toMatch(/^6:11 not a regular expression that runs in linear time: /);
  });
});

test('windash stands before what encodes, not before everything', () => {
  expect(itemMatches('f|all|windash|base64: [a]', { f: 'YQ==' })).toBe(true);
  expect(itemMatches('f|contains|windash: -a', { f: 'x /a' })).toBe(true);
});
