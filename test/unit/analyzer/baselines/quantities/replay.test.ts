import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Observation } from '../../../../../shared/observation.ts';
import { egress, exec, lifecycle } from '../../../../support/analyzer/observations.ts';
import { createPlay, type Moment, quickBaselines, told } from '../../../../support/analyzer/play.ts';
import { reading } from '../../../../support/analyzer/readings.ts';
import { privilegedExec, ruleSet } from '../../../../support/analyzer/rules.ts';

const hour = 3_600_000;

/** What may happen, minute after minute. */
type Happens = (at: number) => Moment;
const container = fc.constantFrom('c1', 'c2');
const level = fc.constantFrom(1, 1, 1, 2, 2, 5, 90, 90);
const happens: fc.Arbitrary<Happens> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(container, level, fc.constantFrom(5, 500)).map(readingOf) },
  {
    weight: 2,
    arbitrary: container.map(
      (id): Happens =>
        (at) =>
          exec(id, at, ['job'], { age: 500 }),
    ),
  },
  {
    weight: 1,
    arbitrary: container.map(
      (id): Happens =>
        (at) =>
          exec(id, at, ['sh'], { privileged: true, age: 500 }),
    ),
  },
  {
    weight: 2,
    arbitrary: container.map(
      (id): Happens =>
        (at) =>
          egress(id, at, { ip: '192.0.2.1', port: 443 }),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(container, fc.constantFrom('start', 'die')).map(eventOf) },
  { weight: 1, arbitrary: fc.constant<Happens>((at) => ({ tick: at })) },
);

function readingOf([id, of, age]: readonly [string, number, number]): Happens {
  return (at) =>
    reading(id, at, { cpu: of, memory: of * 2 ** 27, sent: Math.round(at / 1_000) * of * 1_000, pids: of }, { age });
}

function eventOf([id, action]: readonly [string, string]): Happens {
  return (at): Observation => ({
    ...lifecycle(id, at, action),
    docker: { type: 'container', id, attributes: { exitCode: at % 2 === 0 ? '0' : '1' } },
  });
}

const pause = fc.oneof(
  fc.integer({ min: 1, max: 120_000 }),
  fc.constantFrom(30_000, 60_000, 60_000, 300_000, 2 * hour),
);
const story = fc
  .array(fc.tuple(happens, pause, fc.constantFrom(1, 1, 9, 20)), { minLength: 10, maxLength: 30 })
  .map((scenes) => {
    let at = 1_000_000;
    return scenes.flatMap(([happen, wait, times]) =>
      Array.from({ length: times }, (_, nth) => {
        at += nth === 0 ? wait : 60_000;
        return happen(at);
      }),
    );
  });

const options = {
  baselines: { ...quickBaselines, minimumObservations: 3, newProbability: 0.9 },
  rules: ruleSet([privilegedExec]),
};

/** A week of one reading and one exec an hour, so that most of it has learned: the state that stories begin with. */
const begun = (() => {
  const play = createPlay(options);
  for (let at = 1_000_000 - 200 * hour; at < 1_000_000; at += hour)
    play.batch(
      [0, 1, 2].flatMap((nth) => [
        reading('c1', at + nth * 60_000, { cpu: 1 }, { age: 500 }),
        exec('c1', at + nth, ['job']),
      ]),
    );
  return new Map(play.state);
})();

it('the same readings give the same findings and the same state, however they are cut and whenever the analyzer restarts', () => {
  let changes = 0;
  fc.assert(
    fc.property(story, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }), (moments, sizes) => {
      const whole = createPlay({ ...options, state: begun });
      const cut = createPlay({ ...options, state: begun });
      const records = whole.batch(moments);
      const others = [];
      for (let from = 0, turn = 0; from < moments.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        others.push(...cut.batch(moments.slice(from, from + size)));
        cut.restart();
        from += size;
      }
      expect(others).toEqual(records);
      const parsed = (state: ReadonlyMap<string, string>) =>
        new Map([...state].map(([key, value]) => [key, JSON.parse(value)]));
      expect(parsed(cut.state)).toEqual(parsed(whole.state));
      changes += told(records).filter((row) => row.startsWith('IMP-') || row.startsWith('NET-10')).length;
    }),
    { numRuns: 12 },
  );
  // The stories are worth the comparison only if something comes of them.
  expect(changes).toBeGreaterThan(3);
});
