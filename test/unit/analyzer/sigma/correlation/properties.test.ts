import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Completed, GroupState, GroupStore } from '../../../../../analyzer/sigma/correlation/contract.ts';
import { createMemoryStore } from '../../../../../analyzer/sigma/correlation/memory-store.ts';
import { type Bound, type CorrelationSpec, correlationTypes } from '../../../../../analyzer/sigma/correlation/spec.ts';
import type { Correlation } from '../../../../../analyzer/sigma/rule.ts';
import { correlation, correlatorOf, type Event, type Fields, occurrencesOf } from './correlations.ts';
import { createNaive, rowsOf } from './naive.ts';

/** Unless `SIGMA_RUNS` says it. */
const runs = (usual: number): number => Number(process.env.SIGMA_RUNS ?? usual);

const rules = ['a', 'b', 'c'];
const bound = (ops: readonly Bound['op'][]): fc.Arbitrary<Bound> =>
  fc.record({ op: fc.constantFrom(...ops), number: fc.constantFrom(1, 2, 2, 3, 3, 2.5, 5) });
const everyOp: readonly Bound['op'][] = ['gte', 'gte', 'gte', 'gt', 'lt', 'lte', 'eq', 'neq'];

const specs = (types: readonly CorrelationSpec['type'][], ops = everyOp): fc.Arbitrary<Correlation> =>
  fc
    .record({
      type: fc.constantFrom(...types),
      rules: fc.shuffledSubarray(rules, { minLength: 1 }),
      timespanMs: fc.constantFrom(3, 10, 25),
      groupBy: fc.constantFrom([], [], ['g'], ['g', 'n']),
      bounds: fc.oneof(fc.tuple(bound(ops)), fc.tuple(bound(ops), bound(ops))),
      tuple: fc.boolean(),
      percentile: fc.constantFrom(0, 10, 50, 95, 100),
      aliased: fc.boolean(),
    })
    .map(({ tuple, aliased, ...spec }) => {
      const fields = tuple && spec.type === 'value_count' ? ['n', 'g'] : ['n'];
      const used = [...spec.groupBy, ...fields].includes('g');
      const [first = 'a'] = spec.rules;
      return correlation({ ...spec, fields, ...(aliased && used ? { aliases: { g: { [first]: 'h' } } } : {}) });
    });

const allTypes: readonly CorrelationSpec['type'][] = [...correlationTypes, 'value_median'];
const value = fc.constantFrom<unknown>('x', 'y', 1, 2, 3, '4', 5.5, null, undefined, [1, 'x']);
const single = fc.constantFrom<unknown>('x', 'x', 'y', 1, null, undefined);
const fields: fc.Arbitrary<Fields> = fc.record({ g: single, h: single, n: value });
/** Steps of time; a negative one comes late. */
const steps = fc.oneof({ weight: 5, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.integer({ min: 7, max: 40 }) });
const late = fc.oneof({ weight: 5, arbitrary: steps }, { weight: 2, arbitrary: fc.integer({ min: -20, max: -1 }) });

const events = (step: fc.Arbitrary<number>, size: { minLength: number; maxLength: number }): fc.Arbitrary<Event[]> =>
  fc
    .array(
      fc.tuple(step, fc.oneof(fc.tuple(fc.constantFrom(...rules)), fc.subarray(rules, { minLength: 1 })), fields),
      size,
    )
    .map((all) => {
      let at = 1_000;
      return all.map(([wait, which, of]): Event => {
        at += wait;
        return [at / 1_000, which, of];
      });
    });

/** What a naive correlator tells, too. Group fields that are lists are tested elsewhere. */
const plain = ({ correlation: { id }, group, value: compared, from, to }: Completed) => ({
  id,
  group,
  value: compared,
  from,
  to,
});

/** A count is exact up to what decides the condition. */
const capped = (one: Correlation) => {
  const isCount = ['value_count', 'temporal'].includes(one.correlation.type);
  const most = Math.max(...one.correlation.bounds.map(({ number }) => Math.ceil(number)));
  return <T extends { readonly value: number }>(told: T): T =>
    isCount ? { ...told, value: Math.min(told.value, most) } : { ...told, value: Math.round(told.value * 1e6) / 1e6 };
};

