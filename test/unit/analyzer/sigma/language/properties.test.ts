import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCondition } from '../../../../../analyzer/sigma/language/condition.ts';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import { compilePattern, foldCase, parsePattern, type Token } from '../../../../../analyzer/sigma/language/pattern.ts';
import { RuleError } from '../../../../../analyzer/sigma/language/source.ts';
import { isMatch, ruleText } from './rules.ts';

/** Unless `SIGMA_RUNS` says it. */
const runs = (usual: number): number => Number(process.env.SIGMA_RUNS ?? usual);

/** A second, slow way to say what is right, for each part of the language; the two are compared on random input. */
const text = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...Array.from(alphabet)), { maxLength }).map((characters) => characters.join(''));

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

describe('patterns', () => {
  const expression = (tokens: readonly Token[]) =>
    new RegExp(
      `^${tokens.map((token) => (token.kind === 'any' ? '[^]*' : token.kind === 'one' ? '[^]' : token.kind === 'text' ? token.text.replace(/[\\*?.]/g, '\\$&') : '')).join('')}$`,
      'iu',
    );

  test('match as the same thing written as a regular expression', () => {
    fc.assert(
      fc.property(
        text('ab*?\\.A', 8),
        text('abAB*?\\.', 10),
        fc.constantFrom('', 'contains', 'startswith', 'endswith'),
        (pattern, value, place) => {
          const any: Token = { kind: 'any' };
          const tokens = [
            ...(place === 'contains' || place === 'endswith' ? [any] : []),
            ...parsePattern(pattern),
            ...(place === 'contains' || place === 'startswith' ? [any] : []),
          ];
          expect(isMatch(`sel:\n  f${place && `|${place}`}: ${quoted(pattern)}`, { f: value })).toBe(
            expression(tokens).test(value),
          );
        },
      ),
      { numRuns: runs(1_000) },
    );
  });

  test('a text with every special character escaped matches itself and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (value, other) => {
        const tokens = parsePattern(value.replace(/[\\*?]/g, '\\$&'));
        const matches = compilePattern(tokens, { cased: true });
        expect(matches(value)).toBe(true);
        expect(matches(other)).toBe(value === other);
      }),
    );
  });

  test('folding is the same for a part as for the whole, keeps the length, and forgets case', () => {
    const unit = fc.constantFrom(...Array.from('aAäÄσΣςİiIßẞKk🐳'));
    fc.assert(
      fc.property(fc.array(unit), fc.array(unit), (a, b) => {
        const [first, second] = [a.join(''), b.join('')];
        expect(foldCase(first + second)).toBe(foldCase(first) + foldCase(second));
        expect(foldCase(first)).toHaveLength(first.length);
        expect(foldCase(foldCase(first))).toBe(foldCase(first));
      }),
    );
  });

  test('many wildcards cost time by length, not by tries', () => {
    const matches = compilePattern(parsePattern(`${'*a'.repeat(50)}*b`), { cased: false });
    const from = performance.now();
    expect(matches('a'.repeat(20_000))).toBe(false);
    expect(performance.now() - from).toBeLessThan(1_000);
  });
});

