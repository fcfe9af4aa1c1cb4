import { describe, expect, it } from 'vitest';
import type { Inexact } from '../../../../../analyzer/sigma/correlation/correlator.ts';
import type { Bound, CorrelationSpec } from '../../../../../analyzer/sigma/correlation/spec.ts';
import { correlation, correlatorOf, type Event, fires, idsOf, occurrence, occurrencesOf } from './correlations.ts';

const atLeast = (number: number): readonly Bound[] => [{ op: 'gte', number }];
const counted = (spec: Partial<CorrelationSpec> = {}) =>
  correlation({ rules: ['a'], bounds: atLeast(3), timespanMs: 10_000, ...spec });
const times = (...seconds: readonly number[]): readonly Event[] => seconds.map((at) => [at, 'a']);

describe('a window', () => {
  it('slides, and holds both of its ends', () => {
    expect(fires(counted(), times(0, 5, 10))).toEqual([2]);
    expect(fires(counted(), times(0, 5, 10.001))).toEqual([]);
    // 59 s to 61 s: no border of a minute parts them.
    expect(fires(counted(), times(59, 60, 61))).toEqual([2]);
    expect(fires(counted(), times(0, 8, 16, 17))).toEqual([3]);
  });

  it('is of event time: what came late stands where it happened', () => {
    expect(fires(counted(), times(0, 10, 5))).toEqual([2]);
    expect(fires(counted(), times(0, 11, 5))).toEqual([]);
    // The window that it makes full ends at a later event.
    expect(fires(counted(), times(10, 12, 3))).toEqual([2]);
    expect(fires(counted(), times(20, 21, 1, 0, 2))).toEqual([4]);
  });

  it('is told once while it stays true, and again after it was false at an event', () => {
    expect(fires(counted(), times(0, 1, 2, 3, 4, 5))).toEqual([2]);
    // True at each of them, although one always leaves as the next one comes.
    expect(fires(counted(), times(0, 5, 10, 15, 20, 25))).toEqual([2]);
    // At 14 there are two.
    expect(fires(counted(), times(0, 1, 2, 14, 15, 16))).toEqual([2, 5]);
  });

  it('that has run out is told again', () => {
    expect(fires(counted({ bounds: atLeast(1) }), times(0, 10, 20.001, 25))).toEqual([0, 2]);
  });

  it('is not told again by what came late into a row that was told', () => {
    expect(fires(counted(), times(0, 1, 2, 1.5, 0.5))).toEqual([2]);
    // Two rows that were told, joined.
    expect(fires(counted(), times(0, 1, 2, 16, 17, 18, 9))).toEqual([2, 5]);
    // A row of its own before one that was told: 1, 2, 3, and 30.
    expect(fires(counted(), times(30, 31, 32, 1, 2, 3))).toEqual([2, 5]);
  });
});

describe('what comes later than the bound', () => {
  it('is not counted, and is reported', () => {
    const notes: Inexact[] = [];
    const options = { latenessMs: 5_000, onInexact: (_: unknown, why: Inexact) => notes.push(why) };
    expect(fires(counted(), times(6, 7, 1, 6.5), options)).toEqual([3]);
    expect(notes).toEqual(['late']);
  });

  it('is five minutes when nothing is said', () => {
    const day = counted({ timespanMs: 86_400_000, bounds: atLeast(2) });
    expect(fires(day, times(300, 0))).toEqual([1]);
    expect(fires(day, times(300.001, 0))).toEqual([]);
  });
});

describe('conditions', () => {
  it.each([
    ['gt', 2, [2]],
    ['gte', 2, [1]],
    ['lt', 3, [0]],
    ['lte', 3, [0]],
    ['eq', 3, [2]],
    ['neq', 1, [1]],
    ['gte', 1.5, [1]],
  ] as const)('%s %f', (op, number, expected) => {
    expect(fires(counted({ bounds: [{ op, number }] }), times(0, 1, 2, 3))).toEqual(expected);
  });

  it('of several operators all hold', () => {
    const range: readonly Bound[] = [
      { op: 'gt', number: 1 },
      { op: 'lte', number: 3 },
    ];
    // Two; still at three; four is beyond; back at three when the first ones have left.
    expect(fires(counted({ bounds: range }), times(0, 1, 2, 3, 11.5))).toEqual([1, 4]);
  });
});

