import fc from 'fast-check';

interface File {
  readonly name: string;
  readonly text: string;
}

const rule = `title: A rule
id: 2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10
name: a_rule
status: test
level: high
description: |
  What it is,
  over two lines.
tags: [attack.t1611, attack.privilege_escalation]
falsepositives:
  - Backups
logsource:
  product: linux
  category: process_creation
detection:
  selection:
    Image|endswith:
      - '/curl'
      - "/w\\u0067et"
    CommandLine|contains|all: [ 'http*', '--ou?put' ]
    Port|gte: 1024
  filter_main:
    - User: root
      Image|re|i: '^/usr/(s)?bin/'
    - 'keyword \\* with star'
    - 4711
  filter_empty:
    Parent: null
    Address|cidr: 10.0.0.0/8
  filter_more:
    Data|wide|base64offset|contains: 'secret'
    When|hour|lt: 7
    Name|fieldref: Other
    Name|expand: '%one%-%two%'
    Gone|exists: false
  condition: >-
    selection and not
    1 of filter_*
`;

/** Files that are right, of every kind of document. */
export const seeds = [
  { name: 'a rule', text: rule },
  {
    name: 'a correlation',
    text: `${rule}---
title: Many of them
name: many
level: high
correlation:
  type: value_count
  rules:
    - a_rule
  group-by: [User, who]
  aliases:
    who: { a_rule: Account }
  timespan: 5m
  condition: { field: Image, gte: 10, lte: 20 }
---
title: In order
correlation:
  type: temporal_ordered
  rules: [a_rule, many]
  timespan: 1h
  generate: true
`,
  },
  {
    name: 'a filter',
    text: `${rule}---
title: Not this host
logsource: { product: linux }
filter:
  rules: [a_rule]
  own: { Host|startswith: build- }
  condition: not own
`,
  },
  {
    name: 'actions',
    text: `action: global
logsource: { product: linux }
detection: { condition: sel }
---
title: One
detection: { sel: { f: x } }
---
action: repeat
title: Two
detection: { sel: { f: "y" } }
---
action: reset
---
title: Three
logsource: { product: linux }
detection: { sel: { f: z }, condition: sel }
`,
  },
] as const satisfies readonly File[];

/** What turns a text into another one for whoever reads YAML. */
const insertions = [
  ...Array.from(':-[]{}|>\'"&*!#%@`,?\\ \t\n\r\0\u0085\u2028\ufeff~'),
  '---\n',
  '...\n',
  '\r\n',
  '\n\n',
  ': ',
  '- ',
  '<<: *x\n',
  '&x ',
  '*x',
  '!!binary ',
  '!!null ',
  '!x ',
  '? ',
  '|+2\n',
  '>-\n',
  '{a: ',
  '[[',
  ']]',
  '"\\',
  "''",
  'condition: x\n',
  'action: global\n',
  'correlation:\n',
  'filter:\n',
  'timeframe: 5m\n',
  'null',
  '~',
  '1e999',
  '0x',
  '.nan',
  '.inf',
  '99999999999999999999',
  '2001-01-01',
  '%x%',
  '\\%',
  '__proto__: 1\n',
  'constructor',
  '🐳',
  '\ud83d',
  '|contains',
  '|',
  '(((',
  ' not not ',
  '1 of ',
  'them',
  '/99',
  '::',
] as const;

/** A seed with some changes: inserted, removed, doubled and swapped pieces. */
export const mutated: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(
      fc.tuple(
        fc.nat({ max: 2_000 }),
        fc.constantFrom('insert', 'remove', 'line', 'double', 'swap', 'tabs'),
        fc.constantFrom(...insertions),
        fc.nat({ max: 30 }),
      ),
      { minLength: 1, maxLength: 5 },
    ),
  )
  .map(([{ text }, changes]) => changes.reduce<string>((current, change) => changed(current, change), text));

type Change = readonly [at: number, kind: string, inserted: string, length: number];