const isWithoutLists = (one: Correlation, all: readonly Event[]): boolean =>
  !one.correlation.groupBy.includes('n') || all.every(([, , of]) => !Array.isArray(of?.n));

/** Keeps text alone, as a state topic does. */
function textStore(texts: Map<string, string>): GroupStore {
  return {
    get: (key) => (texts.has(key) ? (JSON.parse(texts.get(key) ?? '') as GroupState) : undefined),
    set: (key, state) => void texts.set(key, JSON.stringify(state)),
    delete: (key) => void texts.delete(key),
  };
}

describe('a correlator', () => {
  it('says what one says that keeps everything and computes it anew at each event', () => {
    let told = 0;
    fc.assert(
      fc.property(specs(allTypes), events(late, { minLength: 1, maxLength: 40 }), (one, all) => {
        fc.pre(isWithoutLists(one, all));
        const [correlator, naive] = [correlatorOf([one]), createNaive(one)];
        for (const event of all) {
          const found = correlator.take(occurrencesOf(event), '').map(plain).map(capped(one));
          expect(found).toEqual(naive.take(occurrencesOf(event)).map(capped(one)));
          told += found.length;
        }
      }),
      { numRuns: runs(500) },
    );
    // The stories are worth the comparison only if something comes of them.
    expect(told).toBeGreaterThan(runs(500) * 0.6);
  });

  it('goes on from its state as JSON, wherever it stopped, in less than 60 KiB', () => {
    fc.assert(
      fc.property(
        fc.array(specs(allTypes), { minLength: 1, maxLength: 4 }),
        events(late, { minLength: 1, maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        (some, all, restarts) => {
          const correlations = [
            ...some.map((one, index) => ({ ...one, id: `c${index}`, hash: `h${index}` })),
            correlation({ rules: some.map((_, index) => `c${index}`), bounds: [{ op: 'gte', number: 2 }] }),
          ];
          const whole = correlatorOf(correlations, { store: createMemoryStore() });
          const texts = new Map<string, string>();
          let stopped = correlatorOf(correlations, { store: textStore(texts) });
          for (const [index, event] of all.entries()) {
            if (restarts[index % restarts.length] === true)
              stopped = correlatorOf(correlations, { store: textStore(texts) });
            const found = stopped.take(occurrencesOf(event), 'host');
            expect(found).toEqual(whole.take(occurrencesOf(event), 'host'));
          }
          for (const text of texts.values()) expect(text.length).toBeLessThan(60 * 1024);
        },
      ),
      { numRuns: runs(150) },
    );
  });

  it('keeps only what it needs, and says the same: many events in few windows', () => {
    fc.assert(
      fc.property(
        specs(['event_count', 'value_count', 'temporal', 'temporal_ordered']),
        fc.constantFrom(40, 200),
        events(fc.constantFrom(0, 0, 1, 1, 40), { minLength: 80, maxLength: 260 }),
        (one, timespanMs, all) => {
          fc.pre(isWithoutLists(one, all));
          const wide = { ...one, correlation: { ...one.correlation, timespanMs } };
          const store = new Map<string, string>();
          const correlator = correlatorOf([wide], { store: textStore(store) });
          const told = all.map((event) =>
            correlator.take(occurrencesOf(event), '').map(({ group, to }) => [group, to]),
          );
          const naive = createNaive(wide);
          // The longest chain is dear to find by trying all of them.
          if (wide.correlation.type !== 'temporal_ordered')
            expect(told).toEqual(
              all.map((event) => naive.take(occurrencesOf(event)).map(({ group, to }) => [group, to])),
            );
          else expect(told).toEqual(inOrder(wide, all));
          for (const text of store.values())
            expect((JSON.parse(text) as GroupState).times.length).toBeLessThanOrEqual(64 + 9);
        },
      ),
      { numRuns: runs(40) },
    );
  });

  it('finds whatever there is in any order of arrival, and nothing else, when more can only make it truer', () => {
    let rows = 0;
    fc.assert(
      fc.property(
        specs(['event_count', 'value_count', 'temporal', 'temporal_ordered'], ['gte', 'gt']),
        events(fc.integer({ min: 1, max: 8 }), { minLength: 4, maxLength: 30 }),
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        (one, all, places) => {
          fc.pre(isWithoutLists(one, all));
          const shuffled = all
            .map((event, index) => ({ event, place: places[index] ?? 0 }))
            .sort((a, b) => a.place - b.place)
            .map(({ event }) => event);
          const naive = createNaive(one);
          for (const event of all) naive.take(occurrencesOf(event));
          const correlator = correlatorOf([one]);
          const found = shuffled.flatMap((event) => correlator.take(occurrencesOf(event), ''));
          const ofGroup =
            (key: string) =>
            ({ group }: Completed) =>
              key === JSON.stringify(one.correlation.groupBy.map((name) => group[name]));
          for (const [key, heard] of naive.groups) {
            const expected = rowsOf(one, heard);
            const ends = found.filter(ofGroup(key)).map(({ to }) => to);
            for (const to of ends) expect(expected.some((row) => row.includes(to))).toBe(true);
            // Where a pause parts them, none is told with another.
            for (const between of parted(one, heard)) {
              const isThere = expected.some(([start = 0]) => between(start));
              expect(ends.some(between)).toBe(isThere);
            }
            rows += expected.length;
          }
        },
      ),
      { numRuns: 250 },
    );
    expect(rows).toBeGreaterThan(60);
  });
});

/** Times between which no pause is longer than the timespan. */
function parted({ correlation: { timespanMs } }: Correlation, events: readonly { readonly at: number }[]) {
  const times = events.map(({ at }) => at).sort((a, b) => a - b);
  const starts = times.filter((at, index) => at - (times[index - 1] ?? Number.NEGATIVE_INFINITY) > timespanMs);
  return starts.map(
    (start, index) => (at: number) => at >= start && at < (starts[index + 1] ?? Number.POSITIVE_INFINITY),
  );
}

/** temporal_ordered of events that come in order, by the latest beginnings of all chains. */
function inOrder(one: Correlation, all: readonly Event[]) {
  const { rules: order, timespanMs, bounds, groupBy, aliases } = one.correlation;
  const groups = new Map<string, { begins: Map<string, number>; open: boolean; last: number }>();
  return all.map((event) => {
    const occurrences = occurrencesOf(event).filter(({ rule }) => order.includes(rule));
    const shares = new Map<string, number[]>();
    for (const { rule, read } of occurrences) {
      const group = Object.fromEntries(
        groupBy.map((name) => {
          const [found] = read((Object.hasOwn(aliases, name) ? aliases[name]?.[rule] : undefined) ?? name);
          return [name, found === null || found === undefined ? null : JSON.stringify(found).replaceAll('"', '')];
        }),
      );
      const key = JSON.stringify(group);
      shares.set(key, [...(shares.get(key) ?? []), order.indexOf(rule)]);
    }
    const at = Math.round(event[0] * 1_000);
    return [...shares].flatMap(([key, steps]) => {
      const state = groups.get(key) ?? { begins: new Map<string, number>(), open: false, last: at };
      groups.set(key, state);
      // Chains are the sets of steps taken; a later step extends those that end before it.
      const before = [...state.begins];
      for (const step of steps) {
        state.begins.set(String(step), at);
        for (const [chain, begin] of before) {
          if (Number(chain.at(-1)) >= step) continue;
          const longer = `${chain}${step}`;
          state.begins.set(longer, Math.max(begin, state.begins.get(longer) ?? begin));
        }
      }
      const lengths = [...state.begins].filter(([, begin]) => begin >= at - timespanMs).map(([chain]) => chain.length);
      const isTrue = bounds.every(({ op, number }) => {
        const longest = Math.max(...lengths);
        if (op === 'gt' || op === 'gte') return op === 'gt' ? longest > number : longest >= number;
        if (op === 'lt' || op === 'lte') return op === 'lt' ? longest < number : longest <= number;
        return (longest === number) === (op === 'eq');
      });
      const wasOpen = state.open && at - state.last <= timespanMs;
      state.open = isTrue;
      state.last = at;
      return isTrue && !wasOpen ? [[JSON.parse(key), at]] : [];
    });
  });
}
