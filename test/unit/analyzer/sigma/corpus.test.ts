import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDetector, linkRules } from '../../../../analyzer/sigma/compile.ts';
import { plainFields } from '../../../../analyzer/sigma/fields.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { readRules } from '../../../../analyzer/sigma/load.ts';
import { type GeneratedRule, generateRules, writeRules } from '../../../support/sigma/corpus.ts';
import { eventLines } from '../../../support/sigma/corpus-events.ts';
import { placeholders } from '../../../support/sigma/corpus-parts.ts';
import { sigmaHqPaths, sigmaRules } from '../../../support/sigma/corpus-sigmahq.ts';
import { matches } from '../../../support/sigma/oracle.ts';

const seed = 1;
const block = generateRules({ seed, count: 150 });
const linux = generateRules({ seed, count: 2_400, mix: 'linux' });

interface Item {
  readonly field: string;
  readonly chain: string;
  readonly values: readonly unknown[];
}

const bodiesOf = ({ document }: GeneratedRule): readonly unknown[] => {
  const { condition: _, ...identifiers } = document.detection as Record<string, unknown>;
  return Object.values(identifiers);
};

/** Keys of all search identifiers; a list of keywords is one without a field. */
const itemsOf = (rule: GeneratedRule): readonly Item[] =>
  bodiesOf(rule).flatMap((body) =>
    Object.entries(Array.isArray(body) ? { '': body } : (body as object)).map(([key, value]): Item => {
      const [field = '', ...chain] = key.split('|');
      return { field, chain: chain.join('|'), values: [value].flat() };
    }),
  );

const conditionOf = ({ document }: GeneratedRule): string => (document.detection as { condition: string }).condition;

/** Share of the rules, in percent. */
const share = (rules: readonly GeneratedRule[], holds: (rule: GeneratedRule) => boolean): number =>
  (100 * rules.filter(holds).length) / rules.length;

const withModifier =
  (name: string) =>
  (rule: GeneratedRule): boolean =>
    itemsOf(rule).some(({ chain }) => chain.split('|').includes(name));

const predicatesOf = (rules: readonly GeneratedRule[]): ReadonlySet<string> =>
  new Set(
    rules.flatMap((rule) =>
      itemsOf(rule).flatMap(({ field, chain, values }) => values.map((value) => `${field}|${chain}: ${String(value)}`)),
    ),
  );

describe('generated rules', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'corpus-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('a seed makes the same rules each time, and the rules of a small corpus are those of a large one', () => {
    expect(generateRules({ seed, count: 300 }).slice(0, 150)).toEqual(block);
    expect(generateRules({ seed: seed + 1, count: 150 })).not.toEqual(block);
  });

  test('all of them load', async () => {
    const { documents, problems } = await readRules([writeRules(directory, block)]);
    expect(problems).toEqual([]);
    expect(documents).toHaveLength(150);
  });

  test.each([
    ['processes', block],
    ['all log sources', linux],
    ['with placeholders', generateRules({ seed, count: 150, expand: true })],
  ])('each matches its example: %s', (_name, rules) => {
    const missed = rules.filter(({ document, example }) => !matches(document, example, { placeholders }));
    expect(missed).toEqual([]);
  });

  // Percent of SigmaHQ's rules for Linux that use it, and how far off the corpus may be.
  test.each([
    ['contains', 55, 10],
    ['endswith', 62, 10],
    ['all', 15, 5],
    ['startswith', 7, 5],
    ['re', 5, 2],
  ])('modifier %s: about %i %% of the rules', (name, percent, tolerance) => {
    expect(Math.abs(share(linux, withModifier(name)) - percent)).toBeLessThanOrEqual(tolerance);
  });

  test('keys without a modifier, and keywords', () => {
    const plain = share(linux, (rule) => itemsOf(rule).some(({ field, chain }) => field !== '' && chain === ''));
    expect(Math.abs(plain - 28)).toBeLessThanOrEqual(10);
    expect(Math.abs(share(linux, (rule) => itemsOf(rule).some(({ field }) => field === '')) - 11)).toBeLessThanOrEqual(
      3,
    );
  });

  test.each([
    ['1 of', 25, 4],
    ['not', 22, 4],
    ['all of', 22, 4],
    ['(', 3, 1],
  ])('conditions with %s: about %i %% of the rules', (word, percent, tolerance) => {
    for (const rules of [block, linux])
      expect(Math.abs(share(rules, (rule) => conditionOf(rule).includes(word)) - percent)).toBeLessThanOrEqual(
        tolerance,
      );
  });

  test.each(['cidr', 'windash', 'base64', 'base64offset', 'wide', 'fieldref', 'i'])(
    'modifier %s: few, but each block has one',
    (name) => {
      const percent = share(block, withModifier(name));
      expect(percent).toBeGreaterThan(0);
      expect(percent).toBeLessThan(4);
    },
  );

  test('process starts ask for some 13 different predicates a rule, seldom for exact texts', () => {
    const processes = block.filter(({ document }) => 'category' in (document.logsource as object));
    const perRule = predicatesOf(processes).size / processes.length;
    expect(Math.abs(perRule - 13.4)).toBeLessThan(3);
    const isText = (value: unknown): boolean => typeof value === 'string' && /^[^*]+$/.test(value);
    const exact = processes
      .flatMap(itemsOf)
      .filter(({ field, chain, values }) => /Image|CommandLine/.test(field) && chain === '' && values.some(isText));
    expect(exact.length / processes.length).toBeLessThan(0.1);
  });

  test('sixteen times the rules are more than twelve times the predicates', () => {
    const many = predicatesOf(generateRules({ seed, count: 2_400 }));
    expect(many.size / predicatesOf(block).size).toBeGreaterThan(12);
  });
});

