import { describe, expect, test } from 'vitest';
import { createAtoms } from '../../../../../analyzer/sigma/engine/atoms.ts';
import { createScans, type FieldScan } from '../../../../../analyzer/sigma/engine/scan.ts';

/** `^` and `$` at the ends of a literal: where the value begins and ends. */
const literalOf = (written: string) => ({
  text: written.replace(/^\^/, '').replace(/\$$/, ''),
  begin: written.startsWith('^'),
  end: written.endsWith('$'),
});

/** A scan of one field for literals; gives which of them a read found, in the order written. */
function scanFor(literals: readonly string[]) {
  const atoms = createAtoms();
  const field = atoms.field('f');
  const numbers = literals.map((written) => atoms.literal(field, literalOf(written)));
  const marked = new Set<number>();
  const [scan] = createScans(atoms, (atom) => void marked.add(atom));
  return (read: (scan: FieldScan) => void): readonly string[] => {
    marked.clear();
    if (scan === undefined) throw new Error('no scan');
    read(scan);
    return literals.filter((_, index) => marked.has(numbers[index] ?? -1));
  };
}

const quoted = (value: string): Buffer => Buffer.from(`${value}" more`);

describe('literals of a field', () => {
  const cases: readonly (readonly [literals: string, value: string, found: string])[] = [
    ['a', 'a', 'a'],
    ['a', 'b', ''],
    ['a', '', ''],
    ['he she his hers', 'ushers', 'he she hers'],
    ['he she his hers', 'this', 'his'],
    // What is left of one is the beginning of another.
    ['abce bcd', 'abcd', 'bcd'],
    ['abcx bcy cz', 'abcz', 'cz'],
    ['abab babb', 'ababb', 'abab babb'],
    ['aab', 'aaab', 'aab'],
    ['abac', 'ababac', 'abac'],
    ['aaaa', 'aaa', ''],
    ['aaaa aa', 'aaa', 'aa'],
    // One within another, at each end of it.
    ['abcd abc bc cd d', 'abcd', 'abcd abc bc cd d'],
    ['abcd bc', 'abce', 'bc'],
    ['b a', 'ab', 'b a'],
    // Bound to the ends of the value.
    ['^ab', 'ab', '^ab'],
    ['^ab', 'xab', ''],
    ['^ab', 'abx', '^ab'],
    ['ab$', 'ab', 'ab$'],
    ['ab$', 'xab', 'ab$'],
    ['ab$', 'abx', ''],
    ['^ab$', 'ab', '^ab$'],
    ['^ab$', 'aab', ''],
    ['^ab$', 'abb', ''],
    ['^ab$', 'abab', ''],
    ['^ab ab ab$ ^ab$', 'ab', '^ab ab ab$ ^ab$'],
    ['^ab ab ab$ ^ab$', 'abab', '^ab ab ab$'],
    ['^ab ab ab$ ^ab$', 'xabx', 'ab'],
    ['^abc bc$', 'abc', '^abc bc$'],
    ['^$', '', '^$'],
    ['^$', 'a', ''],
    ['^a ^$', 'a', '^a'],
    // Without case; what stands next to letters has none.
    ['abcxyz', 'ABCXYZ', 'abcxyz'],
    ['a z', 'AZ', 'a z'],
    ['a z', '@[', ''],
    ['` {', '@[', ''],
    ['@ [', '@[', '@ ['],
    ['0', '\u0010', ''],
    ['4444', '14444', '4444'],
  ];

  test.each(cases)('of "%s" in "%s": "%s"', (written, value, expected) => {
    const literals = written.split(' ');
    const found = expected.split(' ').filter((one) => one !== '');
    const scan = scanFor(literals);
    expect(scan(({ text }) => text(value))).toEqual(found);
    // Again: what was made on the way to it is there now.
    expect(scan(({ text }) => text(value))).toEqual(found);
    expect(scan(({ plain }) => plain(Buffer.from(`<${value}>`), 1, value.length + 1))).toEqual(found);
    // JSON has them escaped.
    if (value !== '' && value < ' ') return;
    expect(scan(({ bytes }) => expect(bytes(quoted(`<${value}`), 1)).toBe(value.length + 1))).toEqual(found);
  });

  test.each([
    ['é', 'É', true],
    ['é', 'e', false],
    ['кошка', 'a КОШКА b', true],
    ['^кошка$', 'КОШКА', true],
    ['^кошка', 'a кошка', false],
    ['💥', 'a💥b', true],
    ['💥', 'a💤b', false],
    // Halves of characters stay what they are.
    ['\ud83d', '\ud83d', true],
    ['\ud83d', '\ud83e', false],
    ['\ud83d', 'x\ud83dx', true],
    ['\udfff', '\udffe', false],
    ['\udfff', '\udfff', true],
    ['\ud801', '\ud841', false],
    ['\ud83d', '💥', false],
    ['�', '\ud83d', false],
    ['é\ud83d\uffff', 'É\ud83d\uffff', true],
    ['\ufffd', '\ud800', false],
    ['\ufffd', '\udfff', false],
    // What stands next to a half is what it is without it.
    ['a', 'a\ud83d', true],
    ['é', 'é\ud83d', true],
    ['\uffff', '\uffff\ud83d', true],
    ['💥', '💥\ud83d', true],
  ])('beyond ASCII: %j in %j', (literal, value, isFound) => {
    const scan = scanFor([literal]);
    expect(scan(({ text }) => text(value))).toEqual(isFound ? [literal] : []);
  });

  test('as many as there are', () => {
    const literals = Array.from({ length: 500 }, (_, index) => `${index * 7_919}`);
    const scan = scanFor(literals);
    for (const value of ['', '7919', '15838x79190', literals.join(' '), 'none'])
      expect(scan(({ text }) => text(value))).toEqual(literals.filter((literal) => value.includes(literal)));
  });
});

