import { foldCase } from '../language/pattern.ts';
import { type Alphabet, createAlphabet, encode, markClass, stopClass } from './alphabet.ts';
import type { Atoms } from './atoms.ts';
import { createAutomaton } from './automaton.ts';

/** Reads values of one field and tells which of its atoms are in them. */
export interface FieldScan {
  /** One value as text. */
  text(value: string): void;
  /**
   * One value as it stands in JSON text, from behind its opening quote. Returns the place of the closing quote; or, where something stands
   * that needs more than a look (an escape, a byte beyond ASCII), that place as a negative number: what stands before it was read, and `text`
   * reads the whole.
   */
  bytes(buffer: Uint8Array, from: number): number;
  /** Bytes of one value that is plain ASCII without quotes (a number, true, false). */
  plain(buffer: Uint8Array, from: number, to: number): void;
}

export type Mark = (atom: number) => void;

/** One scan per field, over an alphabet of all their literals. */
export function createScans(atoms: Atoms, mark: Mark): readonly FieldScan[] {
  const alphabet = createAlphabet(atoms.fields.flatMap((_, field) => atoms.needles(field).map(({ bytes }) => bytes)));
  return atoms.fields.map((_, field) => createFieldScan(field, atoms, { alphabet, mark }));
}

function createFieldScan(
  field: number,
  atoms: Atoms,
  { alphabet, mark }: { readonly alphabet: Alphabet; readonly mark: Mark },
): FieldScan {
  const { classes, plain: plainClasses } = alphabet;
  const automaton = createAutomaton(atoms.needles(field), alphabet);
  const hasText = atoms.known(field, 'text') ?? -1;
  const nonAscii = atoms.known(field, 'nonAscii') ?? -1;
  let table = automaton.table();

  // What the loops below do when the table says 0 (not made yet) or less (literals end here). Returns the row to go on from.
  const turn = (row: number, byteClass: number, transition: number): number => {
    let next = transition;
    if (next === 0) {
      next = automaton.next(row, byteClass);
      table = automaton.table();
    }
    if (next > 0) return next;
    for (const atom of automaton.found(next)) mark(atom);
    return -next;
  };
  const finish = (row: number): void => {
    const next = table[row + markClass] ?? 0;
    if (next <= 0) turn(row, markClass, next);
    if (hasText >= 0) mark(hasText);
  };
  const over = (bytes: Uint8Array, from: number, to: number): void => {
    let row = automaton.start;
    for (let at = from; at < to; at += 1) {
      const byteClass = classes[bytes[at] ?? 0] ?? 0;
      const next = table[row + byteClass] ?? 0;
      row = next > 0 ? next : turn(row, byteClass, next);
    }
    finish(row);
  };
  const beyondAscii = (value: string): void => {
    if (nonAscii >= 0) mark(nonAscii);
    const bytes = encode(foldCase(value));
    over(bytes, 0, bytes.length);
  };

  return {
    text(value) {
      let row = automaton.start;
      for (let at = 0; at < value.length; at += 1) {
        const code = value.charCodeAt(at);
        if (code >= 0x80) {
          beyondAscii(value);
          return;
        }
        const byteClass = classes[code] ?? 0;
        const next = table[row + byteClass] ?? 0;
        row = next > 0 ? next : turn(row, byteClass, next);
      }
      finish(row);
    },
    bytes(buffer, from) {
      let row = automaton.start;
      for (let at = from; ; at += 1) {
        const byte = buffer[at] ?? 0;
        const byteClass = plainClasses[byte] ?? 0;
        if (byteClass === stopClass) {
          if (byte !== 0x22) return -at;
          finish(row);
          return at;
        }
        const next = table[row + byteClass] ?? 0;
        row = next > 0 ? next : turn(row, byteClass, next);
      }
    },
    plain: over,
  };
}
