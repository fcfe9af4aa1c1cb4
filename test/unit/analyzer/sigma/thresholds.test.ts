import { describe, expect, it } from 'vitest';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { correlation, fires } from './correlation/correlations.ts';
import { told } from './language/rules.ts';

const problemsOf = (type: string, condition: string): readonly string[] =>
  told(
    parseRuleFile(
      `title: T\ncorrelation:\n  type: ${type}\n  rules: [a]\n  timespan: 1m\n  condition:\n    ${condition.replaceAll(', ', '\n    ')}\n`,
      'r.yml',
    ).problems,
  );
const unreachable = (what: string) =>
  `a value_count tells at most 1436 different values apart, which are too few for ${what}; take a lower number, or an event_count`;

describe('a threshold that a value_count cannot reach', () => {
  it.each([
    ['field: f, gte: 1437', '8:10', 'gte: 1437'],
    ['field: f, gt: 1436', '8:9', 'gt: 1436'],
    ['gte: 1436.5, field: f', '7:10', 'gte: 1436.5'],
    ['field: f, eq: 2000', '8:9', 'eq: 2000'],
    ['field: f, gte: 2, lt: 3000', '9:9', 'lt: 3000'],
    ['field: f, neq: 9999', '8:10', 'neq: 9999'],
  ])('is refused, with the number: %s', (condition, place, what) => {
    expect(problemsOf('value_count', condition)).toEqual([`${place} ${unreachable(what)}`]);
  });

  it.each(['gte: 1436', 'gt: 1435', 'lt: 1435', 'eq: 1435'])('is not one that it can: %s', (condition) => {
    expect(problemsOf('value_count', `field: f, ${condition}`)).toEqual([]);
  });

  it('is reached by other types', () => {
    expect(problemsOf('event_count', 'gte: 100000')).toEqual([]);
    expect(problemsOf('value_sum', 'field: f, gte: 100000')).toEqual([]);
  });

  it('is the first that is not exact', () => {
    const events = Array.from({ length: 5_000 }, (_, i) => [i / 1_000, 'a', { f: `value ${i % 3_000}` }] as const);
    const notes: string[] = [];
    const one = (number: number) =>
      correlation({ type: 'value_count', rules: ['a'], fields: ['f'], bounds: [{ op: 'gte', number }] });
    const firesAt = (number: number) => fires(one(number), events, { onInexact: (_, why) => notes.push(why) });
    expect([firesAt(1_436), notes]).toEqual([[1_435], []]);
    firesAt(1_437);
    expect(notes).toContain('saturated');
  });
});

describe('a threshold beyond 2^53', () => {
  it('is refused when a double would be another number', () => {
    expect(problemsOf('event_count', 'gte: 9007199254740993')).toEqual([
      '7:10 gte takes a number up to 2^53; 9007199254740993 would be compared as 9007199254740992',
    ]);
    expect(problemsOf('event_count', 'gte: 9007199254740992')).toEqual([]);
    expect(problemsOf('event_count', 'gte: 0x20000000000001')).toEqual([
      '7:10 gte takes a number up to 2^53; 0x20000000000001 would be compared as 9007199254740992',
    ]);
    expect(problemsOf('event_count', 'gte: 1e20')).toEqual([]);
  });
});