describe('text within JSON', () => {
  test.each([
    ['plain', '"curl -k" x', 8],
    ['nothing', '""', 1],
    ['an escape', '"cu\\u0072l"', -3],
    ['a byte beyond ASCII', '"curé"', -4],
    ['a control character', '"cur\tl"', -4],
    ['the last of them', '"cur\u001fl"', -4],
    ['no end', '"curl', -5],
  ])('%s: the closing quote, or where more than a look is needed', (_, written, place) => {
    scanFor(['curl'])(({ bytes }) => expect(bytes(Buffer.from(written), 1)).toBe(place));
  });

  test('is read without case, marks within quotes or not', () => {
    const scan = scanFor(['"', '\\', 'curl']);
    expect(scan(({ bytes }) => bytes(Buffer.from('CURL"'), 0))).toEqual(['curl']);
    expect(scan(({ text }) => text('"\\'))).toEqual(['"', '\\']);
  });
});

describe('facts', () => {
  const all = ['text', 'present', 'nonAscii'] as const;
  /** Marks by name, for a value of the field `f` and of another. */
  function facts(value: string) {
    const atoms = createAtoms();
    const names = new Map<number, string>();
    for (const fact of all) {
      names.set(atoms.fact(atoms.field('f'), fact), `f ${fact}`);
      names.set(atoms.fact(atoms.field('g'), fact), `g ${fact}`);
      names.set(atoms.fact(atoms.keywords(), fact), `any ${fact}`);
    }
    const marked: string[] = [];
    const scans = createScans(atoms, (atom) => void marked.push(names.get(atom) ?? 'none'));
    scans[atoms.field('f')]?.text(value);
    return [...new Set(marked)].sort();
  }

  test('a value is a text; it may be beyond ASCII', () => {
    expect(facts('a')).toEqual(['any text', 'f text']);
    expect(facts('')).toEqual(['any text', 'f text']);
    expect(facts('é')).toEqual(['any nonAscii', 'any text', 'f nonAscii', 'f text']);
    expect(facts('\x7f')).toEqual(['any text', 'f text']);
    expect(facts('\x80')).toContain('f nonAscii');
  });
});

test('keywords are looked for in every field, literals of a field in it alone', () => {
  const atoms = createAtoms();
  const literal = { text: 'curl', begin: false, end: false };
  const [f, g] = [atoms.field('f'), atoms.field('g')];
  const [ofF, ofAny] = [atoms.literal(f, literal), atoms.literal(atoms.keywords(), literal)];
  const marked = new Set<number>();
  const scans = createScans(atoms, (atom) => void marked.add(atom));
  const read = (field: number) => {
    marked.clear();
    scans[field]?.text('CURL');
    return [...marked].sort((a, b) => a - b);
  };
  expect(read(f)).toEqual([ofF, ofAny]);
  expect(read(g)).toEqual([ofAny]);
  expect(read(atoms.keywords())).toEqual([ofAny]);
});
