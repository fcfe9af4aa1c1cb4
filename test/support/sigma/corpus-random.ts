/** A small generator of pseudo-random choices: the same seed makes the same corpus on every machine. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** As many different members as there are, up to `count`. */
  some<T>(list: readonly T[], count: number): readonly T[];
  /** Digits of a number in that base (at most 16). */
  digits(length: number, base: number): string;
}

/** Mulberry32; the seeds are mixed first, so that neighbours have nothing in common. */
export function createRandom(...seeds: readonly number[]): Random {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ (seed + 0x9e3779b9), 0x85ebca6b) ^ (mixed >>> 13), 1);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[below(list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  };
  return {
    below,
    pick,
    chance: (share) => next() < share,
    some: (list, count) => shuffled(list, below).slice(0, count),
    digits: (length, base) => Array.from({ length }, () => below(base).toString(base)).join(''),
  };
}

function shuffled<T>(list: readonly T[], below: Random['below']): readonly T[] {
  const left = [...list];
  return list.flatMap(() => left.splice(below(left.length), 1));
}

/** As many of each card as it says. Dealing a whole deck keeps shares exact, however few rules there are. */
export function createDeck<T extends string>(cards: Readonly<Record<T, number>>, random: Random): readonly T[] {
  // The keys of a record of T are T.
  const all = (Object.keys(cards) as T[]).flatMap((card) => Array.from({ length: cards[card] }, () => card));
  return random.some(all, all.length);
}