function changed(text: string, [at, kind, inserted, length]: Change): string {
  const place = at % (text.length + 1);
  const lines = text.split('\n');
  const line = at % lines.length;
  switch (kind) {
    case 'insert':
      return text.slice(0, place) + inserted + text.slice(place);
    case 'remove':
      return text.slice(0, place) + text.slice(place + length);
    case 'line':
      return lines.toSpliced(line, 1).join('\n');
    case 'double':
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
    case 'swap':
      return lines.toSpliced(line, 2, lines[line + 1] ?? '', lines[line] ?? '').join('\n');
    default:
      return lines.toSpliced(line, 1, (lines[line] ?? '').replace(/^ {2}/, '\t')).join('\n');
  }
}

const around = (detection: string, head = ''): string =>
  `title: t\n${head}logsource: {product: x}\ndetection:\n  sel:\n    ${detection}\n  condition: sel\n`;

/** Files that were made to make a parser fall over, and whether anything of them is refused. */
export const hostileFiles: readonly (File & { readonly isRefused: boolean })[] = [
  { name: 'deep flow lists', text: around(`f: ${'['.repeat(10_000)}${']'.repeat(10_000)}`), isRefused: true },
  { name: 'deep flow maps', text: around(`f: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`), isRefused: true },
  { name: 'deep block lists', text: around(`f: ${'- '.repeat(5_000)}x`), isRefused: true },
  {
    name: 'deep block maps',
    text: Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    isRefused: true,
  },
  { name: 'brackets that nobody closes', text: around(`f: ${'['.repeat(20_000)}`), isRefused: true },
  {
    name: 'an attribute of somebody that is as deep as one may be',
    text: around('f: x', `owner: ${'['.repeat(99)}${']'.repeat(99)}\n`),
    isRefused: false,
  },
  {
    name: 'a deep attribute of somebody',
    text: around('f: x', `owner: ${'['.repeat(500)}${']'.repeat(500)}\n`),
    isRefused: true,
  },
  {
    name: 'a deep condition',
    text: around('f: x').replace(': sel\n', `: ${'('.repeat(50_000)}sel\n`),
    isRefused: true,
  },
  {
    name: 'many negations',
    text: around('f: x').replace(': sel\n', `: ${'not '.repeat(50_000)}sel\n`),
    isRefused: true,
  },
  {
    name: 'a long condition',
    text: around('f: x').replace(': sel\n', `: sel${' or sel'.repeat(20_000)}\n`),
    isRefused: false,
  },
  { name: 'a huge text', text: around(`f: ${'x'.repeat(500_000)}`), isRefused: false },
  { name: 'a huge pattern', text: around(`f: '${'*a'.repeat(50_000)}'`), isRefused: false },
  { name: 'a huge list', text: around(`f: [${'a, '.repeat(5_000)}a]`), isRefused: false },
  { name: 'a huge number', text: around(`f|gt: ${'9'.repeat(10_000)}`), isRefused: true },
  { name: 'a number beyond all', text: around('f|gt: 1e999'), isRefused: true },
  { name: 'not a number', text: around('f|gt: .nan'), isRefused: true },
  { name: 'a huge key', text: around(`f${'|contains'.repeat(20_000)}: x`), isRefused: true },
  {
    name: 'a regular expression with many repetitions',
    text: around("f|re: '(((a{100}){100}){100}){100}'"),
    isRefused: true,
  },
  { name: 'an alias bomb', text: 'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n', isRefused: true },
  {
    name: 'an alias bomb beside a rule',
    text: around(
      'f: x',
      `a: &a [x, x]\nb: &b [${'*a, '.repeat(9)}*a]\nc: &c [${'*b, '.repeat(9)}*b]\nd: &d [${'*c, '.repeat(9)}*c]\ne: [${'*d, '.repeat(9)}*d]\n`,
    ),
    isRefused: false,
  },
  { name: 'an anchor within itself', text: around('f: x', 'a: &a [*a]\n'), isRefused: false },
  { name: 'an alias of nothing', text: around('f: *gone'), isRefused: true },
  { name: 'a merge key', text: around('<<: {f: x}'), isRefused: true },
  { name: 'a key that is a map', text: around('? {a: b}\n    : x'), isRefused: true },
  { name: 'a key that is a list', text: around('? [a]\n    : x'), isRefused: true },
  { name: 'a key that is null', text: around('~: x'), isRefused: false },
  { name: 'a prototype', text: around('__proto__: {f: x}'), isRefused: true },
  {
    name: 'a prototype as a search identifier',
    text: around('f: x').replace('sel:', '__proto__:').replace(': sel', ': __proto__'),
    isRefused: false,
  },
  { name: 'tabs for indentation', text: around('f: x').replaceAll('  ', '\t'), isRefused: true },
  { name: 'a byte order mark', text: `\ufeff${around('f: x')}`, isRefused: false },
  { name: 'CRLF', text: around('f: x').replaceAll('\n', '\r\n'), isRefused: false },
  { name: 'CR alone', text: around('f: x').replaceAll('\n', '\r'), isRefused: true },
  { name: 'NUL in a text', text: around('f: "a\0b"'), isRefused: false },
  { name: 'NUL everywhere', text: '\0'.repeat(1_000), isRefused: true },
  { name: 'control characters', text: '\0\u0001\u0007\u001b[2J', isRefused: true },
  { name: 'a binary', text: around('f: !!binary aGVsbG8='), isRefused: true },
  { name: 'a set', text: around('f: !!set {a, b}'), isRefused: true },
  { name: 'a date', text: around('f: 2001-01-01'), isRefused: false },
  { name: 'a directive', text: `%YAML 1.1\n---\n${around('f: yes')}`, isRefused: false },
  { name: 'a directive of nobody', text: `%FOO bar\n---\n${around('f: x')}`, isRefused: false },
  { name: 'an end without a beginning', text: '...\n...\n}', isRefused: true },
  {
    name: 'many documents',
    text: `${around('f: x')}---\n`.repeat(100).replace(/title: t/g, () => 'title: t'),
    isRefused: false,
  },
  { name: 'half of a pair of surrogates', text: around('f: "\\ud83d"'), isRefused: false },
  { name: 'placeholders that multiply', text: around(`f|expand: '${'%two%'.repeat(40)}'`), isRefused: true },
  {
    name: 'dashes that multiply',
    text: around(`f|windash|base64offset|contains: '${' -a'.repeat(40)}'`),
    isRefused: true,
  },
  { name: 'dashes without number', text: around(`f|windash: '${' -a'.repeat(5_000)}'`), isRefused: false },
];

