import type { MatchCase, RefusalCase } from './conformance.ts';
import { refused } from './conformance.ts';
import type { PlainEvent } from './oracle.ts';

/** Rules a, b and c: true when the field `k` has that text. */
const bases = ['a', 'b', 'c']
  .map(
    (name) =>
      `title: base ${name}\nname: ${name}\nlogsource: {product: x}\ndetection:\n  sel: {k: ${name}}\n  condition: sel\n---\n`,
  )
  .join('');
/** First line of the correlation behind them. */
const line = bases.split('\n').length;

const document = (text: string, name = 'hit'): string =>
  `title: ${name}\nname: ${name}\ncorrelation:\n${text.replace(/^/gm, '  ')}\n`;

/** Time in seconds, what `k` is, ids that come out (in the order of the documents), other fields. */
type Step = readonly [at: number, k: string, ids: string, fields?: PlainEvent];

const correlated = (what: string, rules: string, steps: readonly Step[]): MatchCase => ({
  name: `1.7 ${what}`,
  rules: bases + rules,
  events: steps.map(([at, k, , fields]) => ({ t: at, k: k.split(' '), ...fields })),
  expected: steps.map(([, , ids]) => ids.split(' ').filter((id) => id !== '')),
  options: { timeField: 't' },
});

const count = (rest: string): string => document(`type: event_count\nrules: [a]\ntimespan: 10s\n${rest}`);
const valued = (type: string, condition: string): string =>
  document(`type: ${type}\nrules: [a]\ntimespan: 10s\ncondition: {field: n, ${condition}}`);
const n = (value: unknown): PlainEvent => ({ n: value });

