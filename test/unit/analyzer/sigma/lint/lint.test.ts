import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lintDocuments } from '../../../../../analyzer/sigma/lint/document.ts';
import { fieldNames, isFieldName } from '../../../../../analyzer/sigma/lint/field-names.ts';
import { checks, lint, loaderKinds } from '../../../../../analyzer/sigma/lint/lint.ts';
import type { RuleProblem } from '../../../../../analyzer/sigma/rule.ts';

const id = '5f0c9d1e-6d0b-4a53-9c5f-2f7f0a1f4b11';
const head = `title: Test\nid: ${id}\ndescription: d\nlevel: low\n`;
const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');
const rule = (detection: string, more = ''): string =>
  `${head}${more}logsource:\n  product: docker\n  category: exec\ndetection:\n${indented(detection)}`;

/** `check line:column message` of everything that is odd in the texts, as the files a.yml, b.yml, … */
const oddIn = (...texts: readonly string[]): readonly string[] =>
  lint(
    texts.flatMap((text, index) => lintDocuments(text, `${'abc'[index]}.yml`)),
    [],
  ).map(({ check, line, column, message }) => `${check} ${line}:${column} ${message}`);

test('a rule that is as it should be', () => {
  expect(oddIn(rule('sel:\n  exec.command|contains: passwd\ncondition: sel\n'))).toEqual([]);
});

test.each([
  [
    'missing-id',
    `title: T\ndescription: d\nlevel: low\n`,
    '1:8 this rule has no id: give it a new random UUID, which never changes',
  ],
  ['missing-description', `title: T\nid: ${id}\nlevel: low\n`, '1:8 this rule has no description of what it looks for'],
  ['missing-level', `title: T\nid: ${id}\ndescription: d\n`, '1:8 this rule has no level: it is taken as medium'],
])('%s', (check, text, told) => {
  expect(oddIn(text)).toEqual([`${check} ${told.replace('1:8', '1:1')}`]);
});

test('a filter has no level', () => {
  expect(
    oddIn(`title: T\nid: ${id}\ndescription: d\nfilter:\n  rules: any\n  sel:\n    a: b\n  condition: not sel\n`),
  ).toEqual([]);
});

test('tags of ATT&CK are techniques, tactics, groups and software', () => {
  const tags = ['t1059.004', 'T1059', 't105', 'initial_access', 'persistance', 'execution', 's0002', 'g1004', 'tricks'];
  expect(oddIn(`${head}tags:\n${tags.map((tag) => `  - attack.${tag}\n`).join('')}  - cve.2024-1\n`)).toEqual([
    'attack-tag 7:5 tag attack.T1059 is written in lower case',
    'attack-tag 8:5 tag attack.t105 is no technique: those are t1059 or t1059.004',
    'attack-tag 9:5 tag attack.initial_access is written attack.initial-access since 2024',
    'attack-tag 10:5 tag attack.persistance is no tactic of ATT&CK; did you mean persistence?',
    'attack-tag 14:5 tag attack.tricks is no tactic of ATT&CK',
  ]);
});

describe('fields', () => {
  test('that no observation has are told at their key, with the nearest that there is', () => {
    const detection = `sel:
  - exec.comand|contains: passwd
    container.capabilities.added: CAP_SYS_ADMIN
    Imagee|endswith: /sh
  - exec.command|fieldref: container.nam
    nothing.like.it: 1
condition: sel
`;
    expect(oddIn(rule(detection))).toEqual([
      'unknown-field 10:7 no observation has a field exec.comand; did you mean exec.command?',
      'unknown-field 11:7 no observation has a field container.capabilities.added; did you mean container.caps.added?',
      'unknown-field 12:7 no observation has a field Imagee; did you mean Image?',
      'unknown-field 13:30 no observation has a field container.nam; did you mean container.name?',
      'unknown-field 14:7 no observation has a field nothing.like.it',
    ]);
  });

  test('of log sources that are not ours are not known here; keywords have no name', () => {
    const other = rule('sel:\n  EventID: 1\ncondition: sel\n').replace('docker', 'windows');
    expect(
      oddIn(other, rule("sel:\n  '|all':\n    - one\n    - two\ncondition: sel\n").replace('Test', 'Other')),
    ).toEqual([]);
  });

  test('in the summary', () => {
    expect(
      oddIn(rule('sel:\n  exec.uid: 0\ncondition: sel\n', 'summary: "{exec.command} in {container.nme}"\n')),
    ).toEqual(['summary-field 5:10 summary: no observation has a field container.nme; did you mean container.name?']);
  });

  test('are those of observations and of the taxonomy, through lists and open maps', () => {
    for (const name of ['container.networks.name', 'docker.attributes.anything', 'process.user.name', 'CommandLine'])
      expect([name, isFieldName(name)]).toEqual([name, true]);
    for (const name of ['constructor', 'container.constructor', 'exec.command.x', ''])
      expect([name, isFieldName(name)]).toEqual([name, false]);
    expect(fieldNames().every(isFieldName)).toBe(true);
  });
});

