import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alwaysTriedFor } from '../../../../analyzer/sigma/always-tried.ts';
import { createDetector, linkRules } from '../../../../analyzer/sigma/compile.ts';
import { plainFields } from '../../../../analyzer/sigma/fields.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { measureRules } from '../../../../analyzer/sigma/rule-stats.ts';
import { printRules, ruleSetCase } from '../../../support/sigma/generate.ts';
import { placeholders } from '../../../support/sigma/generate-item.ts';
import { compile } from './language/rules.ts';

const given = { placeholders: new Map(Object.entries(placeholders)) };
test('a rule is said to be always tried when the engine always tries it', () => {
  fc.assert(
    fc.property(ruleSetCase(), ({ rules: written }) => {
      const { documents } = parseRuleFile(printRules(written), 'r.yml', given);
      const { rules } = linkRules(documents.map(({ rule }) => rule));
      for (const rule of rules) {
        const { witnesses } = createDetector({ rules: [rule], links: new Map() }, plainFields).matcher.stats();
        expect([rule.id, alwaysTriedFor(rule.detection).length > 0]).toEqual([rule.id, witnesses.always === 1]);
      }
    }),
    { numRuns: 100 },
  );
}, 60_000);

test.each([
  ['sel: { a: x, b: ~ }', []],
  ['sel: { a: ~ }', ['sel: a is absent or null']],
  ['sel: { a|neq: x, b|exists: false }', ['sel: not a is "x"', 'sel: not b is there']],
  ['sel: { a: x }\nf: { b: y, c: z }\ncondition: not f or sel', ['f: not b is "y"', 'f: not c is "z"']],
  ['sel: { a: x }\nf: { b: y }\ncondition: not f and sel', []],
  ['f: { b|neq: y }\ncondition: not f', []],
  ['f: [{ b: y }, { c|neq: z }]\ncondition: not f', []],
])('why %j is always tried', (detection, why) => {
  expect(alwaysTriedFor(compile(detection).detection)).toEqual(why);
});

test('a set is counted whole; those always tried are named', () => {
  const text = ['sel: { a: x }', 'sel: { a: x, b|gt: 5 }', 'sel: { c|gt: 5 }', 'sel: { a|neq: y }']
    .map(
      (detection, index) =>
        `title: T${index}\nlogsource: { product: p }\ndetection: { ${detection}, condition: sel }\n`,
    )
    .join('---\n');
  const linked = linkRules(parseRuleFile(text, 'r.yml').documents.map(({ rule }) => rule));
  const { stats } = measureRules(linked, plainFields);
  expect(stats).toMatchObject({
    rules: 4,
    sequences: 0,
    filters: 0,
    predicates: 4,
    witnesses: { literal: 2, field: 1, always: 1 },
    alwaysShare: 0.25,
    always: [{ title: 'T3', line: 13, why: ['sel: not a is "y"'] }],
  });
});
