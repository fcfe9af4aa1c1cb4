import { describe, expect, test } from 'vitest';
import { isMatch } from './rules.ts';

const itemMatches = (item: string, fields: Readonly<Record<string, unknown>>): boolean =>
  isMatch(`sel:\n  ${item}`, fields);

/** Item in YAML, value of the field `f` (absent when undefined), whether it matches. */
type Case = readonly [item: string, value: unknown, expected: boolean];

const run = (cases: readonly Case[]): void => {
  test.each(cases)('%s on %j is %s', (item, value, expected) => {
    expect(itemMatches(item, value === undefined ? {} : { f: value })).toBe(expected);
  });
};

describe('values are texts without case', () => {
  run([
    ['f: curl', 'curl', true],
    ['f: curl', 'CURL', true],
    ['f: CuRl', 'curl', true],
    ['f: curl', '/usr/bin/curl', false],
    ['f: ÄRGER', 'ärger', true],
    ['f: ΟΔΟΣ', 'οδος', true],
    ['f|contains: ΟΔΟΣ', 'x ΟΔΟΣΑ', true],
    ['f|cased: curl', 'CURL', false],
    ['f|cased: curl', 'curl', true],
    ['f|contains|cased: Url', 'cUrl', true],
    ['f|cased|contains: url', 'cUrl', false],
    // Lower case of this letter has two characters; the rest must not shift.
    ['f|endswith: x', '\u0130x', true],
  ]);
});

describe('a number, a boolean and their text are the same', () => {
  run([
    ['f: 4444', '4444', true],
    ['f: 4444', 4444, true],
    ["f: '4444'", 4444, true],
    ["f: 'true'", true, true],
    ['f: true', 'true', true],
    ['f: true', 'True', true],
    ['f: true', false, false],
    ['f: 0', false, false],
    ['f: 1.5', '1.5', true],
    ['f: 0x1f', 31, true],
    ['f: 00000429', '00000429', true],
    ['f: 00000429', 429, false],
    ['f: 9007199254740993', '9007199254740993', true],
    ['f: 9007199254740993', '9007199254740992', false],
    ['f|contains: 00000429', 'id=00000429;', true],
    // YAML 1.2: these are texts.
    ['f: yes', 'yes', true],
    ['f: on', 'on', true],
  ]);
});