describe('groups', () => {
  const byUser = counted({ groupBy: ['User'], bounds: atLeast(2) });

  it('are apart, and so are scopes', () => {
    expect(
      fires(byUser, [
        [0, 'a', { User: 'x' }],
        [1, 'a', { User: 'y' }],
        [2, 'a', { User: 'x' }],
      ]),
    ).toEqual([2]);
    const correlator = correlatorOf([byUser]);
    const take = (scope: string) => correlator.take([occurrence('a', 0, { User: 'x' })], scope).length;
    expect([take('one'), take('two'), take('one')]).toEqual([0, 0, 1]);
  });

  it('combine the values of their fields', () => {
    const both = counted({ groupBy: ['a', 'b'], bounds: atLeast(2) });
    const events: readonly Event[] = [
      [0, 'a', { a: 'x', b: 'y' }],
      [1, 'a', { a: 'x', b: 'z' }],
      [2, 'a', { a: 'x","y', b: '' }],
      [3, 'a', { a: 'x', b: 'y' }],
    ];
    expect(fires(both, events)).toEqual([3]);
  });

  it('without a value are a group, null like absent, and not the empty text', () => {
    expect(
      fires(byUser, [
        [0, 'a', {}],
        [1, 'a', { User: '' }],
        [2, 'a', { User: null }],
      ]),
    ).toEqual([2]);
  });

  it('compare values as text, as they are written', () => {
    expect(
      fires(byUser, [
        [0, 'a', { User: 1 }],
        [1, 'a', { User: '1' }],
      ]),
    ).toEqual([1]);
    expect(
      fires(byUser, [
        [0, 'a', { User: true }],
        [1, 'a', { User: 'true' }],
      ]),
    ).toEqual([1]);
    expect(
      fires(byUser, [
        [0, 'a', { User: 'X' }],
        [1, 'a', { User: 'x' }],
      ]),
    ).toEqual([]);
  });

  it('of a list are one for each of its values; an event that completes several is told once', () => {
    const events: readonly Event[] = [
      [0, 'a', { User: ['0', 'root'] }],
      [1, 'a', { User: ['root', 'toor'] }],
      [2, 'a', { User: ['0', 'toor', '0'] }],
    ];
    const correlator = correlatorOf([byUser]);
    const groups = events.map((event) => correlator.take(occurrencesOf(event), '').map(({ group }) => group));
    expect(groups).toEqual([[], [{ User: 'root' }], [{ User: '0' }]]);
  });

  it('of more values than are looked at are reported', () => {
    const notes: Inexact[] = [];
    const users = Array.from({ length: 17 }, (_, index) => `u${index}`);
    const options = { onInexact: (_: unknown, why: Inexact) => notes.push(why) };
    expect(
      fires(
        byUser,
        [
          [0, 'a', { User: users }],
          [1, 'a', { User: 'u15' }],
          [2, 'a', { User: 'u16' }],
        ],
        options,
      ),
    ).toEqual([1]);
    expect(notes).toEqual(['cut']);
  });

  it('keep long values apart that begin alike', () => {
    const long = 'x'.repeat(10_000);
    expect(
      fires(byUser, [
        [0, 'a', { User: `${long}1` }],
        [1, 'a', { User: `${long}2` }],
      ]),
    ).toEqual([]);
    expect(
      fires(byUser, [
        [0, 'a', { User: `${long}1` }],
        [1, 'a', { User: `${long}1` }],
      ]),
    ).toEqual([1]);
  });

  it('are told with their values, what was compared, and when', () => {
    const correlator = correlatorOf([counted({ groupBy: ['User', 'ip'], bounds: atLeast(2) })]);
    correlator.take(occurrencesOf([-20, 'a', { User: 7 }]), '');
    correlator.take(occurrencesOf([1, 'a', { User: 7 }]), '');
    const [done] = correlator.take(occurrencesOf([2, 'a', { User: 7 }]), '');
    expect(done).toMatchObject({ group: { User: '7', ip: null }, value: 2, from: 1_000, to: 2_000 });
  });
});

describe('event_count', () => {
  it('counts the events of all its rules, each once', () => {
    const two = counted({ rules: ['a', 'b'] });
    expect(
      fires(two, [
        [0, 'a'],
        [1, 'b'],
        [2, 'a'],
      ]),
    ).toEqual([2]);
    expect(
      fires(two, [
        [0, ['a', 'b']],
        [1, ['a', 'b']],
        [2, 'c'],
        [3, 'b'],
      ]),
    ).toEqual([3]);
  });

  it('counts events of one moment apart', () => {
    expect(fires(counted(), times(1, 1, 1))).toEqual([2]);
  });
});

