import type { Expression, ValueTest } from '../language/expression.ts';
import { foldCase } from '../language/pattern.ts';
import type { Atoms } from './atoms.ts';
import { shapeOf } from './literals.ts';
import { requiredLiterals } from './regex-literals.ts';
import { compileValueTest, isFieldref } from './value-test.ts';
import type { EventView } from './view.ts';
import { type Need, unknown } from './witness.ts';

/** The event under way, as predicates see it. */
export interface Run {
  /** Number of the event; what bears another number is of another event. */
  event: number;
  view: EventView;
  /** By atom: the last event that it was seen in; events outnumber 32 bits. Made when all atoms are known. */
  seen: Float64Array;
}

/** An expression that can be asked about the event under way. */
export interface Predicate {
  holds(): boolean;
  readonly need: Need;
  /** What its negation needs. */
  readonly needOfNot: Need;
  /** It only looks at atoms. */
  readonly settled: boolean;
}

export interface PredicateCompiler {
  compile(expression: Expression): Predicate;
  /** Forgets how predicates are told apart; gives how many there are, those that only look at atoms included. */
  done(): number;
}

/** Compiles expressions over shared predicates: what several rules ask is asked once per event. */
export function createPredicateCompiler(atoms: Atoms, run: Run): PredicateCompiler {
  const known = new Map<string, Predicate>();
  const shared = (expression: Expression): Predicate => {
    const key = JSON.stringify(expression);
    const found = known.get(key) ?? leaf(expression, atoms, run);
    known.set(key, found);
    return found;
  };
  const compile = (expression: Expression): Predicate => {
    if (expression.kind === 'not') return negated(compile(expression.of));
    if (expression.kind === 'and' || expression.kind === 'or')
      return combined(expression.kind, expression.of.map(compile));
    return shared(expression);
  };
  return {
    compile,
    done: () => {
      const { size } = known;
      known.clear();
      return size;
    },
  };
}

const negated = (inner: Predicate): Predicate => ({
  holds: () => !inner.holds(),
  settled: inner.settled,
  need: inner.needOfNot,
  needOfNot: inner.need,
});

/** Parts that only look at atoms come first: the others may not be needed then. */
function combined(kind: 'and' | 'or', parts: readonly Predicate[]): Predicate {
  const ordered = [...parts.filter(({ settled }) => settled), ...parts.filter(({ settled }) => !settled)];
  const stop = kind === 'or';
  const holds = (): boolean => {
    for (const part of ordered) if (part.holds() === stop) return stop;
    return !stop;
  };
  return {
    holds,
    settled: parts.every((part) => part.settled),
    need: { kind, of: parts.map((part) => part.need) },
    // De Morgan.
    needOfNot: { kind: kind === 'and' ? 'or' : 'and', of: parts.map((part) => part.needOfNot) },
  };
}

function leaf(expression: Expression, atoms: Atoms, run: Run): Predicate {
  switch (expression.kind) {
    case 'field':
      return valuePredicate(atoms.field(expression.field), expression.test, {
        atoms,
        run,
        values: (field) => run.view.values(field),
      });
    case 'keyword':
      return valuePredicate(atoms.keywords(), expression.test, { atoms, run, values: () => run.view.everything() });
    case 'exists':
      return onAtom(atoms.fact(atoms.field(expression.field), 'present'), run);
    case 'null': {
      const field = atoms.field(expression.field);
      const holds = (): boolean => !run.view.present(field) || run.view.values(field).includes(null);
      return { holds, need: unknown, needOfNot: unknown, settled: false };
    }
    case 'fieldref': {
      const [field, other] = [atoms.field(expression.field), atoms.field(expression.other)];
      return gated([atoms.fact(field, 'text'), atoms.fact(other, 'text')].map(asNeed), run, () =>
        isFieldref(expression, run.view.values(field), run.view.values(other)),
      );
    }
    default:
      throw new Error(`${expression.kind} is no leaf`);
  }
}

interface Means {
  readonly atoms: Atoms;
  readonly run: Run;
  readonly values: (field: number) => readonly unknown[];
}

const asNeed = (atom: number): Need => ({ kind: 'atom', atom });

function valuePredicate(field: number, test: ValueTest, { atoms, run, values }: Means): Predicate {
  const [gates, settled] = gatesOf(field, test, atoms);
  // Where nothing needs to be in it, it is asked of any text.
  const needs = gates.length > 0 ? gates : [asNeed(atoms.fact(field, 'text'))];
  const [only, ...more] = needs;
  if (settled && only?.kind === 'atom' && more.length === 0) return onAtom(only.atom, run);
  const isTrue = compileValueTest(test);
  return gated(needs, run, () => values(field).some(isTrue));
}

/** What must have been seen for a test to be true, and whether that is all of it. */
function gatesOf(field: number, test: ValueTest, atoms: Atoms): readonly [readonly Need[], boolean] {
  if (test.kind === 'pattern') {
    const { literals, settled } = shapeOf(test);
    return [literals.map((literal) => asNeed(atoms.literal(field, literal))), settled];
  }
  const texts = test.kind === 'regex' ? requiredLiterals(test.source) : undefined;
  // Some letters beyond ASCII are, without case, one within it (\u017f is an s): values of ASCII alone may match then.
  if (texts === undefined || texts.some((text) => /[^\0-\x7f]/.test(text))) return [[], false];
  const found = texts.map((text) => atoms.literal(field, { text: foldCase(text), begin: false, end: false }));
  // Beyond ASCII the expression may know pairs of cases that folding does not.
  return [[{ kind: 'or', of: [...found, atoms.fact(field, 'nonAscii')].map(asNeed) }], false];
}

const onAtom = (atom: number, run: Run): Predicate => ({
  holds: () => run.seen[atom] === run.event,
  need: asNeed(atom),
  needOfNot: unknown,
  settled: true,
});

/** Asked only when everything that it needs was seen, and once per event. */
function gated(gates: readonly Need[], run: Run, isTrue: () => boolean): Predicate {
  let asked = 0;
  let answer = false;
  const holds = (): boolean => {
    if (asked === run.event) return answer;
    answer = gates.every((gate) => isSeen(gate, run)) && isTrue();
    asked = run.event;
    return answer;
  };
  return { holds, need: { kind: 'and', of: gates }, needOfNot: unknown, settled: false };
}

function isSeen(need: Need, run: Run): boolean {
  if (need.kind === 'atom') return run.seen[need.atom] === run.event;
  if (need.kind === 'unknown') return true;
  return need.kind === 'and' ? need.of.every((one) => isSeen(one, run)) : need.of.some((one) => isSeen(one, run));
}
