import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../../analyzer/sigma/compile.ts';
import { documentsOf, execRule, joined } from './documents.ts';

/** `line:column message` of what is wrong once the documents know each other. */
const problemsOf = (...documents: readonly string[]): readonly string[] =>
  compileRules(documentsOf(joined(...documents)))
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('a reference that is wrong is told where it stands', () => {
  it('in the rules of a sequence', () => {
    const lists = [
      ['  rules: [a, b, stopp]', '14:17'],
      ['  rules:\n    - a\n    - b\n    - stopp', '17:7'],
    ] as const;
    for (const [rules, place] of lists)
      expect(
        problemsOf(
          execRule('stop'),
          `title: T\nname: t\ncorrelation:\n  type: temporal\n${rules}\n  timespan: 1m\n`,
          execRule('a'),
          execRule('b'),
        ),
      ).toEqual([`${place} rules: there is no rule stopp; did you mean stop?`]);
  });

  it('when it is one text, in quotes', () => {
    expect(
      problemsOf(
        "title: T\ncorrelation:\n  type: event_count\n  rules: 'stop'\n  timespan: 1m\n  condition: {gte: 2}\n",
      ),
    ).toEqual(['4:10 rules: there is no rule stop']);
  });

  it('when it makes a circle, or is to what was refused itself', () => {
    const sequence = (name: string, rules: string) =>
      `title: ${name}\nname: ${name}\ncorrelation:\n  type: event_count\n  rules: [${rules}]\n  timespan: 1m\n  condition: {gte: 2}\n`;
    expect(problemsOf(execRule('x'), sequence('one', 'x, two'), sequence('two', 'x, one'))).toEqual([
      '22:14 rules: one → two → one is a circle',
      '14:14 rules: two was refused itself (r.yml:18)',
    ]);
  });

  it('in the aliases of a sequence', () => {
    expect(
      problemsOf(
        'title: T\ncorrelation:\n  type: event_count\n  rules: [x]\n  group-by: [who]\n  timespan: 1m\n  aliases:\n    who:\n      y: exec.user\n    other:\n      x: exec.user\n  condition: {gte: 2}\n',
        execRule('x'),
      ),
    ).toEqual([
      '8:5 aliases: y is none of the rules; did you mean x?',
      '10:5 aliases: neither group-by nor condition uses other',
    ]);
  });

  it('in the rules of a filter', () => {
    const filter =
      'title: F\nlogsource: {category: exec}\nfilter:\n  rules:\n    - x\n    - s\n    - nobody\n  a:\n    exec.user: u\n  condition: not a\n';
    const sequence =
      'title: S\nid: s\ncorrelation: {type: event_count, rules: [x], timespan: 1m, condition: {gte: 2}}\n';
    expect(problemsOf(filter, execRule('x'), sequence)).toEqual([
      '7:7 there is no rule nobody',
      '6:7 a filter is about detection rules; s is a correlation',
    ]);
  });
});
