/**
 * Texts of which at least one is in everything that a regular expression finds, or undefined when none can be named. It only ever errs to the
 * safe side: what it does not understand stands for anything. Case is not told apart by whoever looks for them.
 */
export function requiredLiterals(source: string): readonly string[] | undefined {
  return alternation({ source, at: 0 });
}

interface Cursor {
  readonly source: string;
  at: number;
}

/** Any of these is in it. */
type AnyOf = readonly string[];

const mostAlternatives = 32;
/** `[:^xdigit:]` and some. */
const longestClassName = 16;
/** Of what opens a group, its name included; of `{n,m}`. */
const longestOpening = 256;
const longestQuantifier = 32;

function alternation(cursor: Cursor): AnyOf | undefined {
  let all: string[] | undefined = [];
  for (;;) {
    const branch = sequence(cursor);
    if (branch === undefined || (all !== undefined && all.length + branch.length > mostAlternatives)) all = undefined;
    else all?.push(...branch);
    if (cursor.source[cursor.at] !== '|') break;
    cursor.at += 1;
  }
  return all;
}

/** What one element stands for: a character that a run goes on with, alternatives, or anything. */
type Element = { readonly character: string } | { readonly anyOf: AnyOf | undefined };

function sequence(cursor: Cursor): AnyOf | undefined {
  const { source } = cursor;
  const found: AnyOf[] = [];
  let run = '';
  const endRun = (): void => {
    if (run !== '') found.push([run]);
    run = '';
  };
  while (cursor.at < source.length && source[cursor.at] !== '|' && source[cursor.at] !== ')') {
    const element = elementAt(cursor);
    const times = quantifierAt(cursor);
    // Of `a+` the first belongs to the run before it; what follows stands behind any number of them.
    if ('character' in element && times !== 'maybe') run += element.character;
    if ('character' in element && times === 'once') continue;
    endRun();
    if (!('character' in element) && times !== 'maybe' && element.anyOf !== undefined) found.push(element.anyOf);
  }
  endRun();
  return best(found);
}

/** The rarest: the one whose shortest text is longest. */
function best(found: readonly AnyOf[]): AnyOf | undefined {
  const worth = (anyOf: AnyOf): number => Math.min(...anyOf.map((text) => text.length)) - anyOf.length / 8;
  return [...found].sort((a, b) => worth(b) - worth(a))[0];
}

const anything: Element = { anyOf: undefined };

function elementAt(cursor: Cursor): Element {
  const { source } = cursor;
  const character = String.fromCodePoint(source.codePointAt(cursor.at) ?? 0);
  if (character === '\\') return escapeAt(cursor);
  if (character === '[') return classAt(cursor);
  if (character === '(') return groupAt(cursor);
  cursor.at += character.length;
  return '.^$*+?{}'.includes(character) ? anything : { character };
}

/** An escaped mark is itself. Letters and digits are classes, places or codes: only where they end is asked. */
function escapeAt(cursor: Cursor): Element {
  const { source } = cursor;
  const next = source[cursor.at + 1] ?? '';
  cursor.at += 2;
  if (!/[A-Za-z0-9]/.test(next)) return next === '' ? anything : { character: next };
  const rest = source.slice(cursor.at);
  if (next === 'Q') cursor.at += rest.includes('\\E') ? rest.indexOf('\\E') + 2 : rest.length;
  else if (next === 'x') cursor.at += /^(?:\{[^}]*\}|[0-9A-Fa-f]{0,2})/.exec(rest)?.[0].length ?? 0;
  else if (next === 'p' || next === 'P') cursor.at += /^(?:\{[^}]*\}|.)?/.exec(rest)?.[0].length ?? 0;
  else if (/[0-7]/.test(next)) cursor.at += /^[0-7]{0,2}/.exec(rest)?.[0].length ?? 0;
  return anything;
}

function classAt(cursor: Cursor): Element {
  const { source } = cursor;
  let at = cursor.at + 1;
  if (source[at] === '^') at += 1;
  if (source[at] === ']') at += 1;
  while (at < source.length && source[at] !== ']') {
    const named = /^\[:[^\]]*:\]/.exec(source.slice(at, at + longestClassName))?.[0].length;
    at += named ?? (source[at] === '\\' ? 2 : 1);
  }
  cursor.at = at + 1;
  return anything;
}

function groupAt(cursor: Cursor): Element {
  const opening =
    /^\(\?[imsU-]+\)|^\(\?(?:[imsU-]*:|P?<[^>]*>)|^\(/.exec(
      cursor.source.slice(cursor.at, cursor.at + longestOpening),
    )?.[0] ?? '(';
  cursor.at += opening.length;
  if (opening.endsWith(')')) return anything;
  const anyOf = alternation(cursor);
  cursor.at += 1;
  return { anyOf };
}

function quantifierAt(cursor: Cursor): 'once' | 'more' | 'maybe' {
  const found = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})[?+]?/.exec(
    cursor.source.slice(cursor.at, cursor.at + longestQuantifier),
  );
  if (found === null) return 'once';
  cursor.at += found[0].length;
  return found[0].startsWith('+') || Number(found[1] ?? 0) > 0 ? 'more' : 'maybe';
}