describe('value_count', () => {
  const distinct = counted({ type: 'value_count', fields: ['User'], bounds: atLeast(2) });

  it('counts different values; what has none adds nothing', () => {
    const events: readonly Event[] = [
      [0, 'a', { User: 'x' }],
      [1, 'a', { User: 'x' }],
      [2, 'a', {}],
      [3, 'a', { User: null }],
      [4, 'a', { User: 'y' }],
    ];
    expect(fires(distinct, events)).toEqual([4]);
  });

  it('lets a value leave with the last event that had it', () => {
    const x: Event = [0, 'a', { User: 'x' }];
    expect(fires(distinct, [x, [11, 'a', { User: 'y' }]])).toEqual([]);
    expect(fires(distinct, [x, [5, 'a', { User: 'x' }], [11, 'a', { User: 'y' }]])).toEqual([2]);
  });

  it('counts tuples of several fields', () => {
    const tuples = { ...distinct, correlation: { ...distinct.correlation, fields: ['a', 'b'], bounds: atLeast(3) } };
    const events: readonly Event[] = [
      [0, 'a', { a: 'x', b: 1 }],
      [1, 'a', { a: 'x', b: 2 }],
      [2, 'a', { a: 'x', b: '1' }],
      [3, 'a', { a: 'x' }],
      [4, 'a', { a: 1, b: 'x' }],
    ];
    expect(fires(tuples, events)).toEqual([4]);
  });

  it('counts every value of a list, and long ones as themselves', () => {
    expect(fires(distinct, [[0, 'a', { User: ['x', 'y'] }]])).toEqual([0]);
    const long = 'x'.repeat(100);
    expect(
      fires(distinct, [
        [0, 'a', { User: long }],
        [1, 'a', { User: long }],
        [2, 'a', { User: `${long}y` }],
      ]),
    ).toEqual([2]);
  });
});

describe('temporal', () => {
  const all = correlation({ type: 'temporal', rules: ['a', 'b', 'c'], bounds: atLeast(3), groupBy: ['User'] });

  it('wants all its rules, in any order, in one group and window', () => {
    expect(
      fires(all, [
        [0, 'c'],
        [1, 'a'],
        [1, 'a'],
        [2, 'b'],
      ]),
    ).toEqual([3]);
    expect(
      fires(all, [
        [0, 'c'],
        [1, 'a'],
        [10.5, 'b'],
      ]),
    ).toEqual([]);
    expect(
      fires(all, [
        [0, 'c'],
        [1, 'a'],
        [2, 'b', { User: 'x' }],
      ]),
    ).toEqual([]);
    expect(fires(all, [[0, ['a', 'b', 'c']]])).toEqual([0]);
  });

  it('may ask for fewer', () => {
    const two = { ...all, correlation: { ...all.correlation, bounds: atLeast(2) } };
    expect(
      fires(two, [
        [0, 'c'],
        [1, 'c'],
        [2, 'a'],
      ]),
    ).toEqual([2]);
  });
});

describe('temporal_ordered', () => {
  const inOrder = correlation({ type: 'temporal_ordered', rules: ['a', 'b', 'c'], bounds: atLeast(3) });

  it('wants them one after the other; others may come between', () => {
    expect(
      fires(inOrder, [
        [0, 'a'],
        [1, 'b'],
        [2, 'c'],
      ]),
    ).toEqual([2]);
    expect(
      fires(inOrder, [
        [0, 'a'],
        [1, 'c'],
        [2, 'a'],
        [3, 'b'],
        [4, 'b'],
        [5, 'c'],
      ]),
    ).toEqual([5]);
    expect(
      fires(inOrder, [
        [0, 'c'],
        [1, 'b'],
        [2, 'a'],
        [3, 'c'],
      ]),
    ).toEqual([]);
    expect(
      fires(inOrder, [
        [0, 'a'],
        [6, 'b'],
        [11, 'c'],
      ]),
    ).toEqual([]);
  });

  it('goes by time, and within a moment by what came first', () => {
    expect(
      fires(inOrder, [
        [3, 'c'],
        [1, 'a'],
        [2, 'b'],
      ]),
    ).toEqual([2]);
    expect(
      fires(inOrder, [
        [1, 'a'],
        [1, 'b'],
        [1, 'c'],
      ]),
    ).toEqual([2]);
    expect(
      fires(inOrder, [
        [1, 'c'],
        [1, 'b'],
        [1, 'a'],
      ]),
    ).toEqual([]);
  });

  it('takes no event for two steps', () => {
    expect(fires(inOrder, [[0, ['a', 'b', 'c']]])).toEqual([]);
    expect(
      fires(inOrder, [
        [0, ['a', 'b']],
        [1, ['a', 'b']],
        [2, ['b', 'c']],
      ]),
    ).toEqual([2]);
  });

  it('may ask for fewer, still in that order', () => {
    const two = { ...inOrder, correlation: { ...inOrder.correlation, bounds: atLeast(2) } };
    expect(
      fires(two, [
        [0, 'c'],
        [1, 'b'],
        [2, 'a'],
      ]),
    ).toEqual([]);
    expect(
      fires(two, [
        [0, 'c'],
        [1, 'a'],
        [2, 'c'],
      ]),
    ).toEqual([2]);
  });
});

