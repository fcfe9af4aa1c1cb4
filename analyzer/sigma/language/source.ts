import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Pair,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
  visit,
  YAMLMap,
} from 'yaml';
import { tooDeep } from '../../../shared/config/yaml-bounds.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { RuleProblem } from '../problem.ts';

/** A YAML file being read, for saying where something is. */
export interface RuleSource {
  readonly file: string;
  /** Where a node begins; with `before`, where the text behind that part of its value begins. */
  place(node: NodeLike, before?: string): { line: number; column: number };
}

export type NodeLike = { readonly range?: readonly [number, number, number] | null | undefined } | null | undefined;

/** What makes a document unusable; thrown while it is read, caught once for each document. */
export class RuleError extends Error {
  readonly node: NodeLike;
  /** The part of the node's value that stands before the place. */
  readonly before: string | undefined;

  constructor(message: string, node: NodeLike, before?: string) {
    super(message);
    this.name = 'RuleError';
    this.node = node;
    this.before = before;
  }
}

/** Several of them in one document. */
export class RuleErrors extends Error {
  readonly errors: readonly RuleError[];

  constructor(errors: readonly RuleError[]) {
    super(errors.map(({ message }) => message).join('; '));
    this.name = 'RuleErrors';
    this.errors = errors;
  }
}

/** Runs all readers, so that everything that is wrong is told at once. @throws RuleErrors */
export function gather<T>(readers: readonly (() => T)[]): readonly T[] {
  const errors: RuleError[] = [];
  const values = readers.flatMap((read) => {
    try {
      return [read()];
    } catch (error) {
      if (error instanceof RuleError) errors.push(error);
      else if (error instanceof RuleErrors) errors.push(...error.errors);
      else throw error;
      return [];
    }
  });
  if (errors.length > 0) throw new RuleErrors(errors);
  return values;
}

export interface SourceDocument {
  readonly source: RuleSource;
  readonly root: YAMLMap;
}

/** Splits a file into its documents; what is no YAML map is a problem. Aliases are not followed: nothing in a rule needs them. */
export function readSource(
  text: string,
  file: string,
): { documents: readonly SourceDocument[]; problems: readonly RuleProblem[] } {
  // The library's own counter misses lines of text that it cannot parse.
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  const at = (offset: number) => {
    const line = lineAt(starts, offset);
    return { line: line + 1, column: Math.max(offset - (starts[line] ?? 0), 0) + 1 };
  };
  const source: RuleSource = { file, place: (node, before) => at(offsetOf(text, node, before)) };
  const documents: SourceDocument[] = [];
  const problems: RuleProblem[] = [];
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const { offset, message } = deep;
    return { documents, problems: [{ severity: 'error', file, ...at(offset), message }] };
  }
  for (const document of parseDocuments(text, problems, file)) {
    for (const [severity, list] of [
      ['error', document.errors],
      ['warning', document.warnings],
    ] as const) {
      for (const { pos, message } of list) problems.push({ severity, file, ...at(pos[0]), message });
    }
    const { contents } = document;
    if (document.errors.length > 0 || contents === null || (isScalar(contents) && contents.value === null)) continue;
    if (isMap(contents)) documents.push({ source, root: contents });
    else
      problems.push({
        severity: 'error',
        file,
        ...source.place(contents),
        message: 'a rule is a map of keys and values',
      });
  }
  return { documents, problems };
}

/** Number of the last line that starts at or before the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @returns none when the library gives up, which is a problem of the file. */
function parseDocuments(text: string, problems: RuleProblem[], file: string) {
  try {
    const parsed = parseAllDocuments(text, { uniqueKeys: true, prettyErrors: false });
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    problems.push({ severity: 'error', file, line: 1, column: 1, message: `cannot be parsed: ${messageOf(error)}` });
    return [];
  }
}

