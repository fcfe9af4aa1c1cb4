import { describe, expect, test } from 'vitest';
import { createLineMatcher } from '../../../../../analyzer/sigma/engine/json-line.ts';
import { createMatcher } from '../../../../../analyzer/sigma/engine/matcher.ts';
import { parseEvent } from '../../../../../analyzer/sigma/event-json.ts';
import { plainFields } from '../../../../../analyzer/sigma/fields.ts';
import type { Expression } from '../../../../../analyzer/sigma/language/expression.ts';
import type { Token } from '../../../../../analyzer/sigma/language/pattern.ts';

const equals = (text: string) => ({ kind: 'pattern', tokens: [{ kind: 'text', text }] as readonly Token[] }) as const;
const field = (name: string, text: string): Expression => ({ kind: 'field', field: name, test: equals(text) });
const withinTokens: readonly Token[] = [{ kind: 'text', text: 'a' }, { kind: 'one' }, { kind: 'text', text: 'c' }];

/** By what they ask: the names are what a match is told by. */
const asked: Readonly<Record<string, Expression>> = {
  'a=x': field('a', 'x'),
  'a=é"': field('a', 'é"'),
  'a=true': field('a', 'true'),
  'a=12': field('a', '12'),
  'a=0': field('a', '0'),
  'a=-5': field('a', '-5'),
  'a=1.5': field('a', '1.5'),
  'a=1000': field('a', '1000'),
  'a=long': field('a', '123456789012345'),
  'a=longer': field('a', '12345678901234567000'),
  'a>7': { kind: 'field', field: 'a', test: { kind: 'compare', op: 'gt', number: 7 } },
  'a?': { kind: 'exists', field: 'a' },
  'a=null': { kind: 'null', field: 'a' },
  'b.c=x': field('b.c', 'x'),
  'b.c?': { kind: 'exists', field: 'b.c' },
  'a=d': { kind: 'fieldref', field: 'a', other: 'd' },
};
const keywords: Readonly<Record<string, Expression>> = {
  x: { kind: 'keyword', test: equals('x') },
  true: { kind: 'keyword', test: equals('true') },
  7: { kind: 'keyword', test: equals('7') },
  'a?c': { kind: 'keyword', test: { kind: 'pattern', tokens: withinTokens } },
};

/** Matches the line both ways: as it stands, and parsed; they must agree, also about what is no object. */
function readerOf(expressions: Readonly<Record<string, Expression>>) {
  const names = Object.keys(expressions);
  const entries = Object.values(expressions).map((expression) => ({ expression, further: [] }));
  const lines = createLineMatcher(createMatcher(entries, plainFields));
  const objects = createMatcher(entries, plainFields);
  const named = (found: readonly number[]) => found.map((entry) => names[entry]);
  return (line: string): string => {
    const buffer = Buffer.from(`before\n${line}\nafter`);
    const range = { from: 7, to: buffer.length - 6 };
    const object = parsed(line);
    if (object === undefined) {
      expect(() => lines.match(buffer, range)).toThrow();
      return 'refused';
    }
    const found = named(lines.match(buffer, range));
    expect(found).toEqual(named(objects.match(object)));
    return found.join(' ');
  };
}

