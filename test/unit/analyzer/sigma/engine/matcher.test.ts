import { describe, expect, test } from 'vitest';
import { createMatcher, type Entry } from '../../../../../analyzer/sigma/engine/matcher.ts';
import { viewOf } from '../../../../../analyzer/sigma/engine/view.ts';
import { plainFields } from '../../../../../analyzer/sigma/fields.ts';
import type { Expression, PatternTest } from '../../../../../analyzer/sigma/language/expression.ts';

/** `f=text`, `f=*text*` (anywhere within), `f~regular expression`, `f?` (exists), `f=null`; without a field, a keyword. */
function leaf(written: string): Expression {
  const [, field = '', sign = '', value = ''] = /^(\w*)(=null$|[=~?])(.*)$/.exec(written) ?? [];
  if (sign === '?') return { kind: 'exists', field };
  if (sign === '=null') return { kind: 'null', field };
  const pattern: PatternTest = { kind: 'pattern', tokens: tokensOf(value) };
  if (field === '') return { kind: 'keyword', test: pattern };
  return { kind: 'field', field, test: sign === '~' ? { kind: 'regex', source: value, flags: '' } : pattern };
}

const tokensOf = (value: string) =>
  value
    .split(/(\*)/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? ({ kind: 'any' } as const) : ({ kind: 'text', text: part } as const)));

const all = (...of: readonly string[]): Expression => ({ kind: 'and', of: of.map(leaf) });
const some = (...of: readonly string[]): Expression => ({ kind: 'or', of: of.map(leaf) });
const both = (...of: readonly Expression[]): Expression => ({ kind: 'and', of });
const either = (...of: readonly Expression[]): Expression => ({ kind: 'or', of });
const not = (of: Expression): Expression => ({ kind: 'not', of });

const matcherOf = (...expressions: readonly Expression[]) =>
  createMatcher(
    expressions.map((expression): Entry => ({ expression, further: [] })),
    plainFields,
  );

describe('entries', () => {
  const matcher = () =>
    matcherOf(
      leaf('f=ab'), // 0
      not(leaf('f=ab')), // 1
      all('f=*a*', 'f=*b*'), // 2
      some('f=ab', 'g=ab'), // 3
      leaf('=*b*'), // 4
      leaf('g?'), // 5
      leaf('g=null'), // 6
      leaf('f~^a.*b$'), // 7
      all('f~a', 'g?'), // 8
      leaf('f=*'), // 9
      not(some('f~x', 'g?')), // 10
    );

  test.each([
    [{ f: 'ab' }, [0, 2, 3, 4, 6, 7, 9, 10]],
    [{ f: 'AB', g: 1 }, [0, 2, 3, 4, 5, 9]],
    [{ f: 'ba' }, [1, 2, 4, 6, 9, 10]],
    [{ f: 'acb', g: null }, [1, 2, 4, 5, 6, 7, 8, 9]],
    [{ g: 'ab' }, [1, 3, 4, 5]],
    [{ f: null }, [1, 6, 10]],
    [{ f: [] }, [1, 6, 10]],
    [{}, [1, 6, 10]],
    [{ f: ['a', 'ab'] }, [0, 2, 3, 4, 6, 7, 9, 10]],
    // Each in another value of the field: that is enough for `all`.
    [{ f: ['a', 'b'] }, [1, 2, 4, 6, 9, 10]],
    [{ h: { i: ['b'] } }, [1, 4, 6, 10]],
  ])('of %j: %j', (event, found) => {
    expect(matcher().match(event)).toEqual(found);
  });

  test('are told in their order, whatever was seen first', () => {
    const two = matcherOf(leaf('g=x'), leaf('f=x'), not(leaf('h=x')), leaf('f=x'));
    expect(two.match({ f: 'x', g: 'x' })).toEqual([0, 1, 2, 3]);
    expect(two.match({ h: 'x' })).toEqual([]);
  });

  test('an event leaves nothing to the next', () => {
    const two = matcherOf(leaf('f=x'), all('f=x', 'g=x'), all('f~x', 'g~y'));
    expect([{ f: 'x' }, { g: 'x' }, { f: 'x', g: 'xy' }, { g: 'xy' }, {}].map((event) => two.match(event))).toEqual([
      [0],
      [],
      [0, 2],
      [],
      [],
    ]);
  });
});