describe('generated events', () => {
  const count = 400;
  test.each([340, 1_000] as const)('lines of some %i bytes, the same for the same seed', (bytes) => {
    const lines = eventLines({ seed, count, bytes, rules: block });
    const mean = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / count;
    expect(Math.abs(mean - bytes) / bytes).toBeLessThan(0.03);
    expect(eventLines({ seed, count, bytes, rules: block })).toEqual(lines);
  });

  test('one to three percent match, some have escapes, some are not ASCII', () => {
    const lines = eventLines({ seed, count: 1_000, bytes: 340, rules: block });
    const documents = block.map(({ document }) => JSON.stringify(document)).join('\n---\n');
    // The second evaluator takes too long for so many.
    const parsed = parseRuleFile(documents, 'block.yml').documents.map(({ rule }) => rule);
    const detector = createDetector(linkRules(parsed), plainFields);
    const percent = (holds: (line: string) => boolean): number => (100 * lines.filter(holds).length) / lines.length;
    const isMatch = (line: string): boolean => detector.match(JSON.parse(line)).length > 0;
    expect(Math.abs(percent((line) => isMatch(line)) - 2)).toBeLessThanOrEqual(1);
    expect(percent((line) => line.includes(String.raw`\"`))).toBeGreaterThan(5);
    expect(percent((line) => line.includes(String.raw`\u`))).toBeGreaterThan(0.1);
    expect(percent((line) => /[^\0-\x7f]/.test(line))).toBeGreaterThan(0.1);
  });
});

describe("a checkout of SigmaHQ's rules", () => {
  if (sigmaRules === undefined)
    console.warn(
      "SIGMA_RULES is not set: SigmaHQ's rules are not loaded (SIGMA_RULES=path of a checkout of SigmaHQ/sigma)",
    );

  test('its rules are in directories of their own; any other directory is one of rules', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
    expect(sigmaHqPaths(checkout)).toEqual([checkout]);
    for (const name of ['rules', 'rules-emerging-threats', 'regression_data']) mkdirSync(join(checkout, name));
    expect(sigmaHqPaths(checkout)).toEqual([join(checkout, 'rules'), join(checkout, 'rules-emerging-threats')]);
    rmSync(checkout, { recursive: true });
  });

  // Without a checkout there is nothing to test, which is said above.
  const withCheckout = sigmaRules === undefined ? () => undefined : test;
  withCheckout(
    'every file loads, or is listed with a reason; only placeholders without values are one',
    async () => {
      const paths = sigmaHqPaths();
      const { documents, problems } = await readRules(paths);
      const errors = problems.filter(({ severity }) => severity === 'error');
      console.log(`${documents.length} documents of ${paths.join(' ')} load; refused:`);
      for (const { file, line, column, message } of errors) console.log(`  ${file}:${line}:${column} ${message}`);
      const files = paths.flatMap((path) =>
        readdirSync(path, { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.ya?ml$/.test(name))
          .map((name) => join(path, name)),
      );
      const known = new Set([...documents.map(({ rule: { file } }) => file), ...errors.map(({ file }) => file)]);
      expect(files.filter((file) => !known.has(file))).toEqual([]);
      expect(errors.filter(({ message }) => !/placeholder/.test(message))).toEqual([]);
    },
    120_000,
  );
});
