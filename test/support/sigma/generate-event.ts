import fc from 'fast-check';
import { byteLiteral, dates, eventText, networks, numbers } from './generate-text.ts';
import type { PlainEvent } from './oracle.ts';

/** Whole numbers beyond 2^53, next to each other. */
const large = ['9007199254740992', '9007199254740993', '-9007199254740993', '18446744073709551615', '0x1410', '5136'];

/** Events whose values are made of the texts that the rules use. */
export function event(pool: readonly string[]): fc.Arbitrary<PlainEvent> {
  const value = valuesOf(eventText(pool));
  const net = valuesOf(fc.constantFrom(...networks.addresses));
  const when = valuesOf(fc.constantFrom<unknown>(...dates.values, ...dates.falseValues));
  const texts = [...numbers.map(String), ...large, ' 10 ', '1e3', '9007199254740992.5', 'ten'];
  const number = valuesOf(fc.constantFrom<unknown>(...numbers, 2 ** 53, ...texts));
  const members = [
    ...['f', 'g', 'cmd', 'a'].map((key) => member(key, value)),
    member('number', number),
    member('net', net),
    member('when', when),
    member('blob', valuesOf(encoded(pool))),
    fc.oneof(member('user', within('name', value)), member('user.name', value)),
    fc.oneof(
      member('deep', within('a', within('b', value))),
      member(
        'deep',
        value.map((one) => ({ 'a.b': one, a: { b: 'path' } })),
      ),
      member('deep.a.b', value),
    ),
    member('a.b', value),
    member('other', within('f', value)),
  ].map((one) => fc.option(one, { nil: undefined }));
  return fc
    .tuple(...members)
    .map((found) => Object.fromEntries(found.flatMap((one) => (one === undefined ? [] : [one]))));
}

type Member = readonly [string, unknown];
const member = (key: string, of: fc.Arbitrary<unknown>): fc.Arbitrary<Member> => of.map((one): Member => [key, one]);

/** An object with that member, or several in a list. */
const within = (key: string, of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
  const object = of.map((one) => ({ [key]: one }));
  return fc.oneof({ weight: 3, arbitrary: object }, { weight: 1, arbitrary: fc.array(object, { maxLength: 2 }) });
};

/** Mostly one of these; also what has another type, several in a list, lists in lists, objects. */
function valuesOf(of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const plain = fc.oneof(
    { weight: 12, arbitrary: of },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, false, ...numbers, 42, 1e21, '') },
    { weight: 1, arbitrary: fc.constantFrom('00042', '42', ...large) },
  );
  const odd = fc.oneof(plain, fc.array(plain, { maxLength: 2 }), fc.record({ b: plain }, { noNullPrototype: true }));
  return fc.oneof(
    { weight: 10, arbitrary: plain },
    { weight: 2, arbitrary: fc.array(plain, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(odd, { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.record({ b: plain, name: plain }, { requiredKeys: [], noNullPrototype: true }) },
  );
}

/** Texts of the pool in base64, with something before and behind them or not. */
function encoded(pool: readonly string[]): fc.Arbitrary<string> {
  const beside = fc.constantFrom('', '', '', 'x', 'xy', 'ä', '🐳');
  const dashed = fc
    .tuple(byteLiteral(pool), fc.constantFrom('-', '/', '–'))
    .map(([text, dash]) => text.replace(/[-/]/g, dash));
  const text = fc.tuple(beside, fc.oneof(byteLiteral(pool), dashed), beside).map((parts) => parts.join(''));
  const marked = fc.constantFrom('', '', '\ufeff');
  return fc
    .tuple(marked, text, fc.constantFrom('utf8', 'utf8', 'utf16le', 'utf16be'))
    .map(([mark, content, encoding]) => {
      const bytes = Buffer.from(
        encoding === 'utf8' ? content : mark + content,
        encoding === 'utf8' ? 'utf8' : 'utf16le',
      );
      return (encoding === 'utf16be' ? bytes.swap16() : bytes).toString('base64');
    });
}
