import fc from 'fast-check';

/**
 * The same value as JSON text that nobody would write: characters as escapes, white space, keys that stand twice (the last counts), digits beyond
 * 2^53 with and without quotes.
 */
export function spell(value: unknown, seed: number): string {
  const random = createRandom(seed);
  const space = (): string => (random() < 0.1 ? (' \t'[Math.floor(random() * 2)] ?? '') : '');
  const character = (of: string): string => {
    if (random() < 0.05) return escaped(of, random() < 0.5);
    return of === '/' && random() < 0.3 ? '\\/' : JSON.stringify(of).slice(1, -1);
  };
  const text = (of: string): string => `"${Array.from(of, character).join('')}"`;
  const write = (of: unknown): string => {
    if (typeof of === 'string') return isLarge(of) && random() < 0.7 ? of : text(of);
    if (Array.isArray(of)) return `[${space()}${of.map(write).join(`${space()},${space()}`)}${space()}]`;
    if (typeof of !== 'object' || of === null) return JSON.stringify(of);
    const members = Object.entries(of).flatMap(([key, one]) => {
      const member = `${text(key)}${space()}:${space()}${write(one)}`;
      return random() < 0.05
        ? [`${text(key)}:${write(['other', 1, null, { b: 'x' }][Math.floor(random() * 4)])}`, member]
        : [member];
    });
    return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
  };
  return write(value);
}

const isLarge = (digits: string): boolean =>
  /^-?[1-9]\d{15,}$/.test(digits) && BigInt(digits) !== BigInt(Number(digits));

/** Each of its UTF-16 units by number. */
const escaped = (character: string, upper: boolean): string =>
  Array.from({ length: character.length }, (_, index) => {
    const hex = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${upper ? hex.toUpperCase() : hex}`;
  }).join('');

/** Numbers in [0, 1) that are the same for the same seed (Park and Miller). */
function createRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

const breaks = Array.from('{}[]":,\\ 0019.eE+-tfnu\u0001\u00a0\ufeff😀\t\r').concat('9007199254740993');

/** A line with some characters taken out, put in or exchanged: mostly no JSON any more. */
export const broken = (line: string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.nat({ max: Math.max(line.length, 1) }), fc.nat({ max: 2 }), fc.constantFrom('', ...breaks)), {
      minLength: 1,
      maxLength: 3,
    })
    .map((edits) =>
      edits.reduce((text, [at, length, inserted]) => text.slice(0, at) + inserted + text.slice(at + length), line),
    );
