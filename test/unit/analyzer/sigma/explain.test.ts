import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDetector, linkRules } from '../../../../analyzer/sigma/compile.ts';
import { type Explanation, explainDetection } from '../../../../analyzer/sigma/explain.ts';
import { explainDocument, type SequenceExplanation } from '../../../../analyzer/sigma/explain-document.ts';
import { plainFields } from '../../../../analyzer/sigma/fields.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { printRules, ruleSetCase } from '../../../support/sigma/generate.ts';
import { placeholders } from '../../../support/sigma/generate-item.ts';
import { correlatedCase } from '../../../support/sigma/generate-set.ts';
import { compile } from './language/rules.ts';

const given = { placeholders: new Map(Object.entries(placeholders)) };
const linkedOf = (text: string) => linkRules(parseRuleFile(text, 'r.yml', given).documents.map(({ rule }) => rule));

describe('an explanation says what the engine says', () => {
  test('of any rule and any event', () => {
    fc.assert(
      fc.property(ruleSetCase(), ({ rules: written, events }) => {
        const { rules, links } = linkedOf(printRules(written));
        const detector = createDetector({ rules, links }, plainFields);
        for (const event of events) {
          const matched = new Set(detector.match(event).map(({ rule }) => rule.id));
          for (const { id, detection } of rules) {
            const explanation = explainDetection(detection, { event, fields: plainFields });
            expect([id, explanation.holds]).toEqual([id, matched.has(id)]);
          }
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('of rules under filters', () => {
    fc.assert(
      fc.property(correlatedCase, ({ rules: written, events }) => {
        const linked = linkedOf(printRules(written));
        const detector = createDetector(linked, plainFields);
        for (const event of events) {
          const told = detector.match(event).filter(({ hiddenBy }) => hiddenBy.length === 0);
          const heard = linked.rules.filter((rule) => {
            const one = explainDocument(rule, { event, fields: plainFields, sources: undefined }, linked);
            return one.kind === 'rule' && one.heard;
          });
          expect(heard).toEqual(told.map(({ rule }) => rule));
        }
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

/** The tree as indented lines. */
const drawn = ({ holds, asks, of = [], found }: Explanation): readonly string[] => [
  `${holds ? '+' : '-'} ${asks}${found === undefined ? '' : ` ${JSON.stringify(found.map(({ value }) => value))}`}`,
  ...of.flatMap(drawn).map((line) => `  ${line}`),
];
const explained = (detection: string, event: object): readonly string[] =>
  drawn(explainDetection(compile(detection).detection, { event, fields: plainFields }));

describe('the tree', () => {
  test('has the condition, its identifiers, their items and each value', () => {
    const detection = 'sel:\n  a|contains: [x, y]\n  b: 1\nnot_c:\n  c: ~\ncondition: sel and not not_c';
    expect(explained(detection, { a: ['axe', 'b'], c: 5 })).toEqual([
      '- all of',
      '  - sel',
      '    - all of',
      '      + any of',
      '        + a contains "x" ["axe","b"]',
      '        - a contains "y" ["axe","b"]',
      '      - b is "1" []',
      '  + not',
      '    - not_c',
      '      - c is absent or null [5]',
    ]);
  });

  test('several conditions are any of them', () => {
    expect(explained('s: { a: 1 }\nt: { a: 2 }\ncondition: [s, t]', { a: 2 })).toEqual([
      '+ any of the conditions',
      '  - s',
      '    - a is "1" [2]',
      '  + t',
      '    + a is "2" [2]',
    ]);
  });

  test('says of each value whether it is the one', () => {
    const { detection } = compile('sel: { "a|fieldref": b }');
    const { found } =
      explainDetection(detection, { event: { a: ['x', 'y'], b: ['y', 'z'] }, fields: plainFields }).of?.[0] ?? {};
    expect(found).toEqual([
      { field: 'a', value: 'x', holds: false },
      { field: 'a', value: 'y', holds: true },
      { field: 'b', value: 'y', holds: true },
      { field: 'b', value: 'z', holds: false },
    ]);
  });

  test('of keywords has only the values that are meant', () => {
    expect(explained('sel: [ell]', { a: 'x', b: { c: ['hello'] } })).toEqual([
      '+ sel',
      '  + any value contains "ell" ["hello"]',
    ]);
  });
});

test('half of a pair of surrogates is no part of the pair', () => {
  expect(explained('sel: { f|contains: "\\ud83d" }', { f: '\u{1f433}' })[0]).toBe('- sel');
  expect(explained('sel: { f|contains: "\\ud83d" }', { f: 'x\ud83dx' })[0]).toBe('+ sel');
});

test.each([
  ['a: x', 'a is "x"'],
  ['a: "*"', 'a has any text'],
  ['a: "*x"', 'a ends with "x"'],
  ['a|startswith: "x*"', 'a begins with "x"'],
  ['a|cased: x', 'a is "x" (case matters)'],
  ["a|contains: 'x*\\*?'", 'a looks like "*x*\\\\*?*"'],
  ['a|windash: " -x"', 'a is " -x" (any dash)'],
  ['a|windash|contains: " -x*y"', 'a looks like "* -x*y*" (any dash)'],
  ['a: ""', 'a is ""'],
  ['a|re|i: "x\\"y"', 'a matches /x"y/i'],
  ['a|cidr: 10.0.0.0/8', 'a is an address in 10.0.0.0/8'],
  ['a|gte: 5', 'a is a number of at least 5'],
  ['a|hour|lt: 5', 'a is a date whose hour is below 5'],
  ['a|hour: 5', 'a is a date whose hour is 5'],
  ['a|exists: true', 'a is there'],
  ['a|fieldref|endswith: b', 'a ends with what b has'],
])('%s in words', (item, words) => {
  expect(explained(`sel:\n  ${item}`, {})[1]).toMatch(/^ {2}- /);
  expect(
    explained(`sel:\n  ${item}`, {})[1]
      ?.replace(/ \[\]$/, '')
      .slice(4),
  ).toBe(words);
});

describe('sequences', () => {
  const text = `title: Many
name: many
correlation:
  type: value_count
  rules: [one, two]
  group-by: [who]
  timespan: 90m
  aliases: { who: { one: user, two: name } }
  condition: { field: target, gte: 3 }
---
title: One
name: one
logsource: { product: x }
detection: { sel: { a: 1 }, condition: sel }
---
title: Two
name: two
logsource: { product: x }
detection: { sel: { a: 2 }, condition: sel }
---
title: Outer
name: outer
correlation: { type: temporal_ordered, rules: [one, many], timespan: 36h }
`;
  const of = (name: string, event: object, sources?: readonly { product: string }[]) => {
    const linked = linkedOf(text);
    const found = linked.correlations.find(({ correlation }) => correlation.name === name);
    if (found === undefined) throw new Error('not there');
    return explainDocument(found.correlation, { event, fields: plainFields, sources }, linked) as SequenceExplanation;
  };

  test('what an event adds, to which group, by which rule', () => {
    const explanation = of('many', { a: 2, name: 'eve', user: 'bob', target: ['x', 'y'] });
    expect(explanation.asks).toBe('at least 3 different values of target within 90m, for each who');
    expect(explanation.rules.map((rule) => rule.kind === 'rule' && [rule.label, rule.matches, rule.silent])).toEqual([
      ['one', false, true],
      ['two', true, true],
    ]);
    expect(explanation.adds).toEqual([
      { rule: 'two', group: { who: 'eve' }, counts: 'the values of target', values: { target: ['x', 'y'] } },
    ]);
  });

  test('an inner one is explained inside', () => {
    const explanation = of('outer', { a: 1 });
    expect(explanation.asks).toBe('at least 2 of 2 rules one after the other within 36h');
    expect(explanation.rules.map(({ kind }) => kind)).toEqual(['rule', 'sequence']);
    expect(explanation.adds).toEqual([{ rule: 'one', group: {}, counts: 'rule 1 of 2', values: {} }]);
  });

  test('rules of another log source add nothing', () => {
    expect(of('many', { a: 2 }, [{ product: 'y' }]).adds).toEqual([]);
    expect(of('many', { a: 2 }, [{ product: 'y' }, { product: 'x' }]).adds).toHaveLength(1);
  });
});
