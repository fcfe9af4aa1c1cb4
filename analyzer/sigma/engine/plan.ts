import type { Atoms } from './atoms.ts';
import { type Need, type Witness, witnessOf } from './witness.ts';

/** Which entries an atom makes candidates, and which are tried on every event. */
export interface Plan {
  /** An atom was seen in the event under way, for the first time in it: the entries it is a witness of. */
  seen(atom: number): readonly number[];
  readonly always: readonly number[];
  /** Counts one event; now and then witnesses are chosen anew by what traffic has shown. */
  eventOver(): void;
  witnesses(): Readonly<Record<'literal' | 'field' | 'always', number>>;
}

/** Events after which witnesses are chosen anew; each time the next look is eight times as far away. */
const firstLook = 512;
/** Guesses count as much as so many events. */
const trust = 64;

const nobody: readonly number[] = [];

/** Plans by guesses first, then by how often each atom was really seen. What matches does not depend on it, only how much is tried. */
export function createPlan(needs: readonly Need[], atoms: Atoms): Plan {
  const hits = new Uint32Array(atoms.count);
  const facts = new Set(
    atoms.fields.flatMap((_, field) =>
      (['text', 'present', 'nonAscii'] as const).flatMap((fact) => atoms.known(field, fact) ?? []),
    ),
  );
  const rate = (atom: number): number => ((hits[atom] ?? 0) + trust * atoms.guess(atom)) / (events + trust);
  let events = 0;
  let look = firstLook;
  let chosen: readonly (Witness | undefined)[] = [];
  let watchers: (readonly number[])[] = [];
  let always: readonly number[] = [];
  const choose = (): void => {
    chosen = needs.map((need) => witnessOf(need, rate));
    const lists: number[][] = [];
    for (const [entry, witness] of chosen.entries()) {
      for (const atom of witness?.atoms ?? []) {
        const list = lists[atom] ?? [];
        list.push(entry);
        lists[atom] = list;
      }
    }
    watchers = Array.from(hits, (_, atom) => lists[atom] ?? nobody);
    always = chosen.flatMap((witness, entry) => (witness === undefined ? [entry] : []));
  };
  choose();
  return {
    seen(atom) {
      hits[atom] = (hits[atom] ?? 0) + 1;
      return watchers[atom] ?? nobody;
    },
    get always() {
      return always;
    },
    eventOver() {
      events += 1;
      if (events < look) return;
      look *= 8;
      choose();
    },
    witnesses() {
      const literal = chosen.filter((witness) => witness?.atoms.every((atom) => !facts.has(atom)) === true).length;
      return { literal, field: chosen.length - literal - always.length, always: always.length };
    },
  };
}