describe('wildcards', () => {
  run([
    ['f: "*"', '', true],
    ['f: "*"', undefined, false],
    ['f: "*curl*"', 'a curl b', true],
    ['f: "curl*"', 'curl', true],
    ['f: "?url"', 'curl', true],
    ['f: "?url"', 'url', false],
    ['f: "c??l"', 'curl', true],
    ['f: "*a*b*"', 'xxaxxbxx', true],
    ['f: "*a*b*"', 'xxbxxaxx', false],
    ['f: "a**b"', 'ab', true],
    ['f: "a*b"', 'a\nnew line\nb', true],
    ['f: "a?b"', 'a\nb', true],
    ['f: "?"', '🐳', true],
    ['f: "??"', '🐳', false],
    ['f: "*aab"', 'aaaab', true],
    ['f|contains: "a*c"', 'xxabcxx', true],
    ['f|startswith: "?b"', 'abc', true],
    ['f|endswith: "b?"', 'abc', true],
    ['f: "[a]*"', '[a]x', true],
    ['f: "a.c"', 'abc', false],
  ]);

  test('many wildcards on a long text that does not match end at once', () => {
    const pattern = 'a*'.repeat(40);
    const began = performance.now();
    expect(itemMatches(`f: "${pattern}b"`, { f: 'a'.repeat(5_000) })).toBe(false);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('escapes', () => {
  const raw = String.raw;
  run([
    [raw`f: 'a\*b'`, 'a*b', true],
    [raw`f: 'a\*b'`, 'axb', false],
    [raw`f: 'a\?b'`, 'a?b', true],
    [raw`f: 'a\?b'`, 'axb', false],
    [raw`f: '\'`, raw`\ `.trim(), true],
    [raw`f: '\\'`, raw`\ `.trim(), true],
    [raw`f: '\\\b'`, raw`\\b`, true],
    [raw`f: '\\\\b'`, raw`\\b`, true],
    [raw`f: 'a\b'`, raw`a\b`, true],
    [raw`f: 'a\\*'`, raw`a\anything`, true],
    [raw`f: 'a\\*'`, 'a*', false],
    [raw`f: 'a\\\*'`, raw`a\*`, true],
    [raw`f: 'a\\\*'`, raw`a\x`, false],
    [raw`f: 'C:\x\*'`, raw`C:\x*`, true],
    [raw`f: 'C:\x\*'`, raw`C:\x\y`, false],
    // What a modifier adds is not escaped by a backslash at the end.
    [raw`f|contains: 'a\'`, raw`xa\x`, true],
    [raw`f|startswith: 'a\'`, raw`a\x`, true],
    [raw`f|startswith: 'a\'`, 'a*', false],
    [raw`f|contains: '\\'`, raw`a\b`, true],
  ]);
});

describe('null, absent and empty', () => {
  run([
    ['f: null', undefined, true],
    ['f: null', null, true],
    ['f: null', '', false],
    ['f:', undefined, true],
    ['f: ~', 'x', false],
    ["f: ''", '', true],
    ["f: ''", undefined, false],
    ["f: ''", null, false],
    ['f|neq: null', 'x', true],
    ['f|neq: null', undefined, false],
    ['f|contains: ""', undefined, false],
    ['f|contains: ""', '', true],
    ['f|exists: true', 'x', true],
    ['f|exists: true', undefined, false],
    ['f|exists: true', null, true],
    ['f|exists: true', '', true],
    ['f|exists: true', [], true],
    ['f|exists: false', undefined, true],
    ['f|exists: false', 'x', false],
  ]);

  test('a test on an absent field is false, so its negation is true', () => {
    expect(isMatch('sel: {f: x}\ncondition: not sel', {})).toBe(true);
  });
});

describe('lists', () => {
  run([
    ['f: [a, b]', 'b', true],
    ['f: [a, b]', 'c', false],
    ['f: [1, b]', '1', true],
    ['f|contains: [a, b]', 'xbx', true],
    ['f|contains|all: [a, b]', 'xbax', true],
    ['f|contains|all: [a, b]', 'xbx', false],
    ['f|all|contains: [a, b]', 'ab', true],
    ['f|re|all: [^a, b$]', 'a-b', true],
    // A field with several values: any of them, for each value of the rule.
    ['f: b', ['a', 'b'], true],
    ['f: c', ['a', 'b'], false],
    ['f|all: [a, b]', ['a', 'b'], true],
    ['f|contains|all: [a, b]', ['xa', 'xb'], true],
    ['f|neq: a', ['a', 'b'], false],
    ['f: null', [], false],
    ['f.g: x', [{ g: 'y' }, { g: 'x' }], true],
    ['f.g: x', { g: 'x' }, true],
    ['f.g: x', 'x', false],
    ['f.g|exists: true', [{ h: 1 }], false],
  ]);
});

describe('names of fields', () => {
  test('a key that itself has dots wins over the path', () => {
    const members = { docker: { 'a.b': 'key', a: { b: 'path' } } };
    expect(itemMatches('docker.a.b: key', members)).toBe(true);
    expect(itemMatches('docker.a.b: path', members)).toBe(false);
  });

  test.each(['constructor', '__proto__', 'f.length', 'toString'])('%s is no field of anything', (name) => {
    expect(itemMatches(`${name}|exists: true`, { f: 'x' })).toBe(false);
    expect(itemMatches(`${name}: null`, { f: 'x' })).toBe(true);
  });

  test("the Sigma taxonomy's names read our facts", () => {
    const exec = { args: ['/usr/bin/curl', '-s'], command: '/usr/bin/curl -s', user: 'root' };
    expect(itemMatches('CommandLine|endswith: " -s"', { exec })).toBe(true);
    expect(itemMatches('User: root', { exec })).toBe(true);
    expect(itemMatches('DestinationPort: 443', { destination: { ip: '1.1.1.1', port: 443 } })).toBe(true);
    expect(itemMatches("Initiated: 'true'", { network: { direction: 'egress' } })).toBe(true);
    expect(itemMatches("Initiated: 'false'", { network: { direction: 'ingress' } })).toBe(true);
  });
});
