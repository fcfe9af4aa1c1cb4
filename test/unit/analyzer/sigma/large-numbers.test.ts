import { describe, expect, it } from 'vitest';
import { linkRules } from '../../../../analyzer/sigma/compile.ts';
import { createCorrelator } from '../../../../analyzer/sigma/correlation/correlator.ts';
import { createMemoryStore } from '../../../../analyzer/sigma/correlation/memory-store.ts';
import { createEvaluator } from '../../../../analyzer/sigma/evaluate.ts';
import { numberText, parseEvent } from '../../../../analyzer/sigma/event-json.ts';
import { compareToWhole, wholeOf } from '../../../../analyzer/sigma/language/whole-numbers.ts';
import { documentsOf } from './documents.ts';
import { refusal, ruleText } from './language/rules.ts';

describe('an event as JSON text', () => {
  it('keeps whole numbers beyond 2^53 as their digits, and nothing else', () => {
    const text =
      '{"a":9007199254740993,"b":[-9007199254740993,9007199254740991,1e20,9007199254740993.0,123456789012345678e0],"9007199254740993":"9007199254740993 \\" 9007199254740993","c":"\\\\"}';
    expect(parseEvent(text)).toEqual({
      a: '9007199254740993',
      b: ['-9007199254740993', Number.MAX_SAFE_INTEGER, 1e20, 2 ** 53, 123456789012345680],
      '9007199254740993': '9007199254740993 " 9007199254740993',
      c: '\\',
    });
  });

  it('is refused as JSON.parse refuses it', () => {
    for (const text of [
      '{9007199254740993: 1}',
      '[1 9007199254740993]',
      '{"a":09007199254740993}',
      '9007199254740993,',
    ])
      expect(() => parseEvent(text)).toThrow(SyntaxError);
  });

  it('reads a number as it is printed where that keeps it', () => {
    expect(['1.50', '1e3', '-0', '9007199254740993', '9007199254740991', '1e400'].map(numberText)).toEqual([
      '1.5',
      '1000',
      '0',
      '9007199254740993',
      '9007199254740991',
      'Infinity',
    ]);
  });
});

describe('a number beyond 2^53', () => {
  it('is whole in any notation that says so', () => {
    const all = {
      '18446744073709551615': '18446744073709551615',
      '-1.5e20': '-150000000000000000000',
      '1e22': `1${'0'.repeat(22)}`,
      '0xffffffffffffffff': '18446744073709551615',
      '+10000000000000000.0': '10000000000000000',
      '0e999999999': '0',
      '.5e1': '5',
    };
    expect(Object.keys(all).map(wholeOf)).toEqual(Object.values(all));
    for (const text of ['9007199254740993.5', '1e-3', '.inf', '1e400', 'x', '']) expect(wholeOf(text)).toBe(undefined);
  });

  it('is compared by all its digits, with whatever length of text', () => {
    const whole = 2n ** 53n + 1n;
    const long = '0'.repeat(1e6);
    const signs = [
      ['9007199254740993', 0],
      [`${long}9007199254740993.${long}`, 0],
      [`9007199254740993.${long}1`, 1],
      ['9007199254740992', -1],
      [2 ** 53, -1],
      [2 ** 54, 1],
      [0.5, -1],
      ['9.007199254740993e15', 0],
      [`0.${long}1e1000017`, 1],
      ['1e-999999999', -1],
    ] as const;
    for (const [value, sign] of signs)
      expect([String(value).slice(0, 40), compareToWhole(value, whole)]).toEqual([String(value).slice(0, 40), sign]);
    for (const value of [
      '',
      ' ',
      'x',
      '1e999',
      '0x20000000000001',
      `${long}x`,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      true,
      null,
      {},
    ])
      expect(compareToWhole(value, whole)).toBe(undefined);
  });

  it('in a line of events is what it says', () => {
    const text = ruleText('sel:\n  n|gt: 9007199254740992\n  m: "9007199254740993"').replace(
      'title: Test',
      'title: hit',
    );
    const found: string[] = [];
    const linked = linkRules(documentsOf(text));
    const evaluator = createEvaluator(linked, {
      logsource: undefined,
      timeField: undefined,
      correlator: createCorrelator([], createMemoryStore()),
      onProblem: (_, message) => found.push(message),
    });
    const lines = [
      '{"n":9007199254740993,"m":9007199254740993}',
      '{"n":9007199254740992,"m":9007199254740993}',
      '{"n":9007199254740993,"m":9007199254740992}',
      '{"n":[9007199254740993],"m":[1,9007199254740993]}',
    ];
    const output = evaluator.feed(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    expect([
      output
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { i: number }).i),
      found,
    ]).toEqual([[0, 3], []]);
  });

  it.each([
    [
      'n|gt: 9007199254740993.5',
      'gt takes beyond 2^53 only whole numbers of at most 308 digits, not 9007199254740993.5',
    ],
    ['n|lt: 1e400', 'lt takes beyond 2^53 only whole numbers of at most 308 digits, not 1e400'],
    ['n|gt: 007', 'gt takes a number without leading zeros, not 007'],
    ["n|gt: '7'", 'gt takes a number without quotes'],
    ['n|hour: 9007199254740993', 'hour takes a number below 2^53, not 9007199254740993'],
    ['n|contains: 7', 'contains is for texts; put the value in quotes'],
  ])('%s is refused when it cannot be compared', (item, message) => {
    expect(refusal(`sel:\n  ${item}`)).toBe(message);
  });
});

describe('a number without quotes', () => {
  const hashOf = (value: string) => documentsOf(ruleText(`sel:\n  f: ${value}`))[0]?.hash;

  it('is another rule when it is written differently', () => {
    const hashes = ['1000', '1e3', '1.10', '1.1', '0x3e8', '9007199254740993', '9007199254740992'].map(hashOf);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf('1e3')).toBe(hashOf('1e3'));
  });

  it('is as it is written where it is a name', () => {
    const [rule] = documentsOf(ruleText('sel:\n  1e3: x\n  0x10|contains: y'));
    expect(rule?.kind === 'rule' && rule.fields).toEqual(['1e3', '0x10']);
  });
});
