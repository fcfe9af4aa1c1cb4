/**
 * Patterns of the second evaluator: a list of pieces, one for each character. Slow and plain on purpose; it shares nothing with the engine
 * that it judges.
 */
export type Piece = { readonly character: string } | 'any' | 'one';
export type Pattern = readonly Piece[];

const escapable = ['*', '?', '\\'];

/** `*` and `?` are wildcards, a backslash before them or before a backslash makes them plain. */
export function patternOf(text: string): Pattern {
  const pieces: Piece[] = [];
  const characters = Array.from(text);
  while (characters.length > 0) {
    const character = characters.shift() ?? '';
    const [next = ''] = characters;
    if (character === '\\' && escapable.includes(next)) {
      characters.shift();
      pieces.push({ character: next });
    } else if (character === '*') pieces.push('any');
    else if (character === '?') pieces.push('one');
    else pieces.push({ character });
  }
  return pieces;
}

export const literally = (text: string): Pattern => Array.from(text, (character) => ({ character }));

/** The whole text against the whole pattern: after each piece, all the places where the reading may stand. */
export function isWhole(pattern: Pattern, text: string, cased: boolean): boolean {
  const characters = Array.from(text, (character) => (cased ? character : lower(character)));
  let places = new Set([0]);
  for (const piece of pattern) {
    const next = new Set<number>();
    for (const place of places) {
      if (piece === 'any') for (let to = place; to <= characters.length; to += 1) next.add(to);
      else if (place < characters.length && accepts(piece, characters[place] ?? '', cased)) next.add(place + 1);
    }
    places = next;
  }
  return places.has(characters.length);
}

const accepts = (piece: 'one' | { readonly character: string }, character: string, cased: boolean): boolean =>
  piece === 'one' || (cased ? piece.character : lower(piece.character)) === character;

/** One character by itself: what would become two stays, and a sigma is a sigma wherever it stands. */
export function lower(character: string): string {
  const found = character.toLowerCase();
  if (found === 'ς') return 'σ';
  return Array.from(found).length === 1 ? found : character;
}

const dashes = ['-', '/', '–', '—', '―'];
const isWord = (piece: Piece | undefined): boolean => typeof piece === 'object' && /^\w$/.test(piece.character);

/** windash: all the ways to write a pattern in which a dash begins a word. */
export function dashSpellings(pattern: Pattern): readonly Pattern[] {
  let spellings: readonly Pattern[] = [[]];
  for (const [index, piece] of pattern.entries()) {
    const begins =
      typeof piece === 'object' &&
      dashes.includes(piece.character) &&
      !isWord(pattern[index - 1]) &&
      isWord(pattern[index + 1]);
    const choices: Pattern = begins ? dashes.map((character) => ({ character })) : [piece];
    spellings = spellings.flatMap((start) => choices.map((choice) => [...start, choice]));
  }
  return spellings;
}

/** The text of a pattern without wildcards. @throws Error when it has any */
export function plainText(pattern: Pattern): string {
  return pattern
    .map((piece) => {
      if (typeof piece === 'string') throw new Error('a wildcard has no text');
      return piece.character;
    })
    .join('');
}
