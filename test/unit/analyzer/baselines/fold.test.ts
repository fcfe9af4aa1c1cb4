import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldAbove } from '../../../../analyzer/baselines/fold.ts';
import { itemSchema, type StoredItem } from '../../../../shared/baseline-state.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { type ExecLook, exec } from '../../../support/analyzer/observations.ts';
import { createPlay, type Moment, type Play, quickBaselines, told } from '../../../support/analyzer/play.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Long after: everything that was seen is ripe. */
const later = 2 * hour;
/** Learning ends after an hour, however much is new, so that there is time to fold. */
const patient = { ...quickBaselines, minimumHours: 3, newProbability: 1 };

const names = 'abcdefghijklmnopqrstuvwxyz'.split('').map((letter) => `table_${letter}`);
const many = names.slice(0, foldAbove + 1);

const dump = (at: number, table: string, look: ExecLook = {}): Observation =>
  exec('c1', at, ['pg_dump', '-t', table, 'shop'], { age: 100, ...look });

/** The stored items of exec commands, by text. */
function stored(play: Play): ReadonlyMap<string, StoredItem> {
  const items = [...play.state]
    .filter(([key]) => key.includes('/item/') && key.includes('exec-commands'))
    .map(([, text]) => itemSchema.parse(JSON.parse(text)));
  return new Map(items.map((item) => [item.text, item]));
}

const texts = (play: Play): readonly string[] => [...stored(play).keys()].sort();

/** A play that has learned dumps of these tables, in the steady phase, and whose learning has ended. */
function learned(tables: readonly string[], look: ExecLook = {}): Play {
  const play = createPlay({ baselines: patient });
  play.batch(tables.map((table, index) => dump(1_000 + index, table, look)));
  play.batch([{ tick: later }]);
  for (let at = 1; at <= 6; at += 1) play.batch([dump(4 * hour + at, tables[0] ?? '', look)]);
  return play;
}

