import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { features } from '../../../../analyzer/baselines/features/index.ts';
import { quantities } from '../../../../analyzer/baselines/quantities/index.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { mergedProfile } from '../../../../shared/profile/merge.ts';
import { type Profile, type Views, withUnseen } from '../../../../shared/profile/profile.ts';
import { readProfile } from '../../../../shared/profile/read.ts';
import { profileText } from '../../../../shared/profile/text.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { egress, exec, snapshot } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Moment, type Play, quickBaselines } from '../../../support/analyzer/play.ts';
import { listening, processSeen } from '../../../support/analyzer/procfs-observations.ts';
import { privilegedExec, ruleSet } from '../../../support/analyzer/rules.ts';
import {
  type Happens,
  interactive,
  showsItems,
  showsNumbers,
  told,
  troubles,
} from '../../../support/analyzer/stories.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const name = 'docker.io/library/nginx';
/** Of a workload of containers. */
const setFeatures = features
  .filter(({ compares, subject }) => compares !== true && subject === undefined)
  .map((feature) => feature.name);
const everything = [...features, ...quantities].map((one) => one.name);

/** Learning never ends, and one slot is longer than a story: what is in it is one window. */
const patient = { ...quickBaselines, minimumHours: 1_000 };
/** Ten minutes of readings are one window, all of a story falls into one, and its hour is over long after. */
const begin = 1_000 * hour;
const later = begin + 3 * hour;

type Scenes = readonly (readonly [id: string, happens: Happens])[];
const scenes = (...ids: readonly string[]): fc.Arbitrary<Scenes> =>
  fc.array(fc.tuple(fc.constantFrom(...ids), fc.oneof(showsItems, showsItems, showsNumbers)), {
    minLength: 10,
    maxLength: 60,
    size: 'max',
  });

function learnedFrom(given: Scenes, options = { baselines: patient }): Play {
  const play = createPlay(options);
  play.batch([...told(given, (nth) => begin + nth * 1_000), { tick: later }]);
  // What waited of numbers is learned with the next sighting.
  const last: Scenes = [...new Set(given.map(([id]) => id))].sort().map((id) => [id, rest]);
  play.batch([...told(last, (nth) => later + nth), { tick: later + 2 * hour }]);
  return play;
}
const rest: Happens = (id, at) => [exec(id, at, ['rest'], { age: 500 }), interactive(id, at, ['rest'], { age: 500 })];

/** All that is known, without what says when, and who was first. */
const knowledge = (play: Play) =>
  describeBaselines(play.state).map(({ feature, state, mode, phases, items, quantity }) => ({
    feature,
    state,
    mode,
    sightings: [phases.startup.sightings, phases.steady.sightings],
    newProbability: [phases.startup.newProbability, phases.steady.newProbability],
    quantity: quantity?.learned,
    items: items
      .map(({ key, text, as, phases: seen, known, count, members }) => ({ key, text, as, seen, known, count, members }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  }));

/** What an engine counts up is read as its rise since the reading before: which one that is, is a matter of order. */
const counters: readonly string[] = quantities
  .filter((one) => one.kind === 'level' && one.counter)
  .map((one) => one.name);
const inAnyOrder = (play: Play) => knowledge(play).filter(({ feature }) => !counters.includes(feature));

const namesOf = (play: Play): readonly string[] => describeBaselines(play.state).map(({ feature }) => feature);

describe('learning within a window', () => {
  it('is the same of every feature, and of every number that is not counted up, in whatever order things came', () => {
    const seen = new Set<string>();
    const orders = scenes('c1', 'c2').chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray([...given], { minLength: given.length })),
    );
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const play = learnedFrom(one);
        expect(inAnyOrder(learnedFrom(other))).toEqual(inAnyOrder(play));
        for (const feature of namesOf(play)) seen.add(feature);
      }),
      { numRuns: 25 },
    );
    // The comparison of replicas needs three of them; a rhythm is a matter of order.
    expect([...seen].sort()).toEqual(everything.filter((one) => !['replicas', 'rhythms'].includes(one)).sort());
  });

  it('of two replicas is that of one stream, however what they show interleaves', () => {
    const interleaved = fc
      .tuple(scenes('c1'), scenes('c2'), fc.array(fc.boolean(), { minLength: 60, maxLength: 120, size: 'max' }))
      .map(([one, other, turns]) => {
        const [left, right] = [[...one], [...other]];
        const mixed: (readonly [string, Happens])[] = [];
        for (const turn of turns) mixed.push(...(turn ? left : right).splice(0, 1));
        return { one, other, mixed: [...mixed, ...left, ...right] };
      });
    fc.assert(
      fc.property(interleaved, ({ one, other, mixed }) => {
        const both = knowledge(learnedFrom([...one, ...other]));
        expect(knowledge(learnedFrom(mixed))).toEqual(both);
        expect(knowledge(learnedFrom([...other, ...one]))).toEqual(both);
      }),
      { numRuns: 20 },
    );
  });

  it('is not that of any order where order is what is learned: an image that comes back', () => {
    const itemsOf = (images: readonly string[]) => {
      const play = createPlay({ baselines: patient });
      play.batch(images.flatMap((image, nth) => snapshot('c1', begin + nth * 1_000, { image })));
      return describeBaselines(play.state).find(({ feature }) => feature === 'image-lineage')?.items.length;
    };
    expect(itemsOf(['sha256:1', 'sha256:2'])).toBe(1);
    expect(itemsOf(['sha256:1', 'sha256:2', 'sha256:1'])).toBe(2);
  });
});

