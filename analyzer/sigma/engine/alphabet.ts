/** Classes that no byte of a literal has. */
export const otherClass = 1;
export const markClass = 2;
/** Bytes that end a plain run of JSON text: quote, backslash, control characters, and whatever is not ASCII. */
export const stopClass = 0;

/**
 * The bytes that literals are made of, as small numbers, so that tables stay small; upper case ASCII has the class of lower case. A mark
 * stands where a value begins and where it ends.
 */
export interface Alphabet {
  readonly size: number;
  /** Class of each byte of folded UTF-8. */
  readonly classes: Uint8Array;
  /** The same for raw bytes within quotes of JSON text: what needs more than a look is `stopClass`. */
  readonly plain: Uint8Array;
}

export function createAlphabet(literals: Iterable<Uint8Array>): Alphabet {
  const classes = new Uint8Array(256).fill(otherClass);
  let size = markClass + 1;
  for (const literal of literals) {
    for (const byte of literal) {
      if (classes[byte] !== otherClass) continue;
      classes[byte] = size;
      size += 1;
    }
  }
  for (let upper = 0x41; upper <= 0x5a; upper += 1) classes[upper] = classes[upper + 0x20] ?? otherClass;
  const plain = classes.map((of, byte) =>
    byte < 0x20 || byte >= 0x80 || byte === 0x22 || byte === 0x5c ? stopClass : of,
  );
  return { size, classes, plain };
}

/**
 * A text as UTF-8. Surrogates that stand alone keep a form of their own (three bytes), so that different texts stay different.
 */
export function encode(text: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) bytes.push(...encoder.encode(character));
    else bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return Uint8Array.from(bytes);
}

const encoder = new TextEncoder();
