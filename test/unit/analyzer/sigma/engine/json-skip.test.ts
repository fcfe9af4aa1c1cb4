import { describe, expect, test } from 'vitest';
import {
  createUnreadSkip,
  skipNumber,
  skipSpace,
  skipText,
  skipValue,
  skipWord,
} from '../../../../../analyzer/sigma/engine/json-skip.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const long = 'x'.repeat(200);

const wellFormed = [
  '0',
  '-0',
  '7',
  '10',
  '-12.5',
  '0.25',
  '1e3',
  '1E3',
  '1e+3',
  '1e-3',
  '0e0',
  '-0.0E-00',
  '123456789',
  'true',
  'false',
  'null',
  '""',
  '"a"',
  '" "',
  '"\\""',
  '"\\\\"',
  '"\\/\\b\\f\\n\\r\\t"',
  '"\\u0041"',
  '"\\u0aAfF"',
  '"\\uabcd\\uEF09"',
  `"${long}"`,
  `"${long}\\"${long}"`,
  '[]',
  '[ ]',
  '[1]',
  '[1,2]',
  '[ 1 , "a" , null ]',
  '[[],[[]]]',
  '[\t\r\n1\n]',
  '{}',
  '{ }',
  '{"a":1}',
  '{ "a" : 1 , "b" : [ ] }',
  '{"a":{"b":{}}}',
  '{"":""}',
  '{"a\\"":1}',
  `${'['.repeat(64)}${']'.repeat(64)}`,
];

const malformed = [
  '',
  '-',
  '01',
  '00',
  '1.',
  '.5',
  '-.5',
  '1e',
  '1e+',
  '1E-',
  '+1',
  '--1',
  '0x1',
  '- 1',
  '1.e1',
  'tru',
  'nul',
  'True',
  'nil',
  'x',
  'fals',
  'truf',
  'falsy',
  'nulL',
  '"',
  '"a',
  '"\\"',
  '"\\x"',
  '"\\u12"',
  '"\\u12G4"',
  '"\\u12g4"',
  '"\\u123@"',
  '"\\u123/"',
  '"\\u123:"',
  '"\\u123`"',
  '"\\u"',
  '"a\nb"',
  '"\u0000"',
  '"\u001f"',
  '"\t"',
  '"\\',
  '[',
  '[1',
  '[1,',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1x2]',
  '[1;[]]',
  '["a""b"]',
  '[1}',
  '[1,,2]',
  '[x]',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{,}',
  '{a:1}',
  '{"a" 1}',
  '{"a":1 "b":2}',
  '{"a":1]',
  '{1:1}',
  '{"a"=1}',
  "{'a':1}",
  '{"a":}',
  '{"a:1}',
  '{"a":tru}',
  '{"a\n":1}',
];

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('a value', () => {
  test.each(wellFormed)('%s is stepped over', (text) => {
    expect(isJson(text)).toBe(true);
    expect(skipValue(bytes(text), 0)).toBe(text.length);
    for (const behind of [',', '}', ' ', ']']) expect(skipValue(bytes(`:${text}${behind}`), 1)).toBe(1 + text.length);
  });

  test.each(malformed)('%j is not', (text) => {
    expect(isJson(text)).toBe(false);
    const place = skipValue(bytes(text), 0);
    // What goes on behind a number or a word is for the caller to see.
    if (place >= 0) expect(isJson(text.slice(0, place)) && /[.\dxe]/.test(text[place] ?? '')).toBe(true);
  });

  test('deeper than 64 is left to a parser', () => {
    const nested = (depth: number) => bytes(`${'['.repeat(depth)}1${']'.repeat(depth)}`);
    expect(skipValue(nested(64), 0)).toBe(129);
    expect(skipValue(nested(65), 0)).toBe(-1);
    expect(skipValue(bytes(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`), 0)).toBe(-1);
  });
});

test.each([
  ['1', 1],
  ['-1', 2],
  ['-', -1],
  ['01', 1],
  ['12', 2],
  ['1.5', 3],
  ['1.', -1],
  ['1.x', -1],
  ['1e5', 3],
  ['1E5', 3],
  ['1e', -1],
  ['1e+5', 4],
  ['1e-5', 4],
  ['1e*5', -1],
  ['1f5', 1],
  ['0.0', 3],
  ['0e1', 3],
  ['', -1],
  ['x', -1],
  ['/', -1],
  [':', -1],
])('the number %j ends at %d', (text, end) => {
  expect(skipNumber(bytes(text), 0)).toBe(end);
});

test.each([
  ['true', 4],
  ['false', 5],
  ['null', 4],
  ['truest', 4],
  ['tree', -1],
  ['nul', -1],
  ['', -1],
  ['x', -1],
  ['fals ', -1],
])('the word %j ends at %d', (text, end) => {
  expect(skipWord(bytes(text), 0)).toBe(end);
});

test.each([
  ['', 0],
  ['x', 0],
  [' x', 1],
  [' \t\r\nx', 4],
  ['\v', 0],
  ['\u0000', 0],
  ['\u00a0', 0],
])('space of %j ends at %d', (text, end) => {
  expect(skipSpace(bytes(text), 0)).toBe(end);
});

describe('text that nobody looks into', () => {
  const skip = (text: string) => createUnreadSkip()(bytes(text), 0);
  const of = (length: number) => 'x'.repeat(length);

  test.each([0, 1, 47, 48, 49, 100, 5_000])('of %d bytes', (length) => {
    expect(skip(`${of(length)}" "`)).toBe(length + 1);
    expect(skip(`${of(length)}\\"y" "`)).toBe(length + 4);
    expect(skip(`${of(length)}\\\\" "`)).toBe(length + 3);
    expect(skip(`${of(length)}\\u00e9" "`)).toBe(length + 7);
    expect(skip(`${of(length)}\\x" "`)).toBe(-1);
    expect(skip(`${of(length)}"\\x`)).toBe(length + 1);
    expect(skip(of(length))).toBe(-1);
  });

  test('a control character near its beginning', () => {
    expect(skip('a\nb"')).toBe(-1);
    expect(skip(`${of(47)}\n"`)).toBe(-1);
    expect(skip('a b"')).toBe(4);
  });

  test('one after the other in one buffer, and in another', () => {
    const skipUnread = createUnreadSkip();
    const [plain, escaped] = [`${of(60)}"`, `${of(60)}\\"${of(60)}"`];
    const buffer = bytes(`${plain}${escaped}${plain}${escaped}${plain}`);
    let at = 0;
    for (const part of [plain, escaped, plain, escaped, plain]) {
      expect(skipUnread(buffer, at)).toBe(at + part.length);
      at += part.length;
    }
    // Again from its beginning, then another buffer whose escape stands elsewhere.
    expect(skipUnread(buffer, plain.length)).toBe(plain.length + escaped.length);
    expect(skipUnread(buffer, 0)).toBe(plain.length);
    expect(skipUnread(bytes(`${of(50)}\\"${of(60)}"`), 0)).toBe(113);
    expect(skipUnread(bytes(plain), 0)).toBe(plain.length);
  });
});

test('text that is looked into: each escape, up to its quote', () => {
  expect(skipText(bytes('a\\u00e9\\n"x"'), 0)).toBe(10);
  expect(skipText(bytes('a" "'), 3)).toBe(4);
  expect(skipText(bytes('é"'), 0)).toBe(2);
});
