import { expect, test } from 'vitest';
import { createAtoms } from '../../../../../analyzer/sigma/engine/atoms.ts';
import { createPlan } from '../../../../../analyzer/sigma/engine/plan.ts';
import { type Need, unknown, witnessOf } from '../../../../../analyzer/sigma/engine/witness.ts';

const atom = (number: number): Need => ({ kind: 'atom', atom: number });
const and = (...of: readonly Need[]): Need => ({ kind: 'and', of });
const or = (...of: readonly Need[]): Need => ({ kind: 'or', of });

/** Atom 1 is seen in every tenth event, 2 in two of ten and so on. */
const rate = (number: number): number => number / 10;

test.each<readonly [name: string, need: Need, atoms: readonly number[] | 'tried always', cost: number]>([
  ['an atom', atom(3), [3], 0.3],
  ['nothing known', unknown, 'tried always', 0],
  ['all of: the rarest', and(atom(3), atom(1), atom(2)), [1], 0.1],
  ['all of, as rare: the first', and(or(atom(1), atom(3)), atom(4)), [1, 3], 0.4],
  ['all of, some unknown', and(unknown, atom(3), unknown), [3], 0.3],
  ['all of, none known', and(unknown, unknown), 'tried always', 0],
  ['all of nothing', and(), 'tried always', 0],
  ['one of: each', or(atom(3), atom(1)), [3, 1], 0.4],
  ['one of, one unknown', or(atom(3), unknown), 'tried always', 0],
  ['one of, the same again', or(atom(3), and(atom(3), atom(4))), [3], 0.6],
  ['one of nothing: never', or(), [], 0],
  ['alternatives that are rarer than one', and(atom(5), or(atom(1), atom(2))), [1, 2], 0.3],
  ['alternatives that are more frequent', and(atom(2), or(atom(1), atom(4))), [2], 0.2],
])('%s', (_, need, atoms, cost) => {
  const witness = witnessOf(need, rate);
  expect(witness?.atoms ?? 'tried always').toEqual(atoms);
  expect(witness?.cost ?? 0).toBeCloseTo(cost);
});

const literal = (text: string, { begin = false, end = false } = {}) => ({ text, begin, end });

test('how rare a literal is guessed to be: by its length and its ends', () => {
  const atoms = createAtoms();
  const f = atoms.field('f');
  const guess = (text: string, bound = {}) => atoms.guess(atoms.literal(f, literal(text, bound)));
  expect(guess('a')).toBe(1 / 2);
  expect(guess('abc')).toBe(1 / 8);
  expect(guess('a', { begin: true })).toBe(1 / 8);
  expect(guess('a', { end: true })).toBe(1 / 8);
  expect(guess('a', { begin: true, end: true })).toBe(1 / 8);
  expect(atoms.guess(atoms.fact(f, 'present'))).toBe(1 / 2);
  expect(atoms.guess(atoms.fact(f, 'text'))).toBe(1 / 2);
  expect(atoms.guess(atoms.fact(f, 'nonAscii'))).toBe(1 / 100);
});

test('atoms have one number each, whoever asks', () => {
  const atoms = createAtoms();
  const [f, g] = [atoms.field('f'), atoms.field('g')];
  const numbers = [
    atoms.literal(f, literal('a')),
    atoms.literal(f, literal('a', { begin: true })),
    atoms.literal(f, literal('a', { end: true })),
    atoms.literal(f, literal('a', { begin: true, end: true })),
    atoms.literal(f, literal('^ a')),
    atoms.literal(g, literal('a')),
    atoms.literal(atoms.keywords(), literal('a')),
    atoms.fact(f, 'text'),
    atoms.fact(g, 'text'),
    atoms.fact(f, 'present'),
  ];
  expect(numbers).toEqual([...numbers.keys()]);
  expect(atoms.count).toBe(numbers.length);
  expect([atoms.field('g'), atoms.literal(g, literal('a')), atoms.fact(f, 'present')]).toEqual([g, 5, 9]);
  expect(atoms.fields).toEqual(['f', 'g', '']);
  expect(atoms.needles(g).map(({ atom: number }) => number)).toEqual([5]);
  expect([atoms.known(f, 'text'), atoms.known(f, 'nonAscii')]).toEqual([7, undefined]);
});

/** Two needs that are both there; which one is watched depends on how often each was seen. */
function planOf(needs: (frequent: Need, rare: Need) => readonly Need[]) {
  const atoms = createAtoms();
  const f = atoms.field('f');
  const [short, long] = [atoms.literal(f, literal('ab')), atoms.literal(f, literal('abcdef'))];
  return { plan: createPlan(needs(atom(short), atom(long)), atoms), short, long };
}

test('a plan begins with guesses, and looks at the traffic after 512 events and 4096', () => {
  const { plan, short, long } = planOf((a, b) => [and(a, b)]);
  const watched = () => ({ short: plan.seen(short), long: plan.seen(long) });
  expect(watched()).toEqual({ short: [], long: [0] });
  // The long one turns up in each event.
  for (let event = 1; event < 512; event += 1) {
    plan.seen(long);
    plan.eventOver();
  }
  expect(watched()).toEqual({ short: [], long: [0] });
  plan.eventOver();
  expect(watched()).toEqual({ short: [0], long: [] });
  // From now on it is the short one.
  for (let event = 513; event < 4_096; event += 1) {
    plan.seen(short);
    plan.eventOver();
  }
  expect(watched()).toEqual({ short: [0], long: [] });
  plan.eventOver();
  expect(watched()).toEqual({ short: [], long: [0] });
});

test('some sightings do not outweigh a guess', () => {
  const { plan, short, long } = planOf((a, b) => [and(a, b)]);
  // 10 of 512, where the guess for the other is a quarter of 64.
  for (let event = 1; event <= 512; event += 1) {
    if (event <= 10) plan.seen(long);
    plan.eventOver();
  }
  expect([plan.seen(short), plan.seen(long)]).toEqual([[], [0]]);
});

test('a plan tells who is watched by what', () => {
  const atoms = createAtoms();
  const f = atoms.field('f');
  const [ab, present, text] = [atoms.literal(f, literal('ab')), atoms.fact(f, 'present'), atoms.fact(f, 'text')];
  const plan = createPlan(
    [atom(ab), atom(present), unknown, or(atom(ab), atom(text)), or(atom(ab), unknown), or(atom(ab), atom(ab))],
    atoms,
  );
  expect(plan.witnesses()).toEqual({ literal: 2, field: 2, always: 2 });
  expect(plan.always).toEqual([2, 4]);
  expect([ab, present, text].map((one) => plan.seen(one))).toEqual([[0, 3, 5], [1], [3]]);
});