/** §1.7: correlations. */
export const correlationCases: readonly MatchCase[] = [
  correlated(
    'event_count: at the event with which it becomes true, and not again while it stays so',
    count('condition: {gte: 3}'),
    [
      [0, 'a', ''],
      [1, 'x', ''],
      [2, 'a', ''],
      [3, 'a', 'hit'],
      [4, 'a', ''],
      [9, 'a', ''],
    ],
  ),
  correlated('the window slides and holds both its ends', count('condition: {gte: 2}'), [
    [0, 'a', ''],
    [10, 'a', 'hit'],
    [20.5, 'a', ''],
    [30.5, 'a', 'hit'],
  ]),
  correlated('again after the window has passed', count('condition: {gte: 2}'), [
    [0, 'a', ''],
    [1, 'a', 'hit'],
    [2, 'a', ''],
    [100, 'a', ''],
    [101, 'a', 'hit'],
  ]),
  correlated(
    'what is true at one event after another is told once, also when it would not have been true in between',
    count('condition: {gte: 3}'),
    [
      [0, 'a', ''],
      [1, 'a', ''],
      [2, 'a', 'hit'],
      [10.5, 'a', ''],
      [12.4, 'a', ''],
      [22, 'a', ''],
    ],
  ),
  correlated('several conditions are a range', count('condition: {gt: 1, lte: 3}'), [
    [0, 'a', ''],
    [1, 'a', 'hit'],
    [2, 'a', ''],
    [3, 'a', ''],
    [20, 'a', ''],
    [21, 'a', 'hit'],
  ]),
  correlated('eq', count('condition: {eq: 2}'), [
    [0, 'a', ''],
    [1, 'a', 'hit'],
    [2, 'a', ''],
    [3, 'a', ''],
  ]),
  correlated('neq', count('condition: {neq: 2}'), [
    [0, 'a', 'hit'],
    [1, 'a', ''],
    [2, 'a', 'hit'],
  ]),
  correlated('lt is worked out when something arrives', count('condition: {lt: 2}'), [
    [0, 'a', 'hit'],
    [1, 'a', ''],
    [30, 'a', 'hit'],
  ]),
  correlated(
    'group-by: each group counts by itself, and so do events without the field',
    count('group-by: [user]\ncondition: {gte: 2}'),
    [
      [0, 'a', '', { user: 'x' }],
      [1, 'a', '', { user: 'y' }],
      [2, 'a', ''],
      [3, 'a', 'hit', { user: 'y' }],
      [4, 'a', 'hit'],
      [5, 'a', 'hit', { user: 'x' }],
    ],
  ),
  correlated('group-by several fields', count('group-by: [user, host]\ncondition: {gte: 2}'), [
    [0, 'a', '', { user: 'x', host: 'h' }],
    [1, 'a', '', { user: 'x', host: 'i' }],
    [2, 'a', 'hit', { user: 'x', host: 'h' }],
  ]),
  correlated(
    'one rule as a text, timespans of all units',
    document('type: event_count\nrules: a\ntimespan: 1d\ncondition: {gte: 2}'),
    [
      [0, 'a', ''],
      [86_400, 'a', 'hit'],
    ],
  ),
  correlated('minutes', document('type: event_count\nrules: [a]\ntimespan: 2m\ncondition: {gte: 2}'), [
    [0, 'a', ''],
    [121, 'a', ''],
    [241, 'a', 'hit'],
  ]),
  correlated('hours', document('type: event_count\nrules: [a]\ntimespan: 1h\ncondition: {gte: 2}'), [
    [0, 'a', ''],
    [3_600, 'a', 'hit'],
  ]),
  correlated(
    'all rules feed one counter',
    document('type: event_count\nrules: [a, b]\ntimespan: 10s\ncondition: {gte: 3}'),
    [
      [0, 'a', ''],
      [1, 'b', ''],
      [2, 'a b', 'hit'],
    ],
  ),
  correlated(
    'generate: the rules referred to are told too',
    document('type: event_count\nrules: [a]\ntimespan: 10s\ngenerate: true\ncondition: {gte: 2}'),
    [
      [0, 'a', 'a'],
      [1, 'a', 'a hit'],
      [2, 'b', 'b'],
    ],
  ),
  correlated(
    'one reference without generate silences a rule',
    `${count('generate: true\ncondition: {gte: 9}')}---\n${document('type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 9}', 'other')}`,
    [
      [0, 'a', ''],
      [1, 'b', 'b'],
    ],
  ),
  correlated('value_count: different values; without the field nothing', valued('value_count', 'gte: 2'), [
    [0, 'a', '', n('x')],
    [1, 'a', '', n('x')],
    [2, 'a', ''],
    [3, 'a', '', n(null)],
    [4, 'a', 'hit', n('y')],
  ]),
  correlated(
    'value_count of several fields',
    document('type: value_count\nrules: [a]\ntimespan: 10s\ncondition: {field: [n, m], gte: 2}'),
    [
      [0, 'a', '', { n: 'x', m: 'y' }],
      [1, 'a', '', { n: 'x', m: 'y' }],
      [2, 'a', '', { n: 'z' }],
      [3, 'a', 'hit', { n: 'y', m: 'x' }],
    ],
  ),
  correlated('value_sum', valued('value_sum', 'gt: 10'), [
    [0, 'a', '', n(4)],
    [1, 'a', '', n('6')],
    [2, 'a', '', n('x')],
    [3, 'a', 'hit', n(0.5)],
  ]),
  correlated('value_avg', valued('value_avg', 'gte: 2.5'), [
    [0, 'a', '', n(2)],
    [1, 'a', 'hit', n(3)],
    [2, 'a', '', n(2)],
  ]),
  correlated('value_median', valued('value_median', 'gte: 5'), [
    [0, 'a', '', n(1)],
    [1, 'a', 'hit', n(9)],
    [2, 'a', '', n(2)],
  ]),
  correlated('value_percentile, between two ranks', valued('value_percentile', 'percentile: 90, gte: 9'), [
    [0, 'a', '', n(0)],
    [1, 'a', 'hit', n(10)],
    [2, 'a', '', n(0)],
  ]),
  correlated('temporal: all rules in any order', document('type: temporal\nrules: [a, b, c]\ntimespan: 10s'), [
    [0, 'c', ''],
    [1, 'a', ''],
    [2, 'a', ''],
    [3, 'b', 'hit'],
    [12.5, 'b', ''],
    [13, 'c', ''],
    [13.5, 'a', 'hit'],
  ]),
  correlated('temporal: one event may be several of them', document('type: temporal\nrules: [a, b]\ntimespan: 10s'), [
    [0, 'a b', 'hit'],
  ]),
  correlated(
    'temporal: fewer by a condition',
    document('type: temporal\nrules: [a, b, c]\ntimespan: 10s\ncondition: {gte: 2}'),
    [
      [0, 'c', ''],
      [1, 'a', 'hit'],
      [2, 'b', ''],
    ],
  ),
  correlated('temporal_ordered', document('type: temporal_ordered\nrules: [a, b, c]\ntimespan: 10s'), [
    [0, 'b', ''],
    [1, 'a', ''],
    [2, 'c', ''],
    [3, 'b', ''],
    [3, 'a', ''],
    [4, 'c', 'hit'],
  ]),
  correlated('temporal_ordered: too late', document('type: temporal_ordered\nrules: [a, b]\ntimespan: 10s'), [
    [0, 'a', ''],
    [10.5, 'b', ''],
    [11, 'a', ''],
    [21, 'b', 'hit'],
  ]),
  correlated(
    'aliases: a field by the name that each rule has for it',
    document('type: temporal\nrules: [a, b]\ntimespan: 10s\ngroup-by: [who]\naliases:\n  who: {a: user, b: account}'),
    [
      [0, 'a', '', { user: 'x', account: 'z' }],
      [1, 'b', '', { user: 'x', account: 'y' }],
      [2, 'b', 'hit', { user: 'y', account: 'x' }],
    ],
  ),
  correlated(
    'two groups at one event are one id',
    document(
      'type: event_count\nrules: [a, b]\ntimespan: 10s\ngroup-by: [who]\naliases:\n  who: {a: user, b: host}\ncondition: {gte: 1}',
    ),
    [[0, 'a b', 'hit', { user: 'x', host: 'y' }]],
  ),
  correlated(
    'a correlation of a correlation, by the group of the inner one',
    `${document('type: event_count\nrules: [a]\ntimespan: 10s\ngroup-by: [user]\ncondition: {gte: 2}', 'inner')}---\n${document('type: temporal_ordered\nrules: [inner, b]\ntimespan: 20s\ngroup-by: [user]')}`,
    [
      [0, 'a', '', { user: 'x' }],
      [1, 'b', '', { user: 'x' }],
      [2, 'a', '', { user: 'x' }],
      [3, 'b', '', { user: 'y' }],
      [4, 'b', 'hit', { user: 'x' }],
    ],
  ),
  correlated(
    'an outer one that stands before the inner',
    `${document('type: temporal\nrules: [inner, b]\ntimespan: 20s\ngenerate: true')}---\n${document('type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 2}', 'inner')}`,
    [
      [0, 'a', ''],
      [1, 'b', 'b'],
      [2, 'a', 'hit inner'],
    ],
  ),
];