describe('items that differ in one place', () => {
  it('stay as they are up to a number, above it they are one, with an example and their number', () => {
    expect(texts(learned(many.slice(1)))).toEqual(many.slice(1).map((table) => `pg_dump -t ${table} shop`));
    const play = learned(many);
    expect(texts(play)).toEqual(['pg_dump -t <*> shop']);
    expect(stored(play).get('pg_dump -t <*> shop')).toMatchObject({
      fold: { members: many.length },
      example: 'pg_dump -t table_a shop',
      steady: { as: 'learned', count: many.length + 6, first: 1_000 },
    });
  });

  it('are one for what comes after them, too, and only there', () => {
    const play = learned(many);
    expect(told(play.batch([dump(5 * hour, 'table_z')]))).toEqual([]);
    const others: readonly (readonly string[])[] = [
      ['pg_dump', '-t', 'table_z', 'other'],
      ['pg_dump', '-n', 'table_z', 'shop'],
      ['pg_dump', '-t', '--clean', 'shop'],
      ['pg_dump', '-t', 'table_z', 'shop', '--clean'],
      ['pg_dump', '-t', '/etc/shadow', 'shop'],
      ['pg_dump', '-t', 'table_z; sh', 'shop'],
      ['pg_dump', '-t', 'evil.example', 'shop'],
      ['pg_dump', '-t', '', 'shop'],
      ['pg_dump', '-t', '<*>', 'shop'],
      ['pg_dumpall', '-t', 'table_z', 'shop'],
      ['/tmp/pg_dump', '-t', 'table_z', 'shop'],
      ['pg_dump -t table_z shop'],
    ];
    others.forEach((args, index) => {
      expect([args, told(play.batch([exec('c1', 5 * hour + 1 + index, args, { age: 100 })]))]).toEqual([
        args,
        ['EXE-04'],
      ]);
    });
  });

  it('of another privilege are others', () => {
    const play = learned(many, { user: 'app' });
    expect(told(play.batch([dump(5 * hour, 'table_z', { user: 'app' })]))).toEqual([]);
    expect(told(play.batch([dump(5 * hour + 1, 'table_z', { user: 'root' })]))).toEqual(['EXE-04']);
    expect(told(play.batch([dump(5 * hour + 2, 'table_z')]))).toEqual(['EXE-04']);
    expect(told(play.batch([dump(5 * hour + 3, 'table_z', { user: 'app', privileged: true })]))).toContain('EXE-04');
  });

  it('of several privileges do not add up', () => {
    const play = createPlay({ baselines: patient });
    play.batch(many.map((table, index) => dump(1_000 + index, table, { user: index % 2 === 0 ? 'app' : 'root' })));
    play.batch([{ tick: later }]);
    expect(texts(play)).toHaveLength(many.length);
  });

  it('never fold once learning has ended, however many come', () => {
    const play = learned(many.slice(0, 3));
    const burst = names.map((table, index) => dump(5 * hour + index, table));
    expect(burst.flatMap((one) => told(play.batch([one])))).toHaveLength(names.length - 3);
    play.batch([{ tick: 5 * hour + later }]);
    expect(told(play.batch([dump(9 * hour, 'table_new')]))).toEqual(['EXE-04']);
  });

  it('never fold while quarantine may take them back, nor what it took', () => {
    const play = createPlay({ baselines: patient });
    play.batch(many.slice(1).map((table, index) => dump(1_000 + index, table)));
    play.batch([{ tick: hour }, dump(hour, 'table_a'), { tick: hour + 9 * minute }]);
    expect(texts(play)).toHaveLength(many.length);
    play.batch([exec('c1', hour + 9 * minute, ['sh'], { privileged: true, age: 100 })]);
    play.batch([{ tick: hour + 12 * minute }]);
    expect(stored(play).get('pg_dump -t table_a shop')?.steady?.as).toBe('held');
    expect(texts(play)).not.toContain('pg_dump -t <*> shop');
    // The trouble has passed: it is learned after all, and folds.
    play.batch([{ tick: hour + 20 * minute }]);
    expect(texts(play)).toContain('pg_dump -t <*> shop');
  });

  it('never fold with one that is too young', () => {
    const play = createPlay({ baselines: patient });
    play.batch(many.slice(2).map((table, index) => dump(1_000 + index, table)));
    play.batch([dump(hour, 'table_b'), dump(hour + 5 * minute, 'table_a'), { tick: hour + 12 * minute }]);
    expect(texts(play)).toHaveLength(many.length);
    play.batch([{ tick: hour + 15 * minute }]);
    expect(texts(play)).toEqual(['pg_dump -t <*> shop']);
  });

  it('never fold when learning ended before they were old enough', () => {
    const play = createPlay({ baselines: patient });
    play.batch([dump(0, 'table_a'), ...many.slice(1).map((table, index) => dump(3 * hour - minute + index, table))]);
    play.batch([dump(3 * hour, 'table_a'), { tick: 3 * hour + later }]);
    expect(describeBaselines(play.state)[0]).toMatchObject({ phases: { steady: { state: 'steady' } } });
    expect(texts(play)).toHaveLength(many.length);
    expect(told(play.batch([dump(6 * hour, 'table_z')]))).toEqual(['EXE-04']);
  });

  it('never make normal at any time what was at a start, though one of them is', () => {
    const play = createPlay({ baselines: patient });
    play.batch([dump(0, 'table_a'), ...many.map((table, index) => dump(1_000 + index, table, { age: 5 }))]);
    play.batch([{ tick: later }]);
    expect(texts(play)).toEqual(['pg_dump -t <*> shop', 'pg_dump -t table_a shop']);
    for (let at = 1; at <= 6; at += 1) play.batch([dump(4 * hour + at, 'table_a')]);
    expect(told(play.batch([dump(5 * hour, 'table_b')]))).toEqual(['EXE-04']);
  });

  it('never cover what was told', () => {
    const play = learned(['table_a']);
    expect(told(play.batch([dump(5 * hour, 'table_z')]))).toEqual(['EXE-04']);
    play.batch(many.map((table, index) => dump(5 * hour + 1 + index, table, { age: 5 })));
    play.batch([{ tick: 5 * hour + later }, dump(5 * hour + later, 'table_z', { age: 5 })]);
    expect(texts(play)).toContain('pg_dump -t <*> shop');
    expect(stored(play).get('pg_dump -t table_z shop')?.startup).toMatchObject({ as: 'novel', count: 1 });
  });

  it('keep apart what is normal at a start only', () => {
    const play = createPlay({ baselines: patient });
    play.batch(many.map((table, index) => dump(1_000 + index, table, { age: index === 0 ? 100 : 5 })));
    play.batch([{ tick: later }]);
    expect(texts(play)).toHaveLength(many.length);
    play.batch([dump(later, 'table_z', { age: 5 }), { tick: 2 * later }]);
    expect(texts(play)).toEqual(['pg_dump -t <*> shop', 'pg_dump -t table_a shop']);
    expect(stored(play).get('pg_dump -t <*> shop')).toMatchObject({ startup: { as: 'learned' }, fold: { members: 9 } });
    for (let at = 1; at <= 6; at += 1) play.batch([dump(5 * hour + at, 'table_a')]);
    expect(told(play.batch([dump(6 * hour, 'table_y', { age: 5 })]))).toEqual([]);
    expect(told(play.batch([dump(6 * hour + 1, 'table_y')]))).toEqual(['EXE-04']);
  });

  it('count no longer as seen once, and make room', () => {
    const play = createPlay({ baselines: { ...patient, minimumHours: 24 } });
    play.batch(names.map((table, index) => dump(1_000 + index, table)));
    const before = describeBaselines(play.state)[0]?.phases.steady;
    play.batch([{ tick: later }]);
    const [view] = describeBaselines(play.state);
    expect(before).toMatchObject({ sightings: names.length, newProbability: 1 });
    expect(view?.phases.steady.sightings).toBe(names.length);
    expect(view?.phases.steady.newProbability).toBeCloseTo(3 / names.length, 1);
    expect(view?.phases.steady.missing.join()).not.toContain('new with');
    expect(view?.items).toHaveLength(1);
  });

  it('leave a memory that was full with room again', () => {
    const play = createPlay({ baselines: { ...patient, minimumHours: 24 } });
    const tables = Array.from({ length: 2_010 }, (_, at) => `table_${at.toString(36).replace(/\d/g, 'x$&x')}`);
    play.batch(tables.map((table, at) => dump(1_000 + at, table)));
    expect(describeBaselines(play.state)[0]).toMatchObject({ state: 'too-large' });
    play.batch([{ tick: later }]);
    expect(describeBaselines(play.state)[0]).toMatchObject({ state: 'learning', items: [{ members: 2_000 }] });
  });

  it('fold out of a state from before there were folds', () => {
    const old = createPlay({ baselines: patient });
    old.batch(many.map((table, index) => dump(1_000 + index, table)));
    for (const [key, text] of old.state) {
      if (!key.includes('/item/')) continue;
      const { places: _places, ripeAt: _ripeAt, example: _example, ...before } = itemSchema.parse(JSON.parse(text));
      old.state.set(key, JSON.stringify(before));
    }
    const play = createPlay({ baselines: patient, state: old.state });
    play.batch([...many.map((table, index) => dump(minute + index, table)), { tick: later }]);
    expect(stored(play).get('pg_dump -t <*> shop')).toMatchObject({
      fold: { members: many.length },
      steady: { count: 2 * many.length },
    });
  });

  it('are still one after a restart', () => {
    const play = learned(many);
    play.restart();
    expect(told(play.batch([dump(5 * hour, 'table_z')]))).toEqual([]);
  });

  it('are shown with an example and how many they were', () => {
    const [view] = describeBaselines(learned(many).state);
    expect(view?.items).toMatchObject([
      { text: 'pg_dump -t <*> shop', example: 'pg_dump -t table_a shop', members: 9, count: 15, known: ['steady'] },
    ]);
  });
});