describe('an event is tried', () => {
  const cidr: Expression = { kind: 'field', field: 'f', test: { kind: 'cidr', network: '10.0.0.0/8' } };
  const sameAsG: Expression = { kind: 'fieldref', field: 'f', other: 'g' };
  const regex = (source: string): Expression => ({
    kind: 'field',
    field: 'f',
    test: { kind: 'regex', source, flags: 'i' },
  });

  test.each<readonly [name: string, of: Expression, event: object, isTried: boolean, isTrue: boolean]>([
    ['with the first of a pattern', leaf('f=a*b'), { f: 'ab' }, true, true],
    ['but not with its last alone', leaf('f=a*b'), { f: 'b' }, false, false],
    ['with all of a pattern in another order', leaf('f=*a*b*'), { f: 'ba' }, true, false],
    ['with any text where no part is known', cidr, { f: 'x' }, true, false],
    ['but not without a text', cidr, { g: 'x', f: null }, false, false],
    ['with the field of a reference', sameAsG, { f: 'x' }, true, false],
    ['but not with the other alone', sameAsG, { g: 'x' }, false, false],
    ['with one of the words of an expression', regex('curl|wget'), { f: 'WGET' }, true, true],
    ['but not without them', regex('curl|wget'), { f: 'nc' }, false, false],
    ['with letters that are one within ASCII without case', regex('(\u017fx|curl)'), { f: 'SX' }, true, true],
    // Twice not: what is needed is what the inside needs.
    ['with one of two', not(both(not(leaf('f=a')), not(leaf('f=b')))), { f: 'b' }, true, true],
    ['with the other of two', not(both(not(leaf('f=a')), not(leaf('f=b')))), { f: 'a' }, true, true],
    ['with none of two', not(both(not(leaf('f=a')), not(leaf('f=b')))), { f: 'c' }, false, false],
    ['with the first of both', not(either(not(leaf('f=a')), not(leaf('g=b')))), { f: 'a' }, true, false],
    ['with the second of both', not(either(not(leaf('f=a')), not(leaf('g=b')))), { g: 'b' }, false, false],
    ['with both', not(either(not(leaf('f=a')), not(leaf('g=b')))), { f: 'a', g: 'b' }, true, true],
    ['always for what is not there', leaf('f=null'), {}, true, true],
  ])('%s', (_, of, event, isTried, isTrue) => {
    const matcher = matcherOf(of);
    expect(matcher.match(event)).toEqual(isTrue ? [0] : []);
    expect(matcher.stats().candidates).toBe(isTried ? 1 : 0);
  });
});

describe('a view of an object', () => {
  test('reads each field once, and all values once', () => {
    const reads: string[] = [];
    const readers = ['f', 'g'].map((name) => (event: unknown) => {
      reads.push(name);
      return plainFields(name)(event);
    });
    const view = viewOf({ f: ['a', 'b'], h: { i: 'c' } }, readers);
    expect([view.present(0), view.values(0), view.present(1), view.values(1)]).toEqual([true, ['a', 'b'], false, []]);
    expect(reads).toEqual(['f', 'g']);
    expect(new Set(view.everything())).toEqual(new Set(['a', 'b', 'c']));
    expect(view.everything()).toBe(view.everything());
  });
});

describe('a matcher', () => {
  test('counts what it tried', () => {
    const matcher = matcherOf(leaf('f=x'), all('f=x', 'g=xyz'), not(leaf('f=x')), leaf('f?'));
    expect(matcher.stats()).toEqual({
      entries: 4,
      predicates: 3,
      atoms: 3,
      witnesses: { literal: 2, field: 1, always: 1 },
      events: 0,
      candidates: 0,
      matches: 0,
    });
    matcher.match({ f: 'x' });
    expect(matcher.stats()).toMatchObject({ events: 1, candidates: 3, matches: 2 });
    matcher.match({ h: 'x' });
    expect(matcher.stats()).toMatchObject({ events: 2, candidates: 4, matches: 3 });
  });

  test('tries nothing where nothing can be true', () => {
    const matcher = matcherOf(leaf('f=x'), leaf('f~curl'));
    for (const event of [{}, { f: 'y' }, { g: 'x curl' }]) matcher.match(event);
    expect(matcher.stats()).toMatchObject({ events: 3, candidates: 0 });
    // Beyond ASCII an expression is tried: it may know pairs of cases that are not known here.
    expect(matcher.match({ f: 'é' })).toEqual([]);
    expect(matcher.stats()).toMatchObject({ candidates: 1 });
  });

  test('asks for traffic with events that matched nothing, too', () => {
    const matcher = matcherOf(all('f=*ab*', 'f=*abcdef*'));
    for (let event = 0; event < 512; event += 1) matcher.match({ f: 'abcdef' });
    expect(matcher.stats().candidates).toBe(512);
    // The shorter one is no rarer: each is in every event, and its guess is higher.
    for (let event = 0; event < 100; event += 1) matcher.match({ f: 'ab' });
    expect(matcher.stats().candidates).toBe(512);
    const quiet = matcherOf(all('f=*ab*', 'f=*abcdef*', 'g=never'));
    for (let event = 0; event < 512; event += 1) quiet.match({ f: 'abcdef' });
    expect(quiet.stats()).toMatchObject({ candidates: 0, matches: 0 });
  });

  test('an entry that throws is told, and false; the others go on', () => {
    const told: unknown[] = [];
    const entries = [leaf('f=x'), not(leaf('bad=null')), leaf('f=x')].map((expression) => ({
      expression,
      further: [],
    }));
    const matcher = createMatcher(entries, plainFields);
    matcher.begin();
    const field = matcher.fields.indexOf('f');
    matcher.present(field);
    matcher.scans[field]?.text('x');
    const view = {
      present: () => {
        throw new Error('unreadable');
      },
      values: () => [],
      everything: () => [],
    };
    expect(matcher.finish(view, (entry, error) => told.push([entry, String(error)]))).toEqual([0, 2]);
    expect(told).toEqual([[1, 'Error: unreadable']]);
    expect(matcher.finish(view)).toEqual([0, 2]);
  });

  test('of an entry that is true it says which further expressions are false', () => {
    const further = [leaf('g=x'), leaf('g=y'), not(leaf('g=x'))];
    const matcher = createMatcher(
      [
        { expression: leaf('f=x'), further },
        { expression: leaf('f=y'), further: [] },
      ],
      plainFields,
    );
    expect(matcher.match({ f: ['x', 'y'], g: 'x' })).toEqual([0, 1]);
    expect([matcher.fails(0), matcher.fails(1), matcher.fails(2)]).toEqual([[1, 2], [], []]);
    expect(matcher.match({ f: 'x', g: 'y' })).toEqual([0]);
    expect(matcher.fails(0)).toEqual([0]);
  });
});