const viewsOf = (play: Play): Views => {
  const [first, ...others] = describeBaselines(play.state).filter(({ workload }) => workload.id === nginx);
  if (first === undefined) throw new Error('nothing was learned');
  return withUnseen([first, ...others], setFeatures);
};
const exported = (play: Play): Profile => readProfile(profileText(viewsOf(play)), 'profile.yml');

function imported(
  profile: Profile,
  { play = createPlay({ baselines: patient }), mode = 'learn' as 'learn' | 'enforce' } = {},
) {
  const orders = profile.features.map(({ name: feature, items }, nth) =>
    decided(
      { type: 'import', workload: nginx, workloadName: name, feature, mode, items: [...items] },
      later + 3 * hour + nth,
    ),
  );
  expect(play.batch(orders).map((record) => record.type === 'answer' && record.result)).toEqual(
    orders.map(() => 'applied'),
  );
  play.restart();
  return play;
}

/** Many values at one place, so that there are folds. */
const dumps: fc.Arbitrary<Scenes> = fc
  .array(
    fc.tuple(fc.constantFrom('shop', 'crm'), fc.constantFrom(...'abcdefghijklm'.split('')), fc.constantFrom(5, 500)),
    { minLength: 40, maxLength: 60, size: 'max' },
  )
  .map((given) =>
    given.map(([database, table, age]): Scenes[number] => [
      'c1',
      (id, at) => [exec(id, at, ['pg_dump', '-t', `table_${table}`, database], { age })],
    ]),
  );
const mixed = (id: string): fc.Arbitrary<Scenes> =>
  fc.tuple(scenes(id), dumps).map(([one, other]) => [...one, ...other]);

const itemsIn = (profile: Profile): number => profile.features.flatMap(({ items }) => items).length;

describe('export and import', () => {
  it('are the identity, of every feature, whatever was known before, also after a restart', () => {
    let [items, folds] = [0, 0];
    fc.assert(
      fc.property(
        mixed('c1'),
        scenes('c1'),
        fc.array(fc.nat(20), { maxLength: 2 }),
        fc.constantFrom('learn' as const, 'enforce' as const),
        (given, before, trouble, mode) => {
          const withTrouble = trouble.reduce<Scenes>((all, at) => all.toSpliced(at, 0, ['c1', troubles]), given);
          const profile = exported(learnedFrom(withTrouble, { ...troubled, baselines: patient }));
          const wanted = { ...profile, features: profile.features.map((feature) => ({ ...feature, mode })) };
          expect(exported(imported(profile, { mode }))).toEqual(wanted);
          expect(exported(imported(profile, { mode, play: learnedFrom(before) }))).toEqual(wanted);
          items += itemsIn(profile);
          folds += profile.features
            .flatMap((feature) => feature.items)
            .filter(({ text }) => text.includes('<*>')).length;
        },
      ),
      { numRuns: 15 },
    );
    expect(items).toBeGreaterThan(150);
    expect(folds).toBeGreaterThan(3);
  });
});
const troubled = { rules: ruleSet([privilegedExec]) };