/** Folding and quoting change white space only (escapes in double quotes apart): so what is not white space is counted. */
function offsetOf(text: string, node: NodeLike, before: string | undefined): number {
  const [start, end] = node?.range ?? [0, 0];
  if (before === undefined) return start;
  const raw = text.slice(start, end);
  const header = /^(?:[|>][^\n]*\n|["'])/.exec(raw)?.[0].length ?? 0;
  let left = before.replace(/\s/g, '').length;
  for (let index = header; index < raw.length; index += 1) {
    if (/\s/.test(raw[index] ?? '')) continue;
    if (left === 0) return start + index;
    left -= 1;
  }
  return end;
}

/** The pair with that key. */
export function pairOf(map: YAMLMap, key: string): Pair<Scalar, Node | null> | undefined {
  return map.items.find(
    (pair): pair is Pair<Scalar, Node | null> => isScalar(pair.key) && String(pair.key.value) === key,
  );
}

export const valueNode = (map: YAMLMap, key: string): Node | null => plain(pairOf(map, key)?.value);

/** A scalar that is meant as text, with or without quotes: `1e3` is no other name for 1000. */
export const writtenIn = ({ value, source }: Scalar): string =>
  typeof value === 'number' && source !== undefined ? source : String(value);

/** Numbers anywhere in a document, in order: as they are written, and as they are read. */
export function numbersIn(root: YAMLMap): readonly (readonly [written: string, number: number])[] {
  const found: (readonly [string, number])[] = [];
  visit(root, {
    Scalar(_, { value, source }) {
      if (typeof value === 'number' && source !== undefined) found.push([source, value]);
    },
  });
  return found;
}

/** Members of a map in order, with their key as text. @throws RuleError for a key that is no text */
export function members(map: YAMLMap): readonly { key: string; keyNode: Scalar; value: Node | null }[] {
  return map.items.map((pair) => {
    if (!isScalar(pair.key)) throw new RuleError('a key is text', map as NodeLike);
    return { key: writtenIn(pair.key), keyNode: pair.key, value: plain(pair.value) };
  });
}

export const plain = (node: unknown): Node | null => {
  if (isAlias(node)) throw new RuleError('aliases are not used in rules; write the value out', node);
  // `yaml` types pairs as unknown; what is parsed is a node or null.
  return (node as ParsedNode | null) ?? null;
};

export type { Node, Scalar, YAMLMap };

export { isMap, isScalar, isSeq };

/** A map of these members that stands where another does. */
export function mapOf(like: YAMLMap, items: YAMLMap['items']): YAMLMap {
  const map = new YAMLMap();
  map.items = items;
  map.range = like.range ?? null;
  return map;
}

/** The same member with another value. */
export const pairWith = (pair: YAMLMap['items'][number], value: Node): YAMLMap['items'][number] =>
  new Pair(pair.key, value);

/** Text of an optional member. @throws RuleError when it is something else */
export function textOf(map: YAMLMap, key: string): string | undefined {
  const value = pairOf(map, key)?.value;
  if (value === undefined || value === null) return undefined;
  if (!isScalar(value) || typeof value.value !== 'string') throw new RuleError(`${key} is text`, value);
  return value.value;
}

/** Texts of an optional list member; one text alone is a list of one. */
export function textsOf(map: YAMLMap, key: string): readonly string[] {
  const value = plain(pairOf(map, key)?.value);
  if (value === null) return [];
  if (isScalar(value)) return [String(value.value)];
  if (!isSeq(value)) throw new RuleError(`${key} is a list of texts`, value);
  return value.items.map((item) => {
    if (!isScalar(item)) throw new RuleError(`${key} is a list of texts`, value);
    return String(item.value);
  });
}

/** The known word that a misspelt one is nearest to, within two edits; of two, the one written in the same case. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
    exactly: editDistance(word, candidate),
  }));
  const best = ranked.sort((a, b) => a.distance - b.distance || a.exactly - b.exactly)[0];
  return best !== undefined && best.distance <= 2 ? best.candidate : undefined;
}

export const didYouMean = (word: string, known: readonly string[]): string => {
  const found = nearest(word, known);
  return found === undefined ? '' : `; did you mean ${found}?`;
};

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
