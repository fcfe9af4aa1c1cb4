import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkRules } from '../../../../analyzer/sigma/compile.ts';
import { parseCondition } from '../../../../analyzer/sigma/language/condition.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { parseModifiers } from '../../../../analyzer/sigma/language/modifiers.ts';
import { RuleError } from '../../../../analyzer/sigma/language/source.ts';
import { modifierRefusals } from '../../../support/sigma/conformance-modifiers.ts';
import { hostileFiles, mutated, seeds, words } from '../../../support/sigma/generate-files.ts';

/** `SIGMA_RUNS=50000 npx vitest run --project unit fuzz` for a long run. */
const numRuns = Number(process.env.SIGMA_RUNS ?? 150);
const timeout = numRuns * 100 + 10_000;
const placeholders = new Map([
  ['one', ['x']],
  ['two', ['a*', 'b\\']],
]);

/** Reads and links a file; whatever is wrong with it must be told within it. */
function readsWithin(text: string): number {
  const { documents, problems } = parseRuleFile(text, 'rules.yml', { placeholders });
  const linked = linkRules(documents.map(({ rule }) => rule));
  const lines = text.split('\n');
  for (const { line, column, message, file } of [...problems, ...linked.problems]) {
    expect({ message, file, isText: message.trim() !== '' }).toEqual({ message, file: 'rules.yml', isText: true });
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
  }
  return documents.length + problems.length;
}

describe('whatever a file of rules holds, it gives rules and problems within the file', () => {
  test.each(seeds)('$name: as it is, without errors', ({ text }) => {
    const { documents, problems } = parseRuleFile(text, 'rules.yml', { placeholders });
    expect(problems).toEqual([]);
    expect(linkRules(documents.map(({ rule }) => rule)).problems).toEqual([]);
  });

  test(
    'changed characters and lines of files that are right',
    () => {
      fc.assert(
        fc.property(mutated, (text) => {
          readsWithin(text);
        }),
        { numRuns },
      );
    },
    timeout,
  );

  test(
    'bytes that are no UTF-8',
    () => {
      const bytes = fc.tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }),
      );
      fc.assert(
        fc.property(bytes, ([{ text }, changes]) => {
          const buffer = Buffer.from(text);
          for (const [at, byte] of changes) buffer[at % buffer.length] = byte;
          readsWithin(buffer.toString('utf8'));
        }),
        { numRuns: Math.ceil(numRuns / 3) },
      );
    },
    timeout,
  );

  test('an alias in a document with an action', () => {
    expect(readsWithin('a: *x\naction: global\n---\ntitle: y\n')).toBeGreaterThan(0);
  });

  test.each(hostileFiles)('$name', ({ text, isRefused }) => {
    const found = readsWithin(text);
    expect(found).toBeGreaterThan(0);
    const errors = parseRuleFile(text, 'rules.yml').problems.filter(({ severity }) => severity === 'error');
    expect(errors.length > 0).toBe(isRefused);
  });

  test('one bad document of many stops none of the others', () => {
    const [{ text }] = seeds;
    const bad = modifierRefusals.map(({ rules }) => rules);
    fc.assert(
      fc.property(fc.subarray(bad, { minLength: 1, maxLength: 4 }), (some) => {
        const { documents } = parseRuleFile(['', ...some, text].join('\n---\n'), 'rules.yml', { placeholders });
        const alone = parseRuleFile(text, 'rules.yml', { placeholders });
        expect(documents.map(({ rule }) => rule.title)).toEqual(alone.documents.map(({ rule }) => rule.title));
      }),
      { numRuns: 20 },
    );
  });
});

describe('parts of the language give a result or an error with a place', () => {
  const attempt = (parse: () => unknown, text: string): void => {
    try {
      expect(parse()).toBeTypeOf('object');
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      expect(error.message).not.toBe('');
      expect(text.replace(/\s/g, '').startsWith((error.before ?? '').replace(/\s/g, ''))).toBe(true);
    }
  };

  test('conditions', () => {
    const text = fc.array(words.condition, { maxLength: 14 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (condition) => {
        attempt(() => parseCondition(condition, ['a', 'b', '_c', 'sel_1'], null), condition);
      }),
      { numRuns: numRuns * 5 },
    );
  });

  test('modifiers', () => {
    const key = fc.array(words.modifier, { maxLength: 5 }).map((parts) => ['f', ...parts].join('|'));
    fc.assert(
      fc.property(key, (text) => {
        attempt(() => parseModifiers(text, null), text);
      }),
      { numRuns: numRuns * 5 },
    );
  });

  test(
    'any modifiers with any values',
    () => {
      const key = fc.array(words.modifier, { maxLength: 4 }).map((parts) => ['f', ...parts].join('|'));
      fc.assert(
        fc.property(fc.tuple(key, words.value), ([name, value]) => {
          readsWithin(
            `title: t\nlogsource: {product: x}\ndetection:\n  sel:\n    ${JSON.stringify(name)}: ${value}\n  condition: sel\n`,
          );
        }),
        { numRuns: numRuns * 3 },
      );
    },
    timeout,
  );
});