describe('numbers', () => {
  const of = (type: CorrelationSpec['type'], bounds: readonly Bound[], percentile = 50) =>
    correlation({ rules: ['a'], type, bounds, fields: ['n'], percentile });
  const numbers = (...all: readonly unknown[]): readonly Event[] => all.map((n, index) => [index, 'a', { n }]);
  const value = (one: ReturnType<typeof of>, ...all: readonly unknown[]) => {
    const correlator = correlatorOf([one]);
    return numbers(...all).flatMap((event) => correlator.take(occurrencesOf(event), '').map((done) => done.value));
  };

  it('are summed', () => {
    expect(fires(of('value_sum', atLeast(10)), numbers(4, '5', 0.5, 'x', null, undefined, 0.5))).toEqual([6]);
    expect(value(of('value_sum', [{ op: 'lt', number: 0 }]), 4, -5.5)).toEqual([-1.5]);
  });

  it('are averaged', () => {
    expect(value(of('value_avg', [{ op: 'gt', number: 2 }]), 1, 2, 3, 3.5)).toEqual([2.375]);
    expect(fires(of('value_avg', [{ op: 'gte', number: 2.5 }]), numbers(1, 2, 3, 4))).toEqual([3]);
  });

  it('have a median', () => {
    expect(value(of('value_median', [{ op: 'gt', number: 10 }]), 1, 100, 2, 30, 20)).toEqual([50.5, 16]);
  });

  it('have percentiles, interpolated between ranks', () => {
    // Of 0, 10, …, 100 the 95th lies half-way between 90 and 100.
    const ramp = Array.from({ length: 11 }, (_, index) => index * 10);
    expect(value(of('value_percentile', [{ op: 'gt', number: 94 }], 95), ...ramp)).toEqual([95]);
    expect(value(of('value_percentile', atLeast(5), 0), 7)).toEqual([7]);
    expect(value(of('value_percentile', atLeast(5), 100), 1, 2, 5)).toEqual([5]);
  });

  it('of a list all count', () => {
    expect(value(of('value_sum', atLeast(6)), [1, 2, '3'])).toEqual([6]);
  });

  it('of an event that several rules found count once', () => {
    const two = correlation({ rules: ['a', 'b'], type: 'value_sum', bounds: atLeast(4), fields: ['n'] });
    expect(
      fires(two, [
        [0, ['a', 'b'], { n: 2 }],
        [1, 'b', { n: 2 }],
      ]),
    ).toEqual([1]);
  });

  it('of no event are no window', () => {
    expect(fires(of('value_avg', [{ op: 'lt', number: 5 }]), numbers('x', null))).toEqual([]);
  });
});

describe('aliases', () => {
  it('give fields of different names one meaning, in groups and in what is counted', () => {
    const ends = correlation({
      type: 'temporal',
      rules: ['error', 'connect'],
      groupBy: ['inside', 'outside'],
      aliases: {
        inside: { error: 'destination', connect: 'source' },
        outside: { error: 'source', connect: 'destination' },
      },
      bounds: atLeast(2),
    });
    const error: Event = [0, 'error', { source: 'x', destination: 'y' }];
    expect(fires(ends, [error, [1, 'connect', { source: 'x', destination: 'y' }]])).toEqual([]);
    expect(fires(ends, [error, [1, 'connect', { source: 'y', destination: 'x' }]])).toEqual([1]);

    const counts = correlation({
      type: 'value_count',
      rules: ['a', 'b'],
      fields: ['who'],
      aliases: { who: { a: 'User' } },
      bounds: atLeast(2),
    });
    expect(
      fires(counts, [
        [0, 'a', { User: 'x', who: 'y' }],
        [1, 'b', { User: 'z', who: 'x' }],
      ]),
    ).toEqual([]);
    expect(
      fires(counts, [
        [0, 'a', { User: 'x' }],
        [1, 'b', { who: 'y' }],
      ]),
    ).toEqual([1]);
  });
});