/** Commands that vary in one place at most, with few enough values at the others that no item is in two folds. */
const command = fc.record({
  table: fc.constantFrom(...names.slice(0, 14)),
  database: fc.constantFrom('shop', 'shop', 'shop', 'crm'),
  user: fc.constantFrom('app', 'app', 'app', 'root'),
  age: fc.constantFrom(5, 100, 100),
});
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;
const commands = fc.array(command, { minLength: 20, maxLength: 120, size: 'max' });

/** What is known once all of it is ripe: each item with its phases and, of a fold, how many it was. */
function known(given: readonly Command[], { sizes = [1_000], restarts = false } = {}) {
  const play = createPlay({ baselines: { ...patient, minimumHours: 1_000 } });
  const moments: readonly Moment[] = [
    ...given.map(({ table, database, ...look }, at) =>
      exec('c1', 1_000 + at, ['pg_dump', '-t', table, database], look),
    ),
    { tick: later },
  ];
  const said: string[] = [];
  for (let from = 0, turn = 0; from < moments.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    said.push(...told(play.batch(moments.slice(from, from + size))));
    if (restarts) play.restart();
    from += size;
  }
  const items = [...stored(play)].map(([text, { startup, steady, fold }]) => ({
    text,
    startup: startup?.count,
    steady: steady?.count,
    members: fold?.members,
  }));
  return {
    items: items.sort((a, b) => (a.text < b.text ? -1 : 1)),
    said,
    state: new Map([...play.state].map(([key, value]): [string, unknown] => [key, JSON.parse(value)])),
  };
}

describe('learning', () => {
  it('knows the same, whatever the order in which it was seen', () => {
    let folds = 0;
    const orders = commands.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const { items } = known(one);
        expect(known(other).items).toEqual(items);
        folds += items.filter(({ members }) => members !== undefined).length;
      }),
      { numRuns: 30 },
    );
    // About one a run; where there are none, nothing was shown.
    expect(folds).toBeGreaterThan(8);
  });

  it('of what two replicas showed is that of both, whichever came first', () => {
    fc.assert(
      fc.property(commands, commands, (one, other) => {
        expect(known([...one, ...other]).items).toEqual(known([...other, ...one]).items);
      }),
      { numRuns: 20 },
    );
  });

  it('is the same however it is cut into batches and whenever the analyzer restarts', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(commands, sizes, (given, cut) => {
        const whole = known(given);
        const cutUp = known(given, { sizes: cut, restarts: true });
        expect(cutUp.said).toEqual(whole.said);
        expect(cutUp.state).toEqual(whole.state);
      }),
      { numRuns: 12 },
    );
  });
});
