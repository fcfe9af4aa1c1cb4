import { type Document, isMap, isScalar, type Node, type Scalar, visit, type YAMLMap } from 'yaml';

/** Something wrong at a place of the text, in UTF-16 units. */
export interface Misplaced {
  readonly offset: number;
  readonly message: string;
}

/**
 * What of a document would get lost, or stand for something else, when it becomes values: keys that are there twice, that are no texts, that
 * no object of ours may have; aliases that name nothing. The library finds twins and names by looking at all that came before, for each anew;
 * this takes one pass.
 */
export function misplaced(document: Document.Parsed): readonly Misplaced[] {
  const problems: Misplaced[] = [];
  const named = new Map<string, Node>();
  const tell = (node: unknown, message: string) => problems.push({ offset: offsetOf(node) ?? 0, message });
  visit(document, {
    Value: (_key, node) => {
      if (node.anchor !== undefined) named.set(node.anchor, node);
      if (isMap(node)) checkKeys(node, tell);
    },
    Alias: (_key, alias, ancestors) => {
      const target = named.get(alias.source);
      if (target === undefined)
        tell(alias, `the alias *${alias.source} names nothing: no &${alias.source} stands before it`);
      else if (ancestors.includes(target)) tell(alias, `the alias *${alias.source} stands inside what it names`);
    },
  });
  return problems;
}

function checkKeys({ items }: YAMLMap, tell: (node: unknown, message: string) => void): void {
  const names = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) {
      tell(key, 'a key must be a text of its own');
      continue;
    }
    const name = keyName(key);
    if (name === '__proto__') tell(key, '__proto__ cannot be a key');
    if (names.has(name)) tell(key, 'Map keys must be unique');
    names.add(name);
  }
}

/** What the library calls the member that a key becomes. Of the core schema no scalar is anything else. */
export const keyName = (key: Scalar): string => {
  const value = key.value as boolean | number | bigint | string | null;
  return value === null ? '' : String(value);
};

export const offsetOf = (node: unknown): number | undefined => (node as Partial<Node> | null)?.range?.[0];