describe('correlations of correlations', () => {
  const many = correlation(
    { rules: ['failed'], groupBy: ['Computer', 'who'], aliases: { who: { failed: 'User' } }, bounds: atLeast(2) },
    { id: 'many' },
  );
  const then = (groupBy: readonly string[]) =>
    correlation(
      {
        type: 'temporal_ordered',
        rules: ['many', 'success'],
        groupBy,
        aliases: groupBy.includes('User') ? { User: { many: 'who' } } : {},
        bounds: atLeast(2),
      },
      { id: 'then' },
    );
  const story: readonly Event[] = [
    [0, 'failed', { Computer: 'c', User: 'u', ip: 1 }],
    [1, 'failed', { Computer: 'c', User: 'u', ip: 2 }],
    [2, 'success', { Computer: 'd', User: 'u', ip: 2 }],
  ];

  it('use their own group-by on the values of the inner group', () => {
    expect(idsOf(correlatorOf([then(['User']), many]), story)).toEqual([[], ['many'], ['then']]);
    expect(idsOf(correlatorOf([then(['Computer']), many]), story)).toEqual([[], ['many'], []]);
  });

  it('take other fields from the event that completed the inner one', () => {
    expect(idsOf(correlatorOf([then(['ip']), many]), story)).toEqual([[], ['many'], ['then']]);
  });

  it('hear of an inner one when it becomes true, not at each event', () => {
    const twice = correlation({ rules: ['many'], bounds: atLeast(2), timespanMs: 60_000 }, { id: 'twice' });
    const failed = (at: number): Event => [at, 'failed', { Computer: 'c', User: 'u' }];
    expect(idsOf(correlatorOf([twice, many]), [0, 1, 2, 3, 20, 21].map(failed))).toEqual([
      [],
      ['many'],
      [],
      [],
      [],
      ['many', 'twice'],
    ]);
  });
});

describe('what does not fit into a group', () => {
  const notesOf = (spec: Partial<CorrelationSpec>, events: readonly Event[], keep = 8) => {
    const notes: Inexact[] = [];
    const onInexact = (_: unknown, why: Inexact) => notes.push(why);
    const fired = fires(counted({ timespanMs: 1_000_000, ...spec }), events, { keep, onInexact });
    return { fired, notes };
  };
  const rising = (count: number): readonly Event[] =>
    Array.from({ length: count }, (_, index): Event => [index, 'a', { n: index }]);

  it.each([
    ['event_count', 20, 8],
    ['value_count', 20, 8],
    ['value_sum', 1e9, 8],
    ['value_avg', 1e9, 8],
    ['value_median', 1e9, 8],
    ['value_percentile', 1e9, 8],
  ] as const)('of %s is told when it goes', (type, threshold, fitting) => {
    const spec = { type, bounds: atLeast(threshold), ...(type === 'event_count' ? {} : { fields: ['n'] }) };
    expect(notesOf(spec, rising(fitting))).toEqual({ fired: [], notes: [] });
    expect(notesOf(spec, rising(fitting + 1))).toEqual({ fired: [], notes: ['saturated'] });
  });

  it('of counts goes on as a sum', () => {
    expect(notesOf({ bounds: atLeast(20) }, rising(25))).toEqual({
      fired: [19],
      notes: ['saturated', 'saturated', 'saturated', 'saturated', 'saturated'],
    });
  });

  it('of the values of one event is told as cut', () => {
    const values = Array.from({ length: 65 }, (_, index) => index + 1);
    const events: readonly Event[] = [[0, 'a', { n: values }]];
    for (const type of ['value_count', 'value_sum'] as const)
      expect(notesOf({ type, fields: ['n'], bounds: atLeast(64) }, events, 100)).toEqual({
        fired: [0],
        notes: ['cut'],
      });
  });
});

describe('what others hear of a correlation', () => {
  const inner = correlation({ rules: ['a'], groupBy: ['User'] }, { id: 'inner' });
  const outer = (spec: Partial<CorrelationSpec>) => correlation({ rules: ['inner'], ...spec }, { id: 'outer' });
  const take = (spec: Partial<CorrelationSpec>, fields: Readonly<Record<string, unknown>>) =>
    correlatorOf([inner, outer(spec)])
      .take([occurrence('a', 1_000, fields)], '')
      .map(({ correlation: { id }, group }) => [id, group]);

  it('is the value of its group, not the list that it is from', () => {
    expect(take({ groupBy: ['User'] }, { User: ['x', 'y'] })).toEqual([
      ['inner', { User: 'x' }],
      ['outer', { User: 'x' }],
    ]);
  });

  it('is nothing where its group has none', () => {
    expect(take({ type: 'value_count', fields: ['User'] }, { User: null })).toEqual([['inner', { User: null }]]);
    expect(take({ groupBy: ['User'] }, {})).toEqual([
      ['inner', { User: null }],
      ['outer', { User: null }],
    ]);
  });
});
