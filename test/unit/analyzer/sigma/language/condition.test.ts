import { describe, expect, test } from 'vitest';
import { isMatch, refusal } from './rules.ts';

/** Identifiers a, b, c, sel_1, sel_2 and _hidden are true when the event has a value of that name. */
const names = ['a', 'b', 'c', 'sel_1', 'sel_2', '_hidden', 'notes', 'filter_main.conf', 'x-y', '1st'];
const detection = (condition: string) =>
  `${names.map((name) => `${name}:\n  f: '${name}'`).join('\n')}\ncondition: ${condition}`;
const holds = (condition: string, ...given: readonly string[]): boolean => isMatch(detection(condition), { f: given });

describe('conditions (specification 2.1)', () => {
  test.each([
    ['a', ['a'], true],
    ['not a', ['a'], false],
    ['not not a', ['a'], true],
    ['a and b', ['a'], false],
    ['a or b', ['b'], true],
    ['a or b and c', ['a'], true],
    ['a or b and c', ['b'], false],
    ['(a or b) and c', ['a'], false],
    ['(a or b) and c', ['b', 'c'], true],
    ['not a and b', ['b'], true],
    ['not a and b', ['a'], false],
    ['not (a and b)', ['a'], true],
    ['not a or b', ['a', 'b'], true],
    ['a AND NOT b', ['a'], true],
    ['((a))', ['a'], true],
    ['(a)and(b)', ['a', 'b'], true],
    ['1 of sel_*', ['sel_2'], true],
    ['1 of sel_*', ['a'], false],
    ['any of sel_*', ['sel_1'], true],
    ['all of sel_*', ['sel_1'], false],
    ['all of sel_*', ['sel_1', 'sel_2'], true],
    ['not 1 of sel_*', ['a'], true],
    ['1 of sel_1', ['sel_1'], true],
    ['1 of sel', [], undefined],
    ['1 of *_1', ['sel_1'], true],
    ['1 of s*_2', ['sel_2'], true],
    ['1 of s*_2', ['sel_1'], false],
    ['1 of them', ['c'], true],
    ['1 of them', ['_hidden'], false],
    ['1 of *', ['_hidden'], false],
    ['1 of _*', ['_hidden'], true],
    ['_hidden', ['_hidden'], true],
    ['all of them', names.filter((name) => name !== '_hidden'), true],
    ['all of them', ['a', 'b', 'c'], false],
    ['notes', ['notes'], true],
    ['not notes', ['notes'], false],
    ['filter_main.conf', ['filter_main.conf'], true],
    ['x-y and 1st', ['x-y', '1st'], true],
    ['a and not 1 of sel_* or c', ['c'], true],
  ])('%s with %j → %s', (condition, given, expected) => {
    if (expected === undefined) expect(refusal(detection(condition))).toMatch(/no search identifier matches/);
    else expect(holds(condition, ...given)).toBe(expected);
  });

  test('a list of conditions: any of them', () => {
    expect(isMatch('a:\n  f: x\nb:\n  f: y\ncondition:\n  - a\n  - b', { f: 'y' })).toBe(true);
  });

  test.each([
    ['missing', /there is no search identifier missing/],
    ['sel_3', /there is no search identifier sel_3; did you mean sel_1\?/],
    ['a and', /ends where an identifier is expected/],
    ['and a', /and stands where an identifier is expected/],
    ['a b', /b is not expected here/],
    ['(a or b', /ends where \) is expected/],
    ['(a b)', /b stands where \) is expected/],
    ['a)', /\) is not expected here/],
    ['()', /\) stands where an identifier is expected/],
    ['not', /ends where an identifier is expected/],
    ['1 of', /ends where them or a pattern is expected/],
    ['2 of sel_*', /2 of: only 1, any and all are known/],
    ['1 of nothing_*', /no search identifier matches nothing_\*/],
    ['a | count() > 5', /aggregations in a condition were removed/],
    ['constructor', /there is no search identifier constructor/],
    ["''", /a detection needs a condition/],
    ['[]', /a detection needs a condition/],
    [`${'('.repeat(200)}a${')'.repeat(200)}`, /nests deeper than 100 levels/],
    [`${'not '.repeat(50_000)}a`, /nests deeper than 100 levels/],
  ])('refused: %.60s', (condition, message) => {
    expect(refusal(detection(condition))).toMatch(message);
  });

  test('timeframe and a missing condition are refused', () => {
    expect(refusal('a:\n  f: x\ntimeframe: 5m\ncondition: a')).toMatch(/correlation rules replace it/);
    expect(refusal('condition: a')).toMatch(/needs a search identifier/);
  });
});