describe('merging what two replicas know', () => {
  it('is what learning both gives, where nothing folds', () => {
    let items = 0;
    fc.assert(
      fc.property(scenes('c1'), scenes('c2'), (one, other) => {
        const [left, right] = [exported(learnedFrom(one)), exported(learnedFrom(other))];
        const both = exported(learnedFrom([...one, ...other]));
        expect(mergedProfile(left, right)).toEqual(both);
        expect(exported(imported(mergedProfile(right, left)))).toEqual(both);
        items += itemsIn(both) - Math.max(itemsIn(left), itemsIn(right));
      }),
      { numRuns: 15 },
    );
    // Each had to tell the other something.
    expect(items).toBeGreaterThan(15);
  });

  it('knows all that either showed, also where they folded', () => {
    let told_ = 0;
    fc.assert(
      fc.property(mixed('c1'), mixed('c1'), scenes('c1'), (one, other, third) => {
        const merged = mergedProfile(exported(learnedFrom(one)), exported(learnedFrom(other)));
        const play = imported(merged, { mode: 'enforce' });
        const again = (given: Scenes, from: number) =>
          findings(play.batch(told(given, (nth) => from + nth * 1_000))).filter(({ severity }) => severity === 'high');
        expect(again(one, later + 10 * hour)).toEqual([]);
        expect(again(other, later + 20 * hour)).toEqual([]);
        told_ += again(third, later + 30 * hour).length;
      }),
      { numRuns: 12 },
    );
    // What neither showed is told, so the others were known and not merely unwatched.
    expect(told_).toBeGreaterThan(0);
  });

  it('knows less than learning both where only both together would have folded', () => {
    const tables = (letters: string): Scenes =>
      letters
        .split('')
        .map((letter) => [
          'c1',
          (id, at) => [exec(id, at, ['pg_dump', '-t', `table_${letter}`, 'shop'], { age: 500 })],
        ]);
    const commands = (profile: Profile): readonly string[] =>
      profile.features.find((feature) => feature.name === 'exec-commands')?.items.map(({ text }) => text) ?? [];
    const both = learnedFrom([...tables('abcde'), ...tables('fghij')]);
    expect(commands(exported(both))).toContain('pg_dump -t <*> shop');
    const merged = mergedProfile(exported(learnedFrom(tables('abcde'))), exported(learnedFrom(tables('fghij'))));
    expect(commands(merged).filter((text) => text.startsWith('pg_dump -t table_'))).toHaveLength(10);
    const eleventh = exec('c1', later + 10 * hour, ['pg_dump', '-t', 'table_z', 'shop'], { age: 500 });
    expect(findings(imported(merged, { mode: 'enforce' }).batch([eleventh]))).toMatchObject([{ severity: 'high' }]);
    expect(findings(imported(exported(both), { mode: 'enforce' }).batch([eleventh]))).toEqual([]);
  });
});

