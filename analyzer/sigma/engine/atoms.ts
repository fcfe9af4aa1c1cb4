import { encode } from './alphabet.ts';
import type { Needle } from './automaton.ts';
import type { Literal } from './literals.ts';

/** What is known of a field's values besides their literals: one of them has a text; the field is there; one of them is not all ASCII. */
export type FieldFact = 'text' | 'present' | 'nonAscii';

/** Facts that the scan of an event settles, numbered: a literal in a field, or a fact about the field. */
export interface Atoms {
  field(name: string): number;
  /** The field that stands for every value of an event. */
  keywords(): number;
  literal(field: number, literal: Literal): number;
  fact(field: number, fact: FieldFact): number;
  /** Names by number; keywords are the empty name. */
  readonly fields: readonly string[];
  readonly count: number;
  needles(field: number): readonly Needle[];
  /** The number of a fact, if somebody asked for it. */
  known(field: number, fact: FieldFact): number | undefined;
  /** How specific an atom looks before any traffic was seen: expected times per event. */
  guess(atom: number): number;
}

/** No field of an event has it: names are not empty. */
const keywordName = '';

export function createAtoms(): Atoms {
  const fields: string[] = [];
  const fieldNumbers = new Map<string, number>();
  const numbers = new Map<string, number>();
  const needles: Needle[][] = [];
  const guesses: number[] = [];
  const numberOf = (key: string, guess: number): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, guesses.length);
    return guesses.push(guess) - 1;
  };
  const field = (name: string): number => {
    const known = fieldNumbers.get(name);
    if (known !== undefined) return known;
    fieldNumbers.set(name, fields.length);
    needles.push([]);
    return fields.push(name) - 1;
  };
  return {
    field,
    keywords: () => field(keywordName),
    literal(at, { text, begin, end }) {
      const before = guesses.length;
      const atom = numberOf(`${at} ${begin ? '^' : '.'}${end ? '$' : '.'} ${text}`, guessOf(text, begin || end));
      if (atom === before) needles[at]?.push({ bytes: encode(text), begin, end, atom });
      return atom;
    },
    fact: (at, fact) => numberOf(factKey(at, fact), factGuess[fact]),
    fields,
    get count() {
      return guesses.length;
    },
    needles: (at) => needles[at] ?? [],
    known: (at, fact) => numbers.get(factKey(at, fact)),
    guess: (atom) => guesses[atom] ?? 1,
  };
}

const factKey = (field: number, fact: FieldFact): string => `${field} ${fact}`;
const factGuess: Readonly<Record<FieldFact, number>> = { text: 0.5, present: 0.5, nonAscii: 0.01 };

/** Each character of a literal makes it rarer; being bound to an end of the value as much as two more. */
const guessOf = (text: string, bound: boolean): number => 0.5 ** (text.length + (bound ? 2 : 0));
