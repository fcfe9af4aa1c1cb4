/** Longer texts are not remembered: they are rare, and only take room. */
const longest = 1_024;

/**
 * A pure function of a text that remembers what it made of the texts it was asked for last: of `most` at least and twice as many at most, the
 * older half dropped at once. It answers the same with and without.
 */
export const remembering = <Result>(make: (text: string) => Result, most: number): ((text: string) => Result) =>
  rememberingBy((text: string) => text, make, most);

/** The same for a function of what `textOf` tells apart. */
export function rememberingBy<Asked, Result>(
  textOf: (asked: Asked) => string,
  make: (asked: Asked) => Result,
  most: number,
): (asked: Asked) => Result {
  let recent = new Map<string, Result>();
  let older = new Map<string, Result>();
  return (asked) => {
    const text = textOf(asked);
    const known = recent.get(text);
    if (known !== undefined) return known;
    if (text.length > longest) return make(asked);
    const result = older.get(text) ?? make(asked);
    if (recent.size >= most) [older, recent] = [recent, new Map<string, Result>()];
    recent.set(text, result);
    return result;
  };
}
