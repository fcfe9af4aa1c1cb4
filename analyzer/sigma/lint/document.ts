import { applyActions } from '../language/actions.ts';
import { isMap, isScalar, isSeq, pairOf, readSource, type SourceDocument } from '../language/source.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where something is in a document: keys of maps and indexes of lists, from the top. */
export type Path = readonly (string | number)[];

/** One document of a rule file, as it is written: nothing is known of the shapes of its members. */
export interface LintDocument {
  readonly file: string;
  readonly kind: 'rule' | 'correlation' | 'filter';
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Where the value begins; the document when it is not there. */
  valueAt(path: Path): Place;
  /** Where the key begins. */
  keyAt(path: Path): Place;
}

/** The documents of a file, those with `action` laid over the others. */
export function lintDocuments(text: string, file: string): readonly LintDocument[] {
  return applyActions(readSource(text, file)).documents.map((document) => lintDocument(document, file));
}

function lintDocument({ source, root }: SourceDocument, file: string): LintDocument {
  const attributes = root.toJSON() as Record<string, unknown>;
  const kind = 'correlation' in attributes ? 'correlation' : 'filter' in attributes ? 'filter' : 'rule';
  return {
    file,
    kind,
    attributes,
    valueAt: (path) => {
      const { value, key } = nodesAt(root, path);
      return source.place(value ?? key ?? root);
    },
    keyAt: (path) => source.place(nodesAt(root, path).key ?? root),
  };
}

interface Nodes {
  readonly key?: { readonly range?: readonly [number, number, number] | null };
  readonly value?: { readonly range?: readonly [number, number, number] | null } | null;
}

function nodesAt(root: SourceDocument['root'], path: Path): Nodes {
  let found: Nodes = { value: root };
  for (const step of path) {
    const { value } = found;
    if (isMap(value)) found = pairOf(value, String(step)) ?? {};
    else if (isSeq(value) && typeof step === 'number') {
      const item: unknown = value.items[step];
      found = isMap(item) || isSeq(item) || isScalar(item) ? { value: item } : {};
    } else return {};
  }
  return found;
}
