import { CST, Lexer } from 'yaml';

/** How much a file may have of what makes reading it expensive. */
export interface YamlBounds {
  /** Keys and entries of lists. */
  readonly entries: number;
  /** Smallest parts: names, values, signs, the spaces between them, ends of lines, comments. */
  readonly tokens: number;
  readonly aliases: number;
  /** Levels, of which a line has as many as columns of indentation, keys and dashes, and open brackets. The library recurses for each. */
  readonly depth: number;
}

/** Changed in place: there may be millions of tokens. */
interface Counts {
  entries: number;
  tokens: number;
  aliases: number;
  depth: number;
  brackets: number;
  /** Columns of the line's indentation. */
  indent: number;
  /** Keys and dashes that stand in the line outside of brackets. */
  inLine: number;
}

export interface Beyond {
  /** Of the first that is too many, in UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

/** Levels that any YAML file may have: far more than people write, and far fewer than the library has room for. */
export const mostLevels = 100;

/** What a text has too much of, before anything is built of it: whoever wrote it does not decide how long it is read. */
export const beyondBounds = (text: string, bounds: YamlBounds): Beyond | undefined =>
  firstBeyond(text, bounds, whatRepeats);

/** Where a text that may be as long as its author likes nests deeper than it is read: the library would run out of stack, wherever that happens to be. */
export const tooDeep = (text: string): Beyond | undefined => firstBeyond(text, { ...unbounded, depth: mostLevels });

const unbounded = { entries: Infinity, tokens: Infinity, aliases: Infinity };

/** What is wrong with a token by itself. `index`: where in it. */
type Judge = (token: {
  readonly type: string | null;
  readonly source: string;
  readonly isOpen: boolean;
}) => { readonly index: number; readonly message: string } | undefined;

/** The library goes on after each of these, of which a file may be full. */
const whatRepeats: Judge = ({ type, source, isOpen }) => {
  if (closing.has(type) && !isOpen) return { index: 0, message: `nothing is open that ${source} could close` };
  const unknown = type === 'double-quoted-scalar' ? unknownEscape(source) : undefined;
  return unknown && { index: unknown.index, message: `${unknown[0]} is no escape of YAML` };
};

function firstBeyond(text: string, bounds: YamlBounds, judge?: Judge): Beyond | undefined {
  const counts: Counts = { entries: 0, tokens: 0, aliases: 0, depth: 0, brackets: 0, indent: 0, inLine: 0 };
  let offset = 0;
  let before: string | null = 'newline';
  for (const source of new Lexer().lex(text)) {
    // What follows this mark is the text of a value, whatever it looks like.
    const type: string | null = before === 'scalar' ? 'content' : CST.tokenType(source);
    const isOpen = counts.brackets > 0;
    count(counts, type, { before, length: source.length });
    const message = tooMuch(counts, bounds);
    if (message !== undefined) return { offset, message };
    const wrong = judge?.({ type, source, isOpen });
    if (wrong !== undefined) return { offset: offset + wrong.index, message: wrong.message };
    if (type === null || !withoutLength.has(type)) offset += source.length;
    before = type;
  }
  return undefined;
}

/** Marks of the lexer that stand for nothing in the text. */
const withoutLength: ReadonlySet<string> = new Set(['scalar', 'doc-mode', 'flow-error-end']);
const nesting: ReadonlySet<string | null> = new Set(['map-value-ind', 'explicit-key-ind', 'seq-item-ind']);
const opening: ReadonlySet<string | null> = new Set(['flow-map-start', 'flow-seq-start']);
const closing: ReadonlySet<string | null> = new Set(['flow-map-end', 'flow-seq-end']);

/** The first that YAML 1.2 (§5.7) does not know. */
const unknownEscape = (source: string): RegExpExecArray | undefined => {
  for (const found of source.matchAll(escapes)) if (found[1] !== undefined) return found;
  return undefined;
};
const escapes = /\\(?:[0abefnrtvNLP_ "/\\\t\r\n]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|(.))/gs;

function count(
  counts: Counts,
  type: string | null,
  { before, length }: { readonly before: string | null; readonly length: number },
): void {
  const isNesting = nesting.has(type);
  counts.tokens += 1;
  if (isNesting || type === 'comma') counts.entries += 1;
  if (type === 'alias') counts.aliases += 1;
  if (opening.has(type)) counts.brackets += 1;
  if (closing.has(type) && counts.brackets > 0) counts.brackets -= 1;
  // A document that begins ends all brackets of the one before.
  if (type === 'flow-error-end') counts.brackets = 0;
  if (isNesting && counts.brackets === 0) counts.inLine += 1;
  if (type === 'space' && before === 'newline') counts.indent = length;
  if (type === 'newline') {
    counts.indent = 0;
    counts.inLine = 0;
  }
  counts.depth = counts.brackets + counts.indent + counts.inLine;
}

function tooMuch({ entries, tokens, aliases, depth }: Counts, most: YamlBounds): string | undefined {
  if (aliases > most.aliases) return tooMany(most.aliases, 'aliases');
  if (depth > most.depth) return `nothing may stand deeper than ${most.depth} levels here`;
  if (entries > most.entries) return tooMany(most.entries, 'keys and entries of lists');
  return tokens > most.tokens ? tooMany(most.tokens, 'names, values, signs, spaces and comments') : undefined;
}

const tooMany = (most: number, what: string): string =>
  most === 0 ? `there may be no ${what} here` : `there may be at most ${most} ${what} in all`;