/** Nine days of three replicas, so that most of it has learned: the state that stories begin with. */
const options = { ...troubled, baselines: { ...quickBaselines, minimumObservations: 3, newProbability: 0.9 } };
const usual: readonly Happens[] = [
  (id, at) => [exec(id, at, ['job'], { age: 500 }), interactive(id, at, ['psql'], { age: 500 })],
  (id, at) => [
    processSeen(id, at, { executable: '/bin/a', user: { id: 33 }, parent: { executable: '/init' } }, { age: 500 }),
  ],
  (id, at) => [egress(id, at, { ip: '192.0.2.1', port: 443 }, { age: 500 })],
  (id, at) => [listening(id, at, { ip: '0.0.0.0', port: 80 }, { executable: '/bin/a', age: 500 })],
  (id, at) => (Math.floor(at / hour) % 24 === 9 ? snapshot(id, at) : []),
];
const ids = ['c1', 'c2', 'c3'] as const;
let begun: ReadonlyMap<string, string> | undefined;
function learnedState(): ReadonlyMap<string, string> {
  if (begun !== undefined) return begun;
  const play = createPlay(options);
  for (let at = begin - 9 * day; at < begin; at += hour)
    play.batch(
      told(
        ids.flatMap((id) => usual.map((one) => [id, one] as const)),
        (nth) => at + nth * 1_000,
      ),
    );
  begun = new Map(play.state);
  return begun;
}

const pause = fc.oneof(
  fc.integer({ min: 1, max: 120_000 }),
  fc.constantFrom(minute, minute, 5 * minute, 30 * minute, 2 * hour),
);
const orders: fc.Arbitrary<(at: number) => Moment> = fc.constantFrom(
  ...(['enforce', 'learn'] as const).map(
    (mode) => (at: number) => decided({ type: 'mode', workload: nginx, mode }, at),
  ),
  (at: number) => decided({ type: 'approve', workload: nginx, feature: 'cpu', key: 'level' }, at),
  (at: number) => ({ tick: at }),
);
const story: fc.Arbitrary<readonly Moment[]> = fc
  .array(
    fc.tuple(
      fc.oneof(
        {
          weight: 10,
          arbitrary: fc.tuple(fc.constantFrom(...ids), showsItems).map(
            ([id, one]) =>
              (at: number) =>
                one(id, at),
          ),
        },
        {
          weight: 8,
          arbitrary: fc.tuple(fc.constantFrom(...ids), showsNumbers).map(
            ([id, one]) =>
              (at: number) =>
                one(id, at),
          ),
        },
        { weight: 1, arbitrary: fc.constantFrom(...ids).map((id) => (at: number) => troubles(id, at)) },
        { weight: 2, arbitrary: orders.map((one) => (at: number) => [one(at)]) },
      ),
      pause,
      fc.constantFrom(1, 1, 1, 12),
    ),
    { minLength: 15, maxLength: 50, size: 'max' },
  )
  .map((all) => {
    let at = begin;
    return all.flatMap(([happens, wait, times]) =>
      Array.from({ length: times }, (_, nth) => {
        at += nth === 0 ? wait : minute;
        return happens(at);
      }).flat(),
    );
  });

describe('the same records', () => {
  it('give the same findings and state of every feature and number, however they are cut and whenever the analyzer restarts', {
    timeout: 240_000,
  }, () => {
    const [known, deviating] = [new Set<string>(), new Set<unknown>()];
    fc.assert(
      fc.property(
        story,
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        (moments, sizes, restarts) => {
          const whole = createPlay({ ...options, state: learnedState() });
          const cut = createPlay({ ...options, state: learnedState() });
          const records = whole.batch(moments);
          const others = [];
          for (let from = 0, turn = 0; from < moments.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            others.push(...cut.batch(moments.slice(from, from + size)));
            if (restarts[turn % restarts.length] === true) cut.restart();
            from += size;
          }
          expect(others).toEqual(records);
          const parsed = ({ state }: Play) => new Map([...state].map(([key, value]) => [key, JSON.parse(value)]));
          expect(parsed(cut)).toEqual(parsed(whole));
          for (const one of namesOf(whole)) known.add(one);
          for (const { observation } of findings(records)) deviating.add(observation['deviation.feature']);
        },
      ),
      { numRuns: 12 },
    );
    expect([...known].sort()).toEqual([...everything].sort());
    // The stories are worth the comparison only if something comes of them.
    expect(deviating.size).toBeGreaterThan(8);
  });
});