describe('what is asked', () => {
  test('a filter without a not would silence everything else', () => {
    const filter = (condition: string): string =>
      `${head.replace('level: low\n', '')}logsource:\n  product: docker\nfilter:\n  rules: any\n  sel:\n    exec.uid: 0\n  other:\n    exec.uid: 1\n  condition: ${condition}\n`;
    expect(oddIn(filter('sel or other'))).toEqual([
      'filter-keeps 12:14 this filter keeps only what matches sel or other; to leave that out write: not (sel or other)',
    ]);
    expect(oddIn(filter('not (sel or other)'))).toEqual([]);
    expect(oddIn(filter('1 of them and not(sel)'))).toEqual([]);
  });

  test('identifiers that no condition names', () => {
    const detection =
      'sel:\n  exec.uid: 0\nsel_b:\n  exec.uid: 1\n_c:\n  exec.uid: 2\ncondition:\n  - sel\n  - not 1 of sel_*\n';
    expect(oddIn(rule(detection))).toEqual(['unused-identifier 13:3 no condition names _c']);
    expect(oddIn(rule('sel:\n  exec.uid: 0\ncondition: sal\n'))).toEqual([]);
  });

  test('single characters are in nearly everything', () => {
    const detection = `sel:
  exec.command|contains:
    - a
    - ab
    - '*'
    - '\\*'
    - 'ä*'
  exec.user|startswith: ''
  exec.args|base64offset|contains: ab
  device.permissions|contains: w
condition: sel
`;
    expect(oddIn(rule(detection))).toEqual([
      'vague-value 11:9 contains "a" is true for nearly everything',
      'vague-value 13:9 contains "*" is true for nearly everything',
      'vague-value 15:9 contains "ä*" is true for nearly everything',
      'vague-value 16:27 startswith "" is true for nearly everything',
    ]);
  });

  test('regular expressions without a text to look for', () => {
    const detection = `sel:
  exec.command|re:
    - 'nc\\s+-e'
    - '(curl|wget)\\s'
    - '[a-z]+\\d'
  exec.user|re|i: '^.$'
condition: sel
`;
    expect(oddIn(rule(detection))).toEqual([
      'slow-regex 13:9 no text of two characters must be in it, so it is tried on every event',
      'slow-regex 14:21 no text of two characters must be in it, so it is tried on every event',
    ]);
  });
});

test('one title in two files; documents of one file may share it', () => {
  const text = rule('sel:\n  exec.uid: 0\ncondition: sel\n');
  expect(oddIn(`${text}---\n${text}`)).toEqual([]);
  expect(oddIn(text, text.replace('Test', 'TEST'))).toEqual([
    'duplicate-title 1:8 title TEST is that of a.yml:1 already',
  ]);
});

test('documents of every shape, whatever is wrong with them, are looked at without harm', () => {
  for (const text of [
    '- a\n',
    'title: x',
    'title: "x',
    'detection: 5',
    'detection: {condition: [5], a: [[1]]}',
    'filter: []',
    'tags: {a: 1}',
    'a: *b',
  ])
    expect(() => oddIn(text)).not.toThrow();
});

test('a rule that was cut up anywhere is looked at without harm, and every place is in the text', () => {
  const whole = `${rule('sel:\n  exec.command|contains: [a, b]\n  x|re: "."\ncondition: 1 of sel*\n', 'tags: [attack.x]\nsummary: "{a.b}"\n')}---
title: F\nlogsource: {product: docker}\nfilter:\n  rules: any\n  sel: {y: 1}\n  condition: sel\n`;
  const at = fc.nat({ max: whole.length });
  fc.assert(
    fc.property(at, at, fc.constantFrom('', ':', '\n', '[', '{', '- ', '&a *a', '"'), (from, to, between) => {
      const text = whole.slice(0, Math.min(from, to)) + between + whole.slice(Math.max(from, to));
      const count = text.split('\n').length;
      for (const { line, column } of lint(lintDocuments(text, 'a.yml'), [])) {
        expect(line).toBeLessThanOrEqual(count);
        expect(Math.min(line, column)).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});

test('legacy documents are judged as what they make together', () => {
  const text = `action: global\n${head}logsource:\n  product: docker\n---\ndetection:\n  sel:\n    exec.uidd: 0\n  condition: sel\n`;
  expect(oddIn(text)).toEqual(['unknown-field 11:5 no observation has a field exec.uidd; did you mean exec.uid?']);
});

test('what the loader tells is sorted in, by its kind', () => {
  const problem = (message: string, line: number, severity: RuleProblem['severity'] = 'error'): RuleProblem => ({
    severity,
    file: 'a.yml',
    line,
    column: 1,
    message,
  });
  const loaded = [
    problem('condition: x', 9),
    problem('cannot be read: EACCES', 1),
    problem('unknown modifier', 3),
    problem('no UUID', 5, 'warning'),
  ];
  const all = lint(lintDocuments(`title: T\nid: ${id}\nlevel: low\n`, 'a.yml'), loaded);
  expect(all.map(({ check, severity }) => [check, severity])).toEqual([
    ['missing-description', 'warning'],
    ['unreadable', 'error'],
    ['refused', 'error'],
    ['odd', 'warning'],
    ['condition', 'error'],
  ]);
});

test('every kind of problem has a name of its own', () => {
  const names = [...checks, ...loaderKinds].map(({ id: name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
