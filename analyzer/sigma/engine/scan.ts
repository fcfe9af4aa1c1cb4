import { foldCase } from '../language/pattern.ts';
import { type Alphabet, createAlphabet, encode, markClass, stopClass } from './alphabet.ts';
import type { Atoms, FieldFact } from './atoms.ts';
import { type Automaton, createAutomaton } from './automaton.ts';

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

/**
 * One scan per field, over an alphabet of all their literals. Keywords are looked for in every value, so their literals are part of every scan:
 * a value is read once, whoever asks.
 */
export function createScans(atoms: Atoms, mark: Mark): readonly FieldScan[] {
  const alphabet = createAlphabet(atoms.fields.flatMap((_, field) => atoms.needles(field).map(({ bytes }) => bytes)));
  const keywords = atoms.fields.indexOf('');
  const scans: FieldScan[] = [];
  const build = (field: number): FieldScan => {
    const asking = keywords < 0 || field === keywords ? [field] : [field, keywords];
    const automaton = createAutomaton(
      asking.flatMap((one) => atoms.needles(one)),
      alphabet,
    );
    const facts = (fact: FieldFact): readonly number[] => asking.flatMap((one) => atoms.known(one, fact) ?? []);
    const walk = createWalk(automaton, { mark, atEnd: facts('text') });
    const nonAscii = facts('nonAscii');
    const onNonAscii = (): void => nonAscii.forEach(mark);
    const scan = createFieldScan(walk, { alphabet, onNonAscii });
    scans[field] = scan;
    return scan;
  };
  // Many fields of many rules never turn up: what finds their literals is made when they do.
  for (const field of atoms.fields.keys()) {
    scans.push({
      text: (value) => build(field).text(value),
      bytes: (buffer, from) => build(field).bytes(buffer, from),
      plain: (buffer, from, to) => build(field).plain(buffer, from, to),
    });
  }
  return scans;
}

/** The automaton over one value: its rows, and what to do where the plain transition does not do. */
interface Walk {
  readonly start: number;
  /** As the automaton has them; others after `turn`. */
  rows: Int32Array;
  /** Where the rows say 0 (not made yet) or less (literals end here): the row to go on from. */
  turn(row: number, byteClass: number, transition: number): number;
  end(row: number): void;
}

/** @param atEnd atoms of every value, whatever is in it */
function createWalk(
  automaton: Automaton,
  { mark, atEnd }: { readonly mark: Mark; readonly atEnd: readonly number[] },
): Walk {
  const walk: Walk = {
    start: automaton.start,
    rows: automaton.table(),
    turn(row, byteClass, transition) {
      let next = transition;
      if (next === 0) {
        next = automaton.next(row, byteClass);
        walk.rows = automaton.table();
      }
      if (next > 0) return next;
      for (const atom of automaton.found(next)) mark(atom);
      return -next;
    },
    end(row) {
      const next = walk.rows[row + markClass] ?? 0;
      if (next <= 0) walk.turn(row, markClass, next);
      for (let index = 0; index < atEnd.length; index += 1) mark(atEnd[index] ?? 0);
    },
  };
  return walk;
}

function createFieldScan(
  walk: Walk,
  { alphabet, onNonAscii }: { readonly alphabet: Alphabet; readonly onNonAscii: () => void },
): FieldScan {
  const { classes, plain: plainClasses } = alphabet;
  const over = (bytes: Uint8Array, from: number, to: number): void => {
    let rows = walk.rows;
    let row = walk.start;
    for (let at = from; at < to; at += 1) {
      const byteClass = classes[bytes[at] ?? 0] ?? 0;
      const next = rows[row + byteClass] ?? 0;
      if (next > 0) row = next;
      else {
        row = walk.turn(row, byteClass, next);
        rows = walk.rows;
      }
    }
    walk.end(row);
  };
  const beyondAscii = (value: string): void => {
    onNonAscii();
    const bytes = encode(foldCase(value));
    over(bytes, 0, bytes.length);
  };
  const text = (value: string): void => {
    let rows = walk.rows;
    let row = walk.start;
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at);
      if (code >= 0x80) {
        beyondAscii(value);
        return;
      }
      const byteClass = classes[code] ?? 0;
      const next = rows[row + byteClass] ?? 0;
      if (next > 0) row = next;
      else {
        row = walk.turn(row, byteClass, next);
        rows = walk.rows;
      }
    }
    walk.end(row);
  };
  const bytes = (buffer: Uint8Array, from: number): number => {
    let rows = walk.rows;
    let row = walk.start;
    for (let at = from; ; at += 1) {
      const byte = buffer[at] ?? 0;
      const byteClass = plainClasses[byte] ?? 0;
      const next = rows[row + byteClass] ?? 0;
      if (next > 0) row = next;
      else if (byteClass !== stopClass) {
        row = walk.turn(row, byteClass, next);
        rows = walk.rows;
      } else {
        if (byte !== 0x22) return -at;
        walk.end(row);
        return at;
      }
    }
  };
  return { text, bytes, plain: over };
}