describe('encodings', () => {
  test('base64offset finds its value wherever it lies in what was encoded', () => {
    const bytes = fc.uint8Array({ maxLength: 7 });
    const word = fc
      .string({ minLength: 2, maxLength: 8, unit: 'grapheme' })
      .filter((value) => !/[\\*?\p{C}\p{Zl}\p{Zp}]/u.test(value) && Buffer.byteLength(value) > 1);
    fc.assert(
      fc.property(bytes, word, bytes, (before, value, after) => {
        const encoded = Buffer.concat([before, Buffer.from(value), after]).toString('base64');
        expect(isMatch(`sel:\n  f|base64offset|contains|cased: ${JSON.stringify(value)}`, { f: encoded })).toBe(true);
      }),
    );
  });

  test('windash is the same as all its spellings written out', () => {
    const dashes = ['-', '/', '\u2013', '\u2014', '\u2015'];
    const isWord = (character: string | undefined) => character !== undefined && /\w/.test(character);
    const spellings = (value: string): readonly string[] =>
      Array.from(value).reduce<readonly string[]>(
        (done, character, index, all) => {
          const begins = dashes.includes(character) && !isWord(all[index - 1]) && isWord(all[index + 1]);
          return done.flatMap((prefix) => (begins ? dashes : [character]).map((one) => prefix + one));
        },
        [''],
      );
    fc.assert(
      fc.property(text('a -/', 6), text('a -/\u2013', 6), (pattern, value) => {
        const expected = spellings(pattern).includes(value);
        expect(isMatch(`sel:\n  f|windash: ${quoted(pattern)}`, { f: value })).toBe(expected);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('cidr is arithmetic on the first bits', () => {
    const address = fc.nat({ max: 0xffffffff });
    const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
    fc.assert(
      fc.property(address, address, fc.nat({ max: 32 }), fc.boolean(), (network, other, bits, near) => {
        const size = 2 ** (32 - bits);
        const first = Math.floor(network / size) * size;
        const given = near ? Math.min(first + (other % (2 * size)), 0xffffffff) : other;
        expect(isMatch(`sel:\n  f|cidr: ${dotted(first)}/${bits}`, { f: dotted(given) })).toBe(
          given >= first && given < first + size,
        );
      }),
    );
  });
});

describe('conditions', () => {
  type Tree = { readonly text: string; readonly holds: (given: ReadonlySet<string>) => boolean };
  const leaf = fc.constantFrom('a', 'b', 'c').map((name): Tree => ({ text: name, holds: (given) => given.has(name) }));
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      tie('tree').map((of): Tree => ({ text: `not (${of.text})`, holds: (given) => !of.holds(given) })),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map(
        (of): Tree => ({
          text: `(${of.map((one) => one.text).join(' and ')})`,
          holds: (given) => of.every((one) => one.holds(given)),
        }),
      ),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map(
        (of): Tree => ({
          text: `(${of.map((one) => one.text).join(' or ')})`,
          holds: (given) => of.some((one) => one.holds(given)),
        }),
      ),
    ),
  }));

  test('mean what they were made from', () => {
    fc.assert(
      fc.property(tree, fc.subarray(['a', 'b', 'c']), ({ text: condition, holds }, given) => {
        const detection = `a:\n  f: a\nb:\n  f: b\nc:\n  f: c\ncondition: ${condition}`;
        expect(isMatch(detection, { f: given })).toBe(holds(new Set(given)));
      }),
    );
  });

  test('without parentheses, not binds before and, and before or', () => {
    const words = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('a', 'b', 'c'), fc.constantFrom('and', 'or')), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, fc.subarray(['a', 'b', 'c']), (parts, given) => {
        const condition = parts
          .map(
            ([negated, name, next], index) =>
              `${negated ? 'not ' : ''}${name}${index === parts.length - 1 ? '' : ` ${next} `}`,
          )
          .join('');
        const expected = condition
          .split(' or ')
          .some((all) =>
            all.split(' and ').every((one) => given.includes(one.replace('not ', '')) !== one.startsWith('not ')),
          );
        expect(isMatch(`a:\n  f: a\nb:\n  f: b\nc:\n  f: c\ncondition: ${condition}`, { f: given })).toBe(expected);
      }),
    );
  });

  test('any words at all give a condition or an error with a place, nothing else', () => {
    const words = fc.array(
      fc.constantFrom('a', 'b', 'and', 'or', 'not', '(', ')', '1', 'all', 'of', 'them', 'a*', '|', 'NOT'),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(words, (parts) => {
        try {
          expect(parseCondition(parts.join(' '), ['a', 'b'], null).kind).toMatch(/identifier|not|and|or/);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
          expect(error).toHaveProperty('before');
        }
      }),
    );
  });
});

test('whatever a file holds, reading it gives rules and problems within the file', () => {
  const base = ruleText('sel:\n  f|contains|all:\n    - x\n    - "y"\n  g: null\ncondition: >-\n  sel and\n  not sel', {
    head: 'level: high\n',
  });
  const edits = fc.array(
    fc.tuple(fc.nat({ max: base.length }), fc.nat({ max: 12 }), text(':-[]{}|>\'"&*!#\n x?\\', 4)),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(edits, (changes) => {
      const changed = changes.reduce(
        (given, [at, length, insert]) => given.slice(0, at) + insert + given.slice(at + length),
        base,
      );
      const lines = changed.split('\n');
      const { problems } = parseRuleFile(changed, 'rule.yml');
      for (const { line, column } of problems) {
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
      }
    }),
    { numRuns: runs(500) },
  );
});
