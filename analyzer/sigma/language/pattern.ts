/**
 * A Sigma string as a list of tokens (specification 2.1, "Escaping"): text, `*` any run, `?` any one character, and `dash` for windash. Patterns
 * are only ever built from tokens, never from text put together: a backslash at the end of one must not escape what is put behind it.
 */
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'dash' };

export const anyRun: Token = { kind: 'any' };

/** `\*`, `\?` and `\\` are the characters themselves; a backslash before anything else is a backslash. */
export function parsePattern(value: string): readonly Token[] {
  const tokens: Token[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') tokens.push({ kind: 'text', text });
    text = '';
  };
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index] ?? '';
    const next = value[index + 1];
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      text += next;
      index += 1;
    } else if (character === '*' || character === '?') {
      flush();
      tokens.push(character === '*' ? anyRun : { kind: 'one' });
    } else text += character;
  }
  flush();
  return tokens;
}

export const hasWildcard = (tokens: readonly Token[]): boolean =>
  tokens.some(({ kind }) => kind === 'any' || kind === 'one');

/** The text of a pattern without wildcards. */
export const literalOf = (tokens: readonly Token[]): string =>
  tokens.map((token) => (token.kind === 'text' ? token.text : '')).join('');

const dashes = ['-', '/', '–', '—', '―'];

/** windash: each dash or slash that begins a word may be any of - / – — ―. */
export function withDashes(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => (token.kind === 'text' ? splitDashes(token.text) : [token]));
}

function splitDashes(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<![A-Za-z0-9_])[-/–—―](?=[A-Za-z0-9_])/gu)) {
    if (match.index > from) tokens.push({ kind: 'text', text: text.slice(from, match.index) });
    tokens.push({ kind: 'dash' });
    from = match.index + match[0].length;
  }
  if (from < text.length) tokens.push({ kind: 'text', text: text.slice(from) });
  return tokens;
}

/** Every way to write the dashes of a pattern out. */
export function spellings(tokens: readonly Token[]): readonly (readonly Token[])[] {
  return tokens.reduce<readonly (readonly Token[])[]>(
    (done, token) =>
      done.flatMap((before) =>
        token.kind === 'dash'
          ? dashes.map((text): readonly Token[] => [...before, { kind: 'text', text }])
          : [[...before, token]],
      ),
    [[]],
  );
}

export type TextTest = (text: string) => boolean;

/**
 * Case folded character by character, so that a part of a text folds as it does in the whole: `toLowerCase` knows a sigma at the end of a word
 * and makes two characters of \u0130.
 */
export function foldCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length && !lower.includes('\u03c2')) return lower;
  return Array.from(text, (character) => {
    const folded = character.toLowerCase();
    if (folded === '\u03c2') return '\u03c3';
    return folded.length === character.length ? folded : character;
  }).join('');
}

/** A test for whole values. Case is folded unless `cased`. */
export function compilePattern(tokens: readonly Token[], { cased }: { readonly cased: boolean }): TextTest {
  const fold = cased ? (text: string) => text : foldCase;
  const squeezed = tokens
    .filter((token) => token.kind !== 'text' || token.text !== '')
    .filter((token, index, all) => token.kind !== 'any' || all[index - 1]?.kind !== 'any');
  const inner = squeezed.filter(({ kind }) => kind !== 'any');
  // Half of a pair of surrogates is a character of its own, and no part of a whole pair.
  const simple = inner.every((token) => token.kind === 'text' && !/\p{Cs}/u.test(token.text)) && inner.length <= 1;
  if (!simple) return compileGeneral(squeezed, fold);
  const needle = fold(literalOf(inner));
  const before = squeezed[0]?.kind === 'any';
  const after = squeezed.at(-1)?.kind === 'any';
  if (before && after) return (text) => fold(text).includes(needle);
  if (before) return (text) => fold(text).endsWith(needle);
  if (after) return (text) => fold(text).startsWith(needle);
  return (text) => fold(text) === needle;
}

interface Step {
  readonly kind: 'char' | 'any' | 'one' | 'dash';
  readonly char: string;
}

/** Wildcards anywhere: greedy with one point to go back to, so time is text × pattern at most. `?` is one code point. */
function compileGeneral(tokens: readonly Token[], fold: (text: string) => string): TextTest {
  const steps: Step[] = tokens.flatMap((token): Step[] =>
    token.kind === 'text'
      ? Array.from(fold(token.text)).map((char) => ({ kind: 'char', char }))
      : [{ kind: token.kind, char: '' }],
  );
  return (input) => {
    const text = Array.from(fold(input));
    let at = 0;
    let step = 0;
    let back = { step: -1, at: 0 };
    while (at < text.length) {
      const current = steps[step];
      if (current?.kind === 'any') {
        back = { step, at };
        step += 1;
      } else if (current !== undefined && accepts(current, text[at] ?? '')) {
        step += 1;
        at += 1;
      } else if (back.step >= 0) {
        back = { step: back.step, at: back.at + 1 };
        step = back.step + 1;
        at = back.at;
      } else return false;
    }
    return steps.slice(step).every(({ kind }) => kind === 'any');
  };
}

function accepts({ kind, char }: Step, character: string): boolean {
  if (kind === 'char') return char === character;
  return kind === 'one' || (kind === 'dash' && dashes.includes(character));
}
