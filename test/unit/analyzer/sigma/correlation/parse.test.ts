import { describe, expect, it } from 'vitest';
import { parseCorrelation } from '../../../../../analyzer/sigma/correlation/parse.ts';
import type { CorrelationSpec } from '../../../../../analyzer/sigma/correlation/spec.ts';
import { RuleErrors, readSource } from '../../../../../analyzer/sigma/language/source.ts';

const indented = (text: string): string => text.trim().replace(/^/gm, '  ');

/** A document with these members of its correlation, and others beside it. */
function parse(members: string, beside = ''): CorrelationSpec {
  const { documents, problems } = readSource(`title: Test\n${beside}correlation:\n${indented(members)}\n`, 'rule.yml');
  expect(problems).toEqual([]);
  const [document] = documents;
  if (document === undefined) throw new Error('no document');
  return parseCorrelation(document.root);
}

/** What is wrong, as `line message`; line 1 is the first member of the correlation. */
function refusal(members: string, beside = ''): readonly string[] {
  const text = `title: Test\n${beside}correlation:\n${indented(members)}\n`;
  const [document] = readSource(text, 'rule.yml').documents;
  if (document === undefined) throw new Error('no document');
  try {
    parseCorrelation(document.root);
  } catch (error) {
    if (!(error instanceof RuleErrors)) throw error;
    return error.errors.map(({ node, message }) => `${document.source.place(node).line - 2} ${message}`);
  }
  throw new Error('it was not refused');
}

const counted = 'type: event_count\nrules: [a]\ntimespan: 5m\ncondition: { gte: 3 }\n';

describe('a correlation', () => {
  it('is read as plain data', () => {
    const spec = parse(`
type: value_count
rules: [failed, 5638f7c0-ac70-491d-8465-2a65075e0d86]
group-by: [Computer, ip]
timespan: 90m
aliases:
  ip:
    failed: source.ip
condition:
  field: [User, Domain]
  gt: 100
  lte: 200
generate: true
`);
    expect(spec).toEqual({
      type: 'value_count',
      rules: ['failed', '5638f7c0-ac70-491d-8465-2a65075e0d86'],
      groupBy: ['Computer', 'ip'],
      timespanMs: 5_400_000,
      aliases: { ip: { failed: 'source.ip' } },
      bounds: [
        { op: 'gt', number: 100 },
        { op: 'lte', number: 200 },
      ],
      fields: ['User', 'Domain'],
      generate: true,
    });
  });

  it('may name one rule and one field as text, and needs no group', () => {
    expect(parse('type: event_count\nrules: a\ntimespan: 1s\ngroup-by: User\ncondition: { eq: 2 }')).toMatchObject({
      rules: ['a'],
      groupBy: ['User'],
      generate: false,
      aliases: {},
    });
    expect(parse(counted).groupBy).toEqual([]);
  });

  it.each([
    ['event_count', 'gte: 1'],
    ['value_count', 'gte: 1, field: f'],
    ['temporal', 'gte: 1'],
    ['temporal_ordered', 'gte: 1'],
    ['value_sum', 'gte: 1, field: f'],
    ['value_avg', 'gte: 1.5, field: f'],
    ['value_percentile', 'gte: 1, field: f, percentile: 99.9'],
    ['value_median', 'gte: -1, field: f'],
  ])('may be of type %s', (type, condition) => {
    expect(parse(`type: ${type}\nrules: [a]\ntimespan: 1s\ncondition: { ${condition} }`).type).toBe(type);
  });

  it('has thresholds of any number, and every operator', () => {
    const { bounds, percentile } = parse(
      'type: value_percentile\nrules: [a]\ntimespan: 1s\ncondition: { field: f, percentile: 50, gt: 1, gte: 2.5, lt: 3, lte: -4, eq: 5, neq: 6 }',
    );
    expect(bounds.map(({ op, number }) => `${op} ${number}`)).toEqual([
      'gt 1',
      'gte 2.5',
      'lt 3',
      'lte -4',
      'eq 5',
      'neq 6',
    ]);
    expect(percentile).toBe(50);
  });

  it('of a temporal type asks for all its rules unless it says less', () => {
    const temporal = 'rules: [a, b, c]\ntimespan: 1s';
    for (const type of ['temporal', 'temporal_ordered']) {
      expect(parse(`type: ${type}\n${temporal}`).bounds).toEqual([{ op: 'gte', number: 3 }]);
      expect(parse(`type: ${type}\n${temporal}\ncondition: { gt: 1 }`).bounds).toEqual([{ op: 'gt', number: 1 }]);
    }
  });

  it.each([
    ['15s', 15_000],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1w', 604_800_000],
    ['1M', 2_629_746_000],
    ['1y', 31_556_952_000],
  ])('reads the timespan %s', (text, ms) => {
    expect(parse(counted.replace('5m', text)).timespanMs).toBe(ms);
  });

  it('reads generate inside and beside', () => {
    expect(parse(`${counted}generate: true`).generate).toBe(true);
    expect(parse(counted, 'generate: true\n').generate).toBe(true);
    expect(parse(`${counted}generate: true`, 'generate: true\n').generate).toBe(true);
  });
});