/** Words of the language, and what is nearly one. */
export const words = {
  condition: fc.constantFrom(
    ' ',
    ' ',
    ' ',
    '\n',
    'a',
    'b',
    '_c',
    'sel_1',
    'sel*',
    '_*',
    '*',
    'and',
    'or',
    'not',
    'NOT',
    'of',
    '1',
    '2',
    'all',
    'any',
    'them',
    '(',
    ')',
    '|',
    '| count() > 1',
    '**',
    '.',
    '-',
    '\0',
    '🐳',
    '\ud83d',
    'constructor',
    '__proto__',
  ),
  modifier: fc.constantFrom(
    '',
    'contains',
    'startswith',
    'endswith',
    'all',
    're',
    'i',
    'm',
    's',
    'cased',
    'cidr',
    'base64',
    'base64offset',
    'wide',
    'utf16',
    'utf16be',
    'utf16le',
    'windash',
    'exists',
    'fieldref',
    'gt',
    'gte',
    'lt',
    'lte',
    'neq',
    'minute',
    'hour',
    'day',
    'week',
    'month',
    'year',
    'expand',
    'Contains',
    'contain',
    '__proto__',
    'constructor',
    ' ',
    '🐳',
  ),
  /** Values as YAML in flow style. */
  value: fc.constantFrom(
    'x',
    '""',
    '"*"',
    "'\\'",
    "'a\\*'",
    '"🐳"',
    '"\\ud83d"',
    '1',
    '-1.5',
    '007',
    '1e999',
    '.nan',
    'true',
    'null',
    '~',
    '',
    '[]',
    '[x]',
    '[x, 1]',
    '[x, null]',
    '[[x]]',
    '{a: b}',
    '{}',
    '[true, false]',
    '10.0.0.0/8',
    '::/0',
    '"10.0.0.1/8"',
    "'('",
    "'a(?=b)'",
    "'%one%'",
    "'%nobody%'",
    "'%two%%two%'",
    "' -a /b'",
    '&x x',
    '!!str 1',
    '2001-01-01',
  ),
} as const;