function parsed(line: string): object | undefined {
  try {
    const value = parseEvent(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const none = 'a=null';

describe('a line', () => {
  test.each<readonly [line: string, found: string]>([
    ['{}', none],
    [' { } ', none],
    ['\t{\t}\t\r', none],
    ['{"a":"x"}', 'a=x a?'],
    [' { "a" : "x" } ', 'a=x a?'],
    ['{\t"a"\t:\t"x"\t,\t"e"\t:\t1\t}\r', 'a=x a?'],
    ['{"e":1,"a":"x"}', 'a=x a?'],
    ['{"a":"X","e":"}"}', 'a=x a?'],
    ['{"a":"y"}', 'a?'],
    ['{"a":""}', 'a?'],
    ['{"a":"xx"}', 'a?'],
    // Escapes and what is not ASCII.
    ['{"a":"\\u0078"}', 'a=x a?'],
    ['{"a":"\\u00e9\\""}', 'a=é" a?'],
    ['{"a":"É\\""}', 'a=é" a?'],
    ['{"a":"é\\u0022","e":2}', 'a=é" a?'],
    ['{"\\u0061":"x"}', 'a=x a?'],
    ['{"é":"x"}', none],
    // Scalars.
    ['{"a":true}', 'a=true a?'],
    ['{"a":false}', 'a?'],
    ['{"a":null}', 'a? a=null'],
    ['{"a":"null"}', 'a?'],
    ['{"a":12}', 'a=12 a>7 a?'],
    ['{"a":"12"}', 'a=12 a>7 a?'],
    ['{"a":12.0}', 'a=12 a>7 a?'],
    ['{"a":1.2e1}', 'a=12 a>7 a?'],
    ['{"a":7}', 'a?'],
    ['{"a":0}', 'a=0 a?'],
    ['{"a":-0}', 'a=0 a?'],
    ['{"a":-5}', 'a=-5 a?'],
    ['{"a":1.50}', 'a=1.5 a?'],
    ['{"a":1e3}', 'a=1000 a>7 a?'],
    ['{"a":1E+3}', 'a=1000 a>7 a?'],
    ['{"a":123456789012345}', 'a=long a>7 a?'],
    ['{"a":12345678901234567000}', 'a=longer a>7 a?'],
    ['{"a":12345678901234567001}', 'a>7 a?'],
    ['{"a":-12345678901234567000}', 'a?'],
    // Objects and lists.
    ['{"a":["y","x"]}', 'a=x a?'],
    ['{"a":[]}', 'a?'],
    ['{"a":[null]}', 'a? a=null'],
    ['{"a":{"x":"x"}}', 'a?'],
    ['{"b":{"c":"x"}}', `${none} b.c=x b.c?`],
    ['{"b.c":"x"}', `${none} b.c=x b.c?`],
    ['{"b":"x"}', none],
    ['{"b":[{"c":"y"},{"c":"x"}]}', `${none} b.c=x b.c?`],
    ['{"e":{"a":"x"}}', none],
    ['{"e":["x",{"a":[1]}],"a":"x"}', 'a=x a?'],
    ['{"e":[[[]]]}', none],
    // The last of a key counts.
    ['{"a":"x","a":"y"}', 'a?'],
    ['{"a":"y","a":"x"}', 'a=x a?'],
    ['{"a":"x","\\u0061":"y"}', 'a?'],
    ['{"e":1,"e":2,"a":"x"}', 'a=x a?'],
    // Values that a test compares.
    ['{"a":"q","d":"q"}', 'a? a=d'],
    ['{"d":"Q","a":"q"}', 'a? a=d'],
    ['{"a":"q","d":"r"}', 'a?'],
    ['{"a":4,"d":4.0}', 'a? a=d'],
  ])('%s: %s', (line, found) => {
    const read = readerOf(asked);
    expect([read(line), read('{"a":"x","d":"y"}'), read(line)]).toEqual([found, 'a=x a?', found]);
  });

  test.each([
    '',
    ' ',
    '1',
    '"a"',
    'null',
    '[]',
    '[{"a":"x"}]',
    'x',
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    '{"a"=1}',
    '{a:1}',
    "{'a':1}",
    '{"a":1 "b":2}',
    '{"a":1;"b":2}',
    '{"a":1}}',
    '{"a":1} x',
    '{}x',
    '{} {}',
    '{}{}',
    '{"a":1}\u000b',
    '{"a":01}',
    '{"a":1.}',
    '{"a":+1}',
    '{"a":-}',
    '{"a":.5}',
    '{"a":tru}',
    '{"a":True}',
    '{"a":nul}',
    '{"a":x}',
    '{"a":1x}',
    '{"a":"x}',
    '{"a":"\\x"}',
    '{"a":"\t"}',
    '{"a\t":1}',
    '{"e":"\t"}',
    '{"e":"\\x"}',
    '{"e":[1}',
    '{"e":{]}',
    '{"e":tru}',
    '{"e":"x}',
    '{"e":01}',
    '{"a',
    '{"a":"é\t"}',
    '{"a":"\\u00"}',
    '\u000b{}',
    '{"e":[,]}',
    '{:1}',
    '{"a"::1}',
  ])('%j is refused', (line) => {
    expect([readerOf(asked)(line), readerOf(keywords)(line)]).toEqual(['refused', 'refused']);
  });

  test('says what is wrong with it', () => {
    const lines = createLineMatcher(createMatcher([], plainFields));
    const match = (line: string) => () => lines.match(Buffer.from(line), { from: 0, to: line.length });
    expect(match('{')).toThrow(SyntaxError);
    for (const line of ['[]', 'null', '1', '"x"'])
      expect(match(line)).toThrow(new TypeError('an event is a JSON object'));
    expect(match('{}')()).toEqual([]);
  });
});

describe('keywords', () => {
  test.each<readonly [line: string, found: string]>([
    ['{}', ''],
    ['{"k":"x"}', 'x'],
    ['{"x":"k"}', ''],
    ['{"k":"X","l":true}', 'true x'],
    ['{"k":"\\u0078"}', 'x'],
    ['{"k":7}', '7'],
    ['{"k":7.0}', '7'],
    ['{"k":null,"l":"x"}', 'x'],
    ['{"k":{"l":["y",["x"]]}}', 'x'],
    ['{"k":[true,7]}', '7 true'],
    ['{"k":"abc"}', 'a?c'],
    ['{"k":["abc"]}', 'a?c'],
    ['{"k":"ac"}', ''],
    ['{"k":"a","l":"c"}', ''],
    // The last of a key counts, wherever it stands.
    ['{"k":"x","k":"y"}', ''],
    ['{"k":"x","k":7}', '7'],
    ['{"k":"y","l":1,"k":"x"}', 'x'],
    ['{"Aa":"x","BB":"y"}', 'x'],
  ])('%s: %s', (line, found) => {
    const read = readerOf(keywords);
    const expected = Object.keys(keywords).filter((name) => found.split(' ').includes(name));
    expect([read(line), read('{"l":"x"}'), read(line)]).toEqual([expected.join(' '), 'x', expected.join(' ')]);
  });

  test('are looked for in each line anew', () => {
    const read = readerOf(keywords);
    expect(['{"k":"abc"}', '{"k":"ac"}', '{"k":"cxa"}', '{"k":["ac","axc"]}', '{"k":"ac"}'].map(read)).toEqual([
      'a?c',
      '',
      '',
      'a?c',
      '',
    ]);
  });

  test('next to fields', () => {
    const read = readerOf({ 'a=x': field('a', 'x'), x: { kind: 'keyword', test: equals('x') } });
    expect(read('{"a":"x"}')).toBe('a=x x');
    expect(read('{"b":"x"}')).toBe('x');
    expect(read('{"b":"x","a":"y"}')).toBe('x');
  });
});

describe('is settled by its bytes', () => {
  /** Whether a line was settled as it stands, or parsed. */
  function wayOf(line: string, expressions: Readonly<Record<string, Expression>>): 'bytes' | 'parsed' {
    const matcher = createMatcher(
      Object.values(expressions).map((expression) => ({ expression, further: [] })),
      plainFields,
    );
    let way: 'bytes' | 'parsed' = 'bytes';
    const lines = createLineMatcher({
      ...matcher,
      match(event, onError) {
        way = 'parsed';
        return matcher.match(event, onError);
      },
    });
    const buffer = Buffer.from(`before\n${line}\nafter`);
    lines.match(buffer, { from: 7, to: buffer.length - 6 });
    return way;
  }
  const many = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join()}}`;

  test.each([
    '{}',
    ' \t{ } \r',
    '{\t"a"\t:\t"x"\t,\t"e"\t:\t1\t}\t',
    '{"a":"x\\u0078\\"é"}',
    '{"a":true,"d":false}',
    '{"a":null,"b":"x","b.c":"y"}',
    '{"a":-12.50e+3}',
    '{"a":123456789012345678901234567890}',
    '{"e":"x","a":1,"f":{"a":[1,"\\n",{}]},"g":[[[]]],"h":-1.5e3,"i":false}',
    '{"e":1,"e":2,"a":"x"}',
    many(200),
  ])('%s', (line) => {
    expect(wayOf(line, asked)).toBe('bytes');
  });

  test.each(['{"a":[]}', '{"a":{}}', '{"b":{"c":1}}', '{"b":[]}', '{"\\u0061":1}', '{"é":1}', '{"a":1,"a":2}'])(
    'but for %s',
    (line) => {
      expect(wayOf(line, asked)).toBe('parsed');
    },
  );

  test.each([
    ['{"k":"x","l":7,"m":true,"n":null}', 'bytes'],
    ['{"k":"abc"}', 'bytes'],
    [many(64), 'bytes'],
    [many(65), 'parsed'],
    ['{"k":[]}', 'parsed'],
    ['{"k":{}}', 'parsed'],
    ['{"k":1,"k":2}', 'parsed'],
  ])('where keywords are looked for: %s, %s', (line, way) => {
    expect(wayOf(line, keywords)).toBe(way);
  });
});
