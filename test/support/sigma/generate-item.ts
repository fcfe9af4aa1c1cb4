import fc from 'fast-check';
import { byteLiteral, dates, literal, networks, numbers } from './generate-text.ts';

/** Values of the placeholders that the generated rules use. */
export const placeholders = { one: ['curl'], many: ['sh', 'BA*'], odd: ['*', 'x?z'], slash: ['a\\', '\\'] };

export const fields = ['f', 'g', 'cmd', 'user.name', 'deep.a.b', 'a.b', 'number', 'net', 'when', 'blob'] as const;
const field = fc.constantFrom(...fields);
/** Mostly the field whose values are made for it. */
const mostly = (name: string) => fc.oneof({ weight: 5, arbitrary: fc.constant(name) }, { weight: 1, arbitrary: field });

/** A key of a map and its value. */
export type Item = readonly [key: string, value: unknown];

export const oneOrMore = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | readonly T[]> =>
  fc.oneof({ weight: 3, arbitrary: value }, { weight: 2, arbitrary: fc.array(value, { minLength: 1, maxLength: 4 }) });

const item = (
  name: fc.Arbitrary<string>,
  modifiers: readonly fc.Arbitrary<string>[],
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<Item> => fc.tuple(fc.tuple(name, ...modifiers), value).map(([parts, of]): Item => [parts.join(''), of]);

/** Modifiers in either order. */
const either = (a: fc.Arbitrary<string>, b: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(a, b, fc.boolean()).map(([first, second, swapped]) => (swapped ? second + first : first + second));

/** Digits that YAML would change, told apart from other texts by a frame that is taken off on paper. */
const framed = (...digits: readonly string[]) => fc.constantFrom(...digits).map((one) => `ZZ${one}ZZ`);
const asWritten = framed(
  '00042',
  '007',
  '9007199254740993',
  '-9007199254740993',
  '0xffffffffffffffff',
  '0x1410',
  '1e3',
  '1e21',
);
const largeNumber = framed('9007199254740992', '9007199254740993', '-9007199254740993', '0xffffffffffffffff', '1e20');
export const frame = /ZZ([\w-]+)ZZ/g;

export const scalar = (pool: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 12, arbitrary: literal(pool) },
    { weight: 2, arbitrary: fc.constantFrom<unknown>(...numbers, true, false) },
    { weight: 1, arbitrary: asWritten },
  );

const place = fc.constantFrom('', '', '|contains', '|startswith', '|endswith');
const cased = fc.constantFrom('', '', '|cased');

/** Literals under all that may stand with them. */
const textItem = (pool: readonly string[]): fc.Arbitrary<Item> =>
  fc.oneof(
    { weight: 3, arbitrary: item(field, [cased], oneOrMore(scalar(pool))) },
    { weight: 6, arbitrary: item(field, [either(place, cased)], oneOrMore(literal(pool))) },
    { weight: 1, arbitrary: item(field, [either(place, fc.constant('|windash')), cased], oneOrMore(literal(pool))) },
  );

const expandedItem = (pool: readonly string[]): fc.Arbitrary<Item> => {
  const plain = ['%one%', '%many%', '%odd%', '%one% %many%', '%odd%%odd%', '\\%one%', '%one'];
  const placeholder = fc.constantFrom(...plain, '%slash%', '%slash%%odd%', '\\\\%one%');
  const beside = fc.oneof(fc.constantFrom('', '', '*', '\\'), literal(pool)).map((text) => text.replaceAll('%', ''));
  const value = fc.tuple(beside, placeholder, beside).map((parts) => parts.join(''));
  return item(field, [either(place, fc.constant('|expand'))], oneOrMore(value));
};

function encodedItem(pool: readonly string[]): fc.Arbitrary<Item> {
  const dash = fc.constantFrom('', '', '|windash');
  const encoding = fc.constantFrom('', '', '', '|wide', '|utf16le', '|utf16be', '|utf16');
  const whole = item(mostly('blob'), [dash, encoding, fc.constant('|base64'), place], oneOrMore(byteLiteral(pool)));
  const within = fc.constantFrom('', '|contains', '|contains', '|startswith', '|endswith');
  const part = item(
    mostly('blob'),
    [dash, encoding, fc.constant('|base64offset'), within],
    oneOrMore(byteLiteral(pool)),
  );
  return fc.oneof(whole, part);
}

const regexes = (pool: readonly string[]): fc.Arbitrary<string> => {
  const escaped = fc.constantFrom(...pool).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pieces = [
    '.',
    '\\d',
    '\\w+',
    '\\s',
    '[a-c]',
    '[^a]',
    'a+',
    '(ab|ba)*',
    '(a|u)',
    'b{1,2}',
    'x?',
    '.*',
    '\\\\',
    '[/-]',
    '\\bsh\\b',
  ];
  return fc
    .tuple(
      fc.constantFrom('', '', '', '(?i)'),
      fc.constantFrom('', '', '^'),
      fc.array(fc.oneof(escaped, fc.constantFrom(...pieces)), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '', '$'),
    )
    .map(([inline, begin, middle, end]) => `${inline}${begin}${middle.join('')}${end}`);
};

const regexFlags = fc.constantFrom('', '', '|i', '|m', '|s', '|i|m|s', '|dotall|ignorecase', '|multiline');
const operators = ['|gt', '|gte', '|lt', '|lte'];
const reference = ['|fieldref', '|fieldref|cased', '|fieldref|contains', '|fieldref|startswith', '|endswith|fieldref'];

const dateItem = fc
  .constantFrom(...dates.parts)
  .chain(([part, values]) =>
    item(
      mostly('when'),
      [fc.constant(`|${part}`), fc.constantFrom('', '', ...operators)],
      oneOrMore(fc.constantFrom(...values)),
    ),
  );

const otherItems = (pool: readonly string[]): readonly fc.Arbitrary<Item>[] => [
  item(field, [fc.constant('|re'), regexFlags], oneOrMore(regexes(pool))),
  item(mostly('net'), [fc.constant('|cidr')], oneOrMore(fc.constantFrom(...networks.ranges))),
  item(
    mostly('number'),
    [fc.constantFrom(...operators)],
    oneOrMore(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom<unknown>(...numbers) }, { weight: 1, arbitrary: largeNumber }),
    ),
  ),
  item(field, [fc.constant('|exists')], fc.boolean()),
  item(field, [], fc.constant(null)),
  item(field, [fc.constantFrom(...reference)], oneOrMore(field)),
];

/** The modifiers that are about the values as a whole, where they may stand. */
function withListModifiers(of: fc.Arbitrary<Item>): fc.Arbitrary<Item> {
  return fc.tuple(of, fc.boolean(), fc.nat({ max: 5 })).map(([[key, value], all, negated]): Item => {
    if (key.includes('|exists')) return [key, value];
    const first = /\|(re|minute|hour|day|week|month|year)\b/.test(key);
    const listed = all && Array.isArray(value) && value.length > 1;
    const withAll = !listed ? key : first || !key.includes('|') ? `${key}|all` : key.replace('|', '|all|');
    return [negated === 0 ? `${withAll}|neq` : withAll, value];
  });
}

export const anyItem = (pool: readonly string[]): fc.Arbitrary<Item> =>
  withListModifiers(
    fc.oneof(
      { weight: 10, arbitrary: textItem(pool) },
      { weight: 2, arbitrary: encodedItem(pool) },
      ...otherItems(pool).map((arbitrary) => ({ weight: 1, arbitrary })),
      { weight: 1, arbitrary: dateItem },
      { weight: 2, arbitrary: expandedItem(pool) },
    ),
  );
