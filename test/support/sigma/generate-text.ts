import fc from 'fast-check';

/** Texts that share beginnings, ends and middles, with everything that is special to patterns, YAML, JSON and case. */
export const stems = [
  'curl',
  'CURL',
  'cur',
  'url',
  '/usr/bin/curl',
  '/bin/sh',
  '/sh',
  'sh',
  'bash',
  'ba',
  'a',
  'A',
  'ab',
  'aab',
  'aba',
  String.raw`C:\Win`,
  String.raw`\Win`,
  'in\\',
  '\\',
  '\\\\',
  String.raw`\*`,
  '*',
  '?',
  'a*b',
  'a?b',
  '"',
  "'",
  'a"b',
  "it's",
  'ä',
  'Ä',
  'äb',
  'İ',
  'i',
  'I',
  '\u212a',
  'k',
  'K',
  'ς',
  'σ',
  'Σ',
  'ΟΔΟΣ',
  'οδος',
  'ß',
  'ẞ',
  '🐳',
  '🐳a',
  'é',
  'e\u0301',
  '-enc',
  ' -enc',
  '/enc',
  ' –enc',
  '—x',
  '-a -b',
  '',
  ' ',
  '\n',
  'a\nb',
  '\t',
  '\u0000',
  '\u2028',
  '%',
  '%x%',
  '#',
  ': ',
  '- ',
  '&a',
  '!t',
  '|',
  '>',
  '{',
  '[',
  '1',
  '0',
  '10',
  '4444',
  '-1',
  '1.5',
  'true',
  'True',
  'false',
  'null',
  '~',
  'yes',
  '1e3',
  '0x1f',
  '2024-01-02',
] as const;

const alphabet = Array.from('aAbBcä\u212ak\\*?\'"/- .🐳1');

/** Texts to look for, also some that hold half of a pair of surrogates. */
export const stem = (): fc.Arbitrary<string> => {
  const short = fc.array(fc.constantFrom(...alphabet), { maxLength: 4 }).map((characters) => characters.join(''));
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...stems) },
    { weight: 2, arbitrary: short },
    { weight: 1, arbitrary: fc.constantFrom('\ud83d', '\udc33', '\ud83da', 'a\udc33') },
  );
};

/** Upper, lower or as it is. */
const otherCase = (text: string): fc.Arbitrary<string> =>
  fc.constantFrom(text, text, text.toUpperCase(), text.toLowerCase());

/** A literal of a rule: a stem of the pool, a part of it, with wildcards or escapes put in. */
export function literal(pool: readonly string[]): fc.Arbitrary<string> {
  const from = fc.constantFrom(...pool).chain(otherCase);
  const part = fc.tuple(from, fc.nat({ max: 3 }), fc.nat({ max: 3 })).map(([text, start, end]) =>
    Array.from(text)
      .slice(start, Math.max(start, text.length - end))
      .join(''),
  );
  const wild = fc
    .tuple(
      from,
      fc.nat({ max: 6 }),
      fc.constantFrom('*', '?', '**', '?*', String.raw`\*`, String.raw`\?`, '\\', '\\\\'),
    )
    .map(([text, at, inserted]) => insert(text, at, inserted));
  const ends = fc
    .tuple(fc.constantFrom('', '*', '?', '\\'), from, fc.constantFrom('', '*', '?', '\\'))
    .map((three) => three.join(''));
  return fc.oneof(
    { weight: 5, arbitrary: from },
    { weight: 2, arbitrary: part },
    { weight: 2, arbitrary: wild },
    { weight: 2, arbitrary: ends },
  );
}

export function insert(text: string, at: number, inserted: string): string {
  const characters = Array.from(text);
  characters.splice(Math.min(at, characters.length), 0, inserted);
  return characters.join('');
}

/** Literals without wildcards and escapes, for bytes; at least two bytes. */
export const byteLiteral = (pool: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...pool).map((text) => {
    const plain = text.replace(/[\\*?]/g, '');
    return plain.length < 2 ? `${plain}xy` : plain;
  });

/** A value of an event, made of the stems that the rules use. */
export function eventText(pool: readonly string[]): fc.Arbitrary<string> {
  const from = fc.constantFrom(...pool).chain(otherCase);
  // What a wildcard or an escape in a rule was written for.
  const read = from.map((text) => text.replace(/\\([*?\\])/g, '$1').replace(/[*?]/g, 'x'));
  const joined = fc
    .tuple(from, fc.constantFrom('', ' ', '/', '\\', '🐳', '\n', 'x'), from)
    .map((three) => three.join(''));
  const edited = fc
    .tuple(from, fc.nat({ max: 5 }), fc.constantFrom(...alphabet))
    .map(([text, at, inserted]) => insert(text, at, inserted));
  const dashed = joined.map((text) => text.replace(/[-/]/g, '–'));
  return fc.oneof(
    { weight: 4, arbitrary: from },
    { weight: 3, arbitrary: read },
    { weight: 4, arbitrary: joined },
    { weight: 2, arbitrary: edited },
    { weight: 1, arbitrary: dashed },
    { weight: 1, arbitrary: stem() },
  );
}

export const numbers = [0, 1, 10, 4444, -1, 1.5, -0.5, 1_000] as const;

export const networks = {
  ranges: [
    '10.0.0.0/8',
    '10.1.2.3',
    '10.1.2.0/24',
    '10.1.2.2/31',
    '0.0.0.0/0',
    '2001:db8::/32',
    'fe80::/10',
    '::/0',
    '::1',
  ],
  addresses: [
    '10.1.2.3',
    '10.1.2.2',
    '10.2.0.1',
    '11.0.0.1',
    '::ffff:10.1.2.3',
    '2001:db8::1',
    '2001:DB8:0:0::5',
    'fe80::1',
    '::1',
    '10.1.2',
    '010.1.2.3',
    '10.1.2.3 ',
    '1:2',
  ],
} as const;

/** Times and the parts that they have. */
export const dates = {
  values: [
    '2024-02-29T23:59:58Z',
    '2026-01-01T00:30:00+09:00',
    '2024-12-30T07:00:00.5-05:00',
    '2021-01-03T12:15:00Z',
    '2020-12-31T12:00:00Z',
    '2024-02-29 23:59',
    '2024-02-29',
    'no date',
    '',
    1_700_000_000,
    1_700_000_000_000,
    '1700000000',
  ],
  falseValues: ['2023-02-30T00:00:00Z', '2024-13-01T00:00:00Z', '2024-02-29T24:30:00Z', '2024-00-10'],
  parts: [
    ['minute', [59, 30, 0, 15, 13]],
    ['hour', [23, 0, 7, 12, 22]],
    ['day', [29, 1, 30, 3, 31, 14]],
    ['week', [9, 1, 53, 52, 46]],
    ['month', [2, 1, 12, 11, 13]],
    ['year', [2024, 2026, 2021, 2020, 2023]],
  ],
} as const;