describe('refused with its place', () => {
  it.each(['15', '1 m', '-1s', '0m', '5S', '1.5h', 'm', '"1h30m"', '99999999999999y', '[1m]'])(
    'timespan %s',
    (text) => {
      expect(refusal(counted.replace('5m', text))).toEqual([
        '3 timespan is a number with a unit of s, m, h, d or w (90m), more than zero',
      ]);
    },
  );

  it.each([
    [
      'an unknown type',
      counted.replace('event_count', 'event_cuont'),
      /^1 type is one of .*did you mean event_count\?$/,
    ],
    [
      'a type in capitals',
      counted.replace('event_count', 'EVENT_COUNT'),
      /^1 type is one of .*did you mean event_count/,
    ],
    ['no rules', counted.replace('[a]', '[]'), /^2 rules names at least one rule$/],
    ['rules that are maps', counted.replace('[a]', '[{ a: 1 }]'), /^2 rules is a list of texts$/],
    ['a rule twice', counted.replace('[a]', '[a, a]'), /^2 rules names a twice$/],
    ['a group field twice', `${counted}group-by: [u, u]`, /^5 group-by names u twice$/],
    ['an empty group field', `${counted}group-by: ['']`, /^5 group-by is a list of texts$/],
    ['aliases that are no map', `${counted}aliases: [a]`, /^5 aliases is a map$/],
    ['an alias that is no map', `${counted}aliases: { ip: source.ip }`, /^5 alias ip is a map$/],
    ['an empty alias', `${counted}aliases: { ip: {} }`, /^5 alias ip gives for each rule/],
    ['an alias without a field', `${counted}aliases: { ip: { a: 3 } }`, /^5 alias ip gives for each rule/],
    ['an unknown key', `${counted}group_by: u`, /^5 a correlation has no group_by; did you mean group-by\?$/],
    ['timeframe', `${counted}timeframe: 5m`, /^5 a correlation has no timeframe; did you mean timespan\?$/],
    ['field outside', `${counted}field: u`, /^5 a correlation has no field; field stands in condition$/],
    ['generate as text', `${counted}generate: 'yes'`, /^5 generate is true or false$/],
    [
      'a condition of rule names',
      counted.replace('{ gte: 3 }', 'a and not b'),
      /^4 condition is a map of operators \(gte/,
    ],
    ['a condition that is a list', counted.replace('{ gte: 3 }', '[3]'), /^4 condition is a map of operators/],
    ['no operator', counted.replace('gte: 3', ''), /^4 condition needs one of gt, gte/],
    ['an unknown operator', counted.replace('gte', 'gtee'), /^4 condition has no gtee; .* did you mean gte\?$/],
    ['a threshold as text', counted.replace('gte: 3', "gte: '3'"), /^4 gte takes a number$/],
    ['an infinite threshold', counted.replace('gte: 3', 'gte: .inf'), /^4 gte takes a number$/],
    [
      'a field of event_count',
      counted.replace('gte: 3', 'gte: 3, field: u'),
      /^4 the condition of event_count has no field$/,
    ],
    ['fields', counted.replace('gte: 3', 'gte: 3, fields: u'), /^4 condition has no fields; .*did you mean field\?$/],
    ['a percentile of event_count', counted.replace('gte: 3', 'gte: 3, percentile: 5'), /has no percentile$/],
  ])('%s', (_, members, message) => {
    const told = refusal(members);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(message);
  });

  it.each([
    ['value_count', 'gte: 1', 'the condition of value_count needs field'],
    ['value_sum', 'gte: 1', 'the condition of value_sum needs field'],
    ['value_median', 'gte: 1, field: [a, b]', 'value_median takes one field; a list is for value_count'],
    ['value_count', 'gte: 1, field: []', 'field is the name of a field, or a list of them'],
    ['value_count', 'gte: 1, field: [1]', 'field is the name of a field, or a list of them'],
    ['value_percentile', 'gte: 1, field: f', 'the condition of value_percentile needs percentile'],
    ['value_percentile', 'gte: 1, field: f, percentile: 101', 'percentile is a number from 0 to 100'],
    ['value_percentile', "gte: 1, field: f, percentile: '9'", 'percentile is a number from 0 to 100'],
    ['value_avg', 'gte: 1, field: f, percentile: 9', 'the condition of value_avg has no percentile'],
    ['temporal', 'gte: 1, field: f', 'the condition of temporal has no field'],
  ])('%s with { %s }', (type, condition, message) => {
    expect(refusal(`type: ${type}\nrules: [a]\ntimespan: 1s\ncondition: { ${condition} }`)).toEqual([`4 ${message}`]);
  });

  it('everything that is missing, at once', () => {
    expect(refusal('generate: true')).toEqual([
      '0 a correlation needs a type',
      '0 a correlation needs rules',
      '0 a correlation needs a timespan',
    ]);
    expect(refusal('type: value_sum')).toEqual([
      '0 a correlation needs rules',
      '0 a correlation needs a timespan',
      '0 a correlation needs a condition',
    ]);
  });

  it('everything that is wrong, at once', () => {
    const wrong = 'type: x\nrules: 3\ntimespan: x\ncondition: { gte: x, lte: y }\nwindow: 3';
    expect(refusal(wrong).map((line) => line[0])).toEqual(['1', '3', '4', '4', '5']);
  });

  it('generate that contradicts itself', () => {
    expect(refusal(`${counted}generate: true`, 'generate: false\n')[0]).toMatch(/generate is given twice and differs$/);
  });

  it('a section that is no map', () => {
    const [document] = readSource('title: Test\ncorrelation: 3\n', 'rule.yml').documents;
    expect(() => document && parseCorrelation(document.root)).toThrow('correlation is a map');
  });
});

describe('the condition of a correlation', () => {
  const of = (type: string, condition: string) =>
    `type: ${type}\nrules: [a, b]\ntimespan: 1m\ncondition:${condition && ` ${condition}`}\n`;

  it.each([
    ['temporal', '{}', { op: 'gte', number: 2 }],
    ['temporal_ordered', '{}', { op: 'gte', number: 2 }],
    ['value_percentile', '{ field: f, percentile: 0, gt: 1 }', { op: 'gt', number: 1 }],
    ['value_percentile', '{ field: f, percentile: 100, gt: 1 }', { op: 'gt', number: 1 }],
    ['value_count', '{ field: f, gte: 1436 }', { op: 'gte', number: 1436 }],
    ['value_count', '{ field: f, gt: 1435 }', { op: 'gt', number: 1435 }],
    ['event_count', '{ gte: 1437 }', { op: 'gte', number: 1437 }],
    ['event_count', '{ gte: 9007199254740991 }', { op: 'gte', number: 9_007_199_254_740_991 }],
    ['event_count', '{ gte: 9007199254740994 }', { op: 'gte', number: 9_007_199_254_740_994 }],
    ['value_sum', '{ field: f, gte: 0.1 }', { op: 'gte', number: 0.1 }],
  ])('of %s may be %s', (type, condition, bound) => {
    expect(parse(of(type, condition))).toMatchObject({ bounds: [bound] });
  });

  const few = 'a value_count tells at most 1436 different values apart, which are too few for';
  it.each([
    ['value_count', '{ field: f, gte: 1437 }', `4 ${few} gte: 1437; take a lower number, or an event_count`],
    ['value_count', '{ field: f, gt: 1436 }', `4 ${few} gt: 1436; take a lower number, or an event_count`],
    [
      'event_count',
      '{ gte: 9007199254740993 }',
      '4 gte takes a number up to 2^53; 9007199254740993 would be compared as 9007199254740992',
    ],
    ['value_percentile', '{ field: f, percentile: -1, gt: 1 }', '4 percentile is a number from 0 to 100'],
    ['value_percentile', '{ field: f, percentile: 100.5, gt: 1 }', '4 percentile is a number from 0 to 100'],
    ['value_percentile', "{ field: f, percentile: '5', gt: 1 }", '4 percentile is a number from 0 to 100'],
    ['value_sum', "{ field: '', gt: 1 }", '4 field is the name of a field, or a list of them'],
    ['value_count', "{ field: [f, ''], gt: 1 }", '4 field is the name of a field, or a list of them'],
    ['value_count', '{ field: [], gt: 1 }', '4 field is the name of a field, or a list of them'],
    ['value_count', '{ field: [f, 5], gt: 1 }', '4 field is the name of a field, or a list of them'],
    ['value_sum', '{ field: [f, g], gt: 1 }', '4 value_sum takes one field; a list is for value_count'],
    ['event_count', '{ gte: [1] }', '4 gte takes a number'],
    ['event_count', "{ gte: '1' }", '4 gte takes a number'],
    ['event_count', '{ gte: .inf }', '4 gte takes a number'],
    ['event_count', '{ gte: }', '4 gte takes a number'],
    ['event_count', '5', '4 condition is a map of operators (gte: 3)'],
    ['event_count', '', '4 condition is a map of operators (gte: 3)'],
    ['event_count', '[gte]', '4 condition is a map of operators (gte: 3)'],
    [
      'event_count',
      'a and b',
      '4 condition is a map of operators (gte: 3); one of rule names as text is not part of Sigma 2.1',
    ],
    ['event_count', '{}', '4 condition needs one of gt, gte, lt, lte, eq, neq'],
  ])('of %s is not %s', (type, condition, problem) => {
    expect(refusal(of(type, condition))).toEqual([problem]);
  });

  it.each([
    ['fields: f', 'fields; operators are gt, gte, lt, lte, eq, neq; did you mean field?'],
    ['feild: f', 'feild; operators are gt, gte, lt, lte, eq, neq; did you mean field?'],
    ['percentil: 5', 'percentil; operators are gt, gte, lt, lte, eq, neq; did you mean percentile?'],
    ['gtee: 5', 'gtee; operators are gt, gte, lt, lte, eq, neq; did you mean gte?'],
  ])('has no %s', (member, problem) => {
    expect(refusal(of('event_count', `{ gte: 1, ${member} }`))).toEqual([`4 condition has no ${problem}`]);
  });
});
