import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { RuleProblem } from './rule.ts';

/** A YAML file being read, for saying where something is. */
export interface RuleSource {
  readonly file: string;
  place(node: NodeLike): { line: number; column: number };
}

export type NodeLike = { readonly range?: readonly [number, number, number] | null | undefined } | null | undefined;

/** What makes a document unusable; thrown while it is read, caught once for each document. */
export class RuleError extends Error {
  readonly node: NodeLike;
  /** Characters behind the node's beginning. */
  readonly shift: number;

  constructor(message: string, node: NodeLike, shift = 0) {
    super(message);
    this.name = 'RuleError';
    this.node = node;
    this.shift = shift;
  }
}

export interface SourceDocument {
  readonly source: RuleSource;
  readonly root: YAMLMap.Parsed;
}

/** Splits a file into its documents; what is no YAML map is a problem. Aliases are not followed: nothing in a rule needs them. */
export function readSource(
  text: string,
  file: string,
): { documents: readonly SourceDocument[]; problems: readonly RuleProblem[] } {
  const lines = new LineCounter();
  const source: RuleSource = {
    file,
    place: (node) => {
      const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
  const documents: SourceDocument[] = [];
  const problems: RuleProblem[] = [];
  const parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      problems.push({ severity: 'error', file, line, column: col, message: error.message });
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    if (isMap(document.contents)) documents.push({ source, root: document.contents });
    else
      problems.push({
        severity: 'error',
        file,
        ...source.place(document.contents),
        message: 'a rule is a map of keys and values',
      });
  }
  return { documents, problems };
}

/** The pair with that key. */
export function pairOf(map: YAMLMap, key: string): Pair<Scalar, Node | null> | undefined {
  return map.items.find(
    (pair): pair is Pair<Scalar, Node | null> => isScalar(pair.key) && String(pair.key.value) === key,
  );
}

/** Members of a map in order, with their key as text. @throws RuleError for a key that is no text */
export function members(map: YAMLMap): readonly { key: string; keyNode: Scalar; value: Node | null }[] {
  return map.items.map((pair) => {
    if (!isScalar(pair.key)) throw new RuleError('a key is text', map as NodeLike);
    return { key: String(pair.key.value), keyNode: pair.key, value: plain(pair.value) };
  });
}

export const plain = (node: unknown): Node | null => {
  if (isAlias(node)) throw new RuleError('aliases are not used in rules; write the value out', node);
  // `yaml` types pairs as unknown; what is parsed is a node or null.
  return (node as ParsedNode | null) ?? null;
};

export type { Node, Scalar, YAMLMap };
export { isMap, isScalar, isSeq };

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

/** The known word that a misspelt one is nearest to, within two edits. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
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
