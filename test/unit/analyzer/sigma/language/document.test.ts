import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import { event, matchesAlone, ruleText, told } from './rules.ts';

const parse = (text: string) => parseRuleFile(text, 'rule.yml');
const problemsOf = (text: string) => told(parse(text).problems);
const head = (lines: string) => ruleText('sel:\n  f: x', { head: lines });

describe('documents', () => {
  test('a rule with everything', () => {
    const { documents, problems } = parse(`
title: Something
id: 2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10
status: test
description: What it is.
level: high
tags: [attack.t1611, attack.t1562.001, attack.privilege_escalation, attack.stealth, cve.2024-21626]
falsepositives: Backups
logsource:
  product: Docker
  category: exec
  definition: needs nothing
detection:
  sel:
    exec.command|contains: x
  condition: sel
catalogue: [EXE-01]
nature: condition
tier: procfs
summary: It ran {exec.command}
why: Because.
check: [Look, Look again]
owner: { team: red }
samples: { match: [] }
`);
    expect(problems).toEqual([]);
    const [document] = documents;
    expect(document?.rule).toMatchObject({
      id: '2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10',
      title: 'Something',
      level: 'high',
      status: 'test',
      logsource: { product: 'docker', category: 'exec' },
      catalogue: ['EXE-01'],
      nature: 'condition',
      tier: 'procfs',
      summary: 'It ran {exec.command}',
      why: 'Because.',
      check: ['Look', 'Look again'],
      falsePositives: ['Backups'],
      techniques: ['T1611', 'T1562.001'],
      tactics: ['privilege-escalation', 'stealth'],
      fields: ['exec.command'],
      file: 'rule.yml',
      line: 2,
    });
    expect(document?.attributes.owner).toEqual({ team: 'red' });
  });

  test('a foreign rule gets defaults, and an id from its meaning', () => {
    const rule = parse(ruleText('sel:\n  f: x')).documents[0]?.rule;
    expect(rule).toMatchObject({ level: 'medium', nature: 'event', tier: 'engine', summary: 'Test', catalogue: [] });
    expect(rule?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(parse(ruleText('sel:\n  f: x')).documents[0]?.rule.id).toBe(rule?.id);
    expect(parse(ruleText('sel:\n  f: y')).documents[0]?.rule.id).not.toBe(rule?.id);
  });

  test('the hash is of the meaning: layout and samples do not count, values do', () => {
    const hash = (text: string) => parse(text).documents[0]?.rule.hash;
    const base = hash(head('level: high\n'));
    expect(hash(head('level:   "high" # important\n'))).toBe(base);
    expect(hash(head('level: high\nsamples: { match: [{ f: x }] }\n'))).toBe(base);
    expect(hash(head('level: low\n'))).not.toBe(base);
  });

  test('several in a file: each by itself, the bad one is told', () => {
    const { documents, problems } = parse(`${head('')}---\ntitle: Bad\n---\n${ruleText('sel:\n  f: y')}`);
    expect(documents.map(({ rule }) => rule.line)).toEqual([1, 11]);
    expect(documents.map(({ rule }) => rule.kind === 'rule' && matchesAlone(rule, event({ f: 'y' })))).toEqual([
      false,
      true,
    ]);
    expect(told(problems)).toEqual([
      '9:1 a rule needs a logsource: product, category or service',
      '9:1 a rule needs a detection',
    ]);
  });

  test('empty documents and comments are nothing', () => {
    expect(parse('')).toEqual({ documents: [], problems: [] });
    expect(parse('---\n# a comment\n---\n')).toEqual({ documents: [], problems: [] });
  });
});

describe('what is wrong is told with its place', () => {
  test.each([
    [
      'the level',
      head('level: hihg\n'),
      ['4:8 level hihg is not one of informational, low, medium, high, critical; did you mean high?'],
    ],
    [
      'its case',
      head('level: High\n'),
      ['4:8 level High is not one of informational, low, medium, high, critical; did you mean high?'],
    ],
    [
      'the status',
      head('status: stabel\n'),
      ['4:9 status stabel is not one of stable, test, experimental, deprecated, unsupported; did you mean stable?'],
    ],
    [
      'a modifier within its key',
      ruleText('sel:\n  f|contians: x'),
      ['6:7 unknown modifier contians; did you mean contains?'],
    ],
    ['the second of two', ruleText('sel:\n  f|contains|alll: [x]'), ['6:16 unknown modifier alll; did you mean all?']],
    [
      'a value',
      ruleText('sel:\n  f|cidr:\n    - 10.0.0.0/8\n    - 10.0.0.1/8'),
      ['8:9 10.0.0.1/8 has bits set behind its prefix; the network is 10.0.0.0/8'],
    ],
    [
      'a word of the condition',
      ruleText('sel:\n  f: x\ncondition: sel and not sle'),
      ['7:26 condition: there is no search identifier sle; did you mean sel?'],
    ],
    [
      'in quotes',
      ruleText('sel:\n  f: x\ncondition: "sel and sle"'),
      ['7:23 condition: there is no search identifier sle; did you mean sel?'],
    ],
    [
      'in a folded block',
      ruleText('sel:\n  f: x\ncondition: >-\n  sel and\n  (sel or\n    sle)'),
      ['10:7 condition: there is no search identifier sle; did you mean sel?'],
    ],
    [
      'over two plain lines',
      ruleText('sel:\n  f: x\ncondition: sel and\n  sle'),
      ['8:5 condition: there is no search identifier sle; did you mean sel?'],
    ],
    ['no title', ruleText('sel:\n  f: x').replace('title: Test\n', ''), ['1:1 a rule needs a title']],
    ['a title that is a number', ruleText('sel:\n  f: x').replace('Test', '5'), ['1:8 title is text']],
    [
      'a long title',
      ruleText('sel:\n  f: x').replace('Test', 'x'.repeat(257)),
      ['1:1 a title has at most 256 characters'],
    ],
    [
      'an empty log source',
      ruleText('sel:\n  f: x').replace('category: exec', 'definition: x'),
      ['3:3 a logsource names at least one of product, category and service'],
    ],
    [
      'a log source of nothing',
      ruleText('sel:\n  f: x').replace('category: exec', "category: ''"),
      ['3:3 category is empty'],
    ],
    [
      'a log source that is a list',
      ruleText('sel:\n  f: x').replace('category: exec', 'category: [exec]'),
      ['3:13 category is text'],
    ],
    ['the nature', head('nature: state\n'), ['4:9 nature is event or condition']],
    [
      'a filter without a log source and a detection',
      'title: x\nfilter:\n  rules: any\n',
      ['1:1 a rule needs a logsource: product, category or service', '3:3 a detection needs a search identifier'],
    ],
    [
      'a filter that names no rules',
      'title: x\nlogsource: { product: linux }\nfilter:\n  sel:\n    f: x\n  condition: not sel\n',
      ['4:3 a filter names its rules: ids or names, or any'],
    ],
    [
      'an unknown action',
      'action: globl\ntitle: x\n',
      ['1:1 action globl is not one of global, reset, repeat; did you mean global?'],
    ],
    ['a repeat of nothing', 'action: repeat\ntitle: x\n', ['1:1 repeat has no rule before it']],
    ['a key that stands twice', ruleText('sel:\n  f: x\n  f: y'), ['7:5 Map keys must be unique']],
    ['a text instead of a map', 'just text\n', ['1:1 a rule is a map of keys and values']],
    ['broken YAML', 'title: "x\n', ['2:1 Missing closing "quote']],
    ['an unknown tag', head('owner: !who x\n'), ['4:8 Unresolved tag: !who']],
    ['an id that is none', head('id: rule-1\n'), ['4:5 id rule-1 is not a UUID']],
    [
      'a tag in another shape',
      head('tags:\n  - attack.t1611\n  - Attack.T1611\n'),
      ['6:5 tag Attack.T1611 is not namespace.value in lower case'],
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('all of it at once', () => {
    const text = ruleText('one:\n  f|contians: x\n  g|re: (\ntwo: {}\ncondition: one or three', {
      head: 'level: hot\nstatus: odd\n',
    });
    expect(problemsOf(text).map((line) => line.split(' ')[0])).toEqual(['4:8', '5:9', '8:7', '9:11', '10:8', '11:21']);
  });

  test('warnings leave the rule usable', () => {
    const { documents, problems } = parse(head('id: rule-1\ntags: [Odd]\n'));
    expect(documents).toHaveLength(1);
    expect(problems.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
  });

  test.each([
    ['deep flow lists', `title: x\nowner: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`],
    ['deep maps', `title: x\nowner: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}\n`],
    ['control characters', '\0\0\u0007'],
    ['an alias bomb', 'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n'],
  ])('hostile text is a problem, never a crash: %s', (_, text) => {
    const { documents, problems } = parse(text);
    expect(documents).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
  });
});
