import fc from 'fast-check';
import type { RuleSetCase } from './generate.ts';
import type { PlainEvent, PlainRule } from './oracle.ts';

const letters = ['a', 'b', 'c', 'd'];
const logsource = { product: 'test' };

/** True where the letter is in the field `k`: so one event can be several rules. */
const bases = letters.map(
  (letter): PlainRule => ({
    title: `Base ${letter}`,
    name: letter,
    logsource,
    detection: { sel: { 'k|contains': letter }, condition: 'sel' },
  }),
);

const bound = fc.tuple(
  fc.constantFrom('gt', 'gte', 'gte', 'lt', 'lte', 'eq', 'neq'),
  fc.constantFrom(1, 2, 2, 3, 4, 1.7),
);
const bounds = fc
  .oneof({ weight: 4, arbitrary: bound.map((one) => [one]) }, { weight: 1, arbitrary: fc.tuple(bound, bound) })
  .map((all) => Object.fromEntries(all));

const conditionOf = (type: string): fc.Arbitrary<PlainRule> => {
  if (type === 'event_count') return bounds.map((condition) => ({ condition }));
  if (type.startsWith('temporal'))
    return fc
      .option(bounds, { nil: undefined, freq: 1 })
      .map((condition) => (condition === undefined ? {} : { condition }));
  const field = type === 'value_count' ? fc.constantFrom('n', 'n', ['n', 'user'], ['user', 'k']) : fc.constant('n');
  const percentile = fc
    .constantFrom(0, 25, 50, 90, 100)
    .map((one) => (type === 'value_percentile' ? { percentile: one } : {}));
  return fc
    .tuple(field, percentile, bounds)
    .map(([of, rank, limits]) => ({ condition: { field: of, ...rank, ...limits } }));
};

const types = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_median',
  'value_percentile',
];

/** A correlation over some of the names that it may refer to. */
const correlation = (name: string, known: readonly string[]): fc.Arbitrary<PlainRule> =>
  fc
    .tuple(
      fc.constantFrom(...types).chain((type) => conditionOf(type).map((rest) => ({ type, ...rest }))),
      fc.uniqueArray(fc.constantFrom(...known), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('1s', '3s', '10s', '1m'),
      fc.constantFrom<readonly string[] | undefined>(
        undefined,
        undefined,
        ['user'],
        ['user'],
        ['host', 'user'],
        ['who'],
      ),
      fc.constantFrom<boolean | undefined>(undefined, true, false),
      fc.array(fc.constantFrom('user', 'host'), { minLength: 3, maxLength: 3 }),
    )
    .map(([spec, rules, timespan, groupBy, generate, aliased]) => ({
      title: `Correlation ${name}`,
      name,
      correlation: {
        ...spec,
        rules,
        timespan,
        ...(groupBy === undefined ? {} : { 'group-by': groupBy }),
        ...(groupBy?.[0] === 'who'
          ? { aliases: { who: Object.fromEntries(rules.map((rule, index) => [rule, aliased[index] ?? 'user'])) } }
          : {}),
        ...(generate === undefined ? {} : { generate }),
      },
    }));

const filter = fc
  .tuple(
    fc.constantFrom<unknown>('any', [], ['a'], ['b', 'c']),
    fc.constantFrom<unknown>({ user: 'x' }, { 'host|startswith': 'h' }, { n: null }),
    fc.constantFrom('not own', 'not own', 'not own', 'own', 'not 1 of them'),
    fc.constantFrom<PlainRule>(logsource, logsource, { product: 'other' }, { ...logsource, category: 'more' }),
  )
  .map(([rules, own, condition, source]) => ({
    title: 'A filter',
    name: 'filter',
    logsource: source,
    filter: { rules, own, condition },
  }));

/** Rules, correlations of them and of each other, and filters, in any order; events in the order of their times, in the field `t`. */
export const correlatedCase: fc.Arbitrary<RuleSetCase> = fc
  .record({
    first: correlation('c1', letters),
    second: correlation('c2', [...letters, 'c1', 'c1']),
    third: correlation('c3', [...letters, 'c1', 'c2']),
    count: fc.integer({ min: 1, max: 3 }),
    filter: fc.option(filter, { nil: undefined, freq: 2 }),
    turned: fc.boolean(),
    events: fc.array(fc.tuple(fc.constantFrom(0, 0, 0.5, 1, 1, 2, 3, 4, 11), event()), {
      minLength: 1,
      maxLength: 25,
      size: '+1',
    }),
    spelling: fc.nat(),
  })
  .map(({ first, second, third, count, filter: hiding, turned, events, spelling }) => {
    const documents = [...bases, ...[first, second, third].slice(0, count), ...(hiding === undefined ? [] : [hiding])];
    let t = 0;
    const timed = events.map(([pause, one]) => {
      t += pause;
      return { t, ...one };
    });
    return { rules: turned ? documents.toReversed() : documents, events: timed, spelling };
  });

function event(): fc.Arbitrary<PlainEvent> {
  return fc.record(
    {
      k: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...letters) },
        { weight: 2, arbitrary: fc.constantFrom('ab', 'abc', 'bd', 'z') },
      ),
      user: fc.constantFrom<unknown>('x', 'x', 'y', 1, '1', null),
      host: fc.constantFrom<unknown>('h', 'x', 'y'),
      n: fc.constantFrom<unknown>(0, 1, 2.5, 3, '3', ' 2 ', 'z', null, true, [1, 3], []),
    },
    { requiredKeys: ['k'], noNullPrototype: true },
  );
}