const wrong = (what: string, text: string, problem: string): RefusalCase =>
  refused('1.7', what, bases + document(text), new RegExp(`^(${problem}`));
const at = (offset: number): string => `${line + offset}:\\d+) error `;

/** Line 0 of the document is `title`, 3 the first of the correlation. */
export const correlationRefusals: readonly RefusalCase[] = [
  wrong('no type', 'rules: [a]\ntimespan: 10s\ncondition: {gte: 2}', `${at(2)}.*type|${line}:\\d+ error .*type`),
  wrong(
    'another type',
    'type: event_cuont\nrules: [a]\ntimespan: 10s\ncondition: {gte: 2}',
    `${at(3)}.*did you mean event_count`,
  ),
  wrong('no rules', 'type: event_count\ntimespan: 10s\ncondition: {gte: 2}', `${at(2)}.*rules`),
  wrong(
    'an empty list of rules',
    'type: event_count\nrules: []\ntimespan: 10s\ncondition: {gte: 2}',
    `${at(4)}.*rules`,
  ),
  wrong('no timespan', 'type: event_count\nrules: [a]\ncondition: {gte: 2}', `${at(2)}.*timespan`),
  wrong('another timespan', 'type: event_count\nrules: [a]\ntimespan: 10\ncondition: {gte: 2}', `${at(5)}.*timespan`),
  wrong(
    'a timespan in another unit',
    'type: event_count\nrules: [a]\ntimespan: 1x\ncondition: {gte: 2}',
    `${at(5)}.*timespan`,
  ),
  wrong('no condition', 'type: event_count\nrules: [a]\ntimespan: 10s', `${at(2)}.*condition`),
  wrong('another operator', 'type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {get: 2}', `${at(6)}.*get`),
  wrong(
    'a number that is a text',
    'type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: x}',
    `${at(6)}.*gte`,
  ),
  wrong('no field', 'type: value_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 2}', `${at(6)}.*field`),
  wrong(
    'no percentile',
    'type: value_percentile\nrules: [a]\ntimespan: 10s\ncondition: {field: n, gte: 2}',
    `${at(6)}.*percentile`,
  ),
  wrong(
    'a percentile that is none',
    'type: value_percentile\nrules: [a]\ntimespan: 10s\ncondition: {field: n, percentile: 101, gte: 2}',
    `${at(6)}.*percentile`,
  ),
  wrong(
    'a rule that nobody has',
    'type: event_count\nrules: [a, nobody]\ntimespan: 10s\ncondition: {gte: 2}',
    `${at(4)}.*nobody`,
  ),
  wrong(
    'a condition in words',
    'type: temporal\nrules: [a, b]\ntimespan: 10s\ncondition: a and b',
    `${at(6)}.*condition`,
  ),
  wrong(
    'itself',
    'type: event_count\nrules: [hit]\ntimespan: 10s\ncondition: {gte: 2}',
    `${at(4)}.*(itself|circle|cycle)`,
  ),
  wrong(
    'an alias for a rule that is not referred to',
    'type: temporal\nrules: [a, b]\ntimespan: 10s\ngroup-by: [who]\naliases:\n  who: {c: x}',
    `${at(8)}.*c`,
  ),
  refused(
    '1.7',
    'a circle',
    `${bases}${document('type: event_count\nrules: [other]\ntimespan: 10s\ncondition: {gte: 2}')}---\n${document('type: event_count\nrules: [hit]\ntimespan: 10s\ncondition: {gte: 2}', 'other')}`,
    new RegExp(`^(${line + 4}|${line + 12}):11 error .*circle`),
  ),
  refused(
    '1.7',
    'no title',
    bases + document('type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 2}').replace('title: hit\n', ''),
    new RegExp(`^${line}:1 error .*title`),
  ),
];
