import { type Alphabet, markClass } from './alphabet.ts';

/** A literal as bytes (folded UTF-8), bound to where a value begins or ends, and the number it is told by. */
export interface Needle {
  readonly bytes: Uint8Array;
  readonly begin: boolean;
  readonly end: boolean;
  readonly atom: number;
}

/**
 * Finds all literals of one field in one pass over a value (Aho and Corasick, "Efficient string matching", 1975), as a deterministic automaton
 * whose rows are made when they are first reached: it costs what the traffic visits.
 */
export interface Automaton {
  /** Row where the reading of a value starts. */
  readonly start: number;
  /** Rows of transitions: `table[row + class]` is a row, negative when literals end there, 0 when `next` has not made it yet. */
  table(): Int32Array;
  /** The transition that is not in the table yet; the table may be another one afterwards. */
  next(row: number, byteClass: number): number;
  /** Atoms that end where this (negative) transition leads. */
  found(transition: number): readonly number[];
  readonly nodes: number;
}

export function createAutomaton(needles: readonly Needle[], alphabet: Alphabet): Automaton {
  const { size } = alphabet;
  const trie = createTrie(needles, alphabet);
  const { child, size: nodes } = trie;
  const fail = failLinks(trie);
  const outputs = outputsOf(trie, fail);
  // Row 0 is no row, so that 0 can say "not made yet".
  let table = new Int32Array(size * 64);
  const rowOf = new Int32Array(nodes);
  const nodeOf: number[] = [0];
  const rowFor = (node: number): number => {
    const known = rowOf[node] ?? 0;
    if (known !== 0) return known;
    const row = nodeOf.length * size;
    nodeOf.push(node);
    rowOf[node] = row;
    if (row + size > table.length) {
      const grown = new Int32Array(table.length * 2);
      grown.set(table);
      table = grown;
    }
    return row;
  };
  const target = (node: number, byteClass: number): number => {
    for (let at = node; ; at = fail[at] ?? 0) {
      const found = child(at, byteClass);
      if (found !== 0 || at === 0) return found;
    }
  };
  const next = (row: number, byteClass: number): number => {
    const to = target(nodeOf[row / size] ?? 0, byteClass);
    const made = outputs[to]?.length ? -rowFor(to) : rowFor(to);
    table[row + byteClass] = made;
    return made;
  };
  const root = rowFor(0);
  return {
    start: Math.abs(next(root, markClass)),
    table: () => table,
    next,
    found: (transition) => outputs[nodeOf[-transition / size] ?? 0] ?? [],
    nodes,
  };
}

/** A trie in arrays: children of a node are a chain of siblings, 0 is the root and so "none". */
interface Trie {
  readonly size: number;
  child(node: number, byteClass: number): number;
  /** Nodes, those nearer to the root first. */
  readonly order: readonly number[];
  readonly parent: readonly number[];
  /** Class of the step that leads to a node. */
  readonly label: readonly number[];
  readonly atoms: readonly (readonly number[] | undefined)[];
}

const none: readonly number[] = [];

function createTrie(needles: readonly Needle[], alphabet: Alphabet): Trie {
  const { first, sibling, label, parent, atoms, ofRoot } = grownTrie(needles, alphabet);
  const order = [0];
  for (let head = 0; head < order.length; head += 1)
    for (let at = first[order[head] ?? 0] ?? 0; at !== 0; at = sibling[at] ?? 0) order.push(at);
  // What is asked for as long as the automaton lives is kept small.
  const [firsts, siblings, labels] = [Int32Array.from(first), Int32Array.from(sibling), Uint8Array.from(label)];
  const child = (node: number, byteClass: number): number => {
    if (node === 0) return ofRoot[byteClass] ?? 0;
    let at = firsts[node] ?? 0;
    while (at !== 0 && labels[at] !== byteClass) at = siblings[at] ?? 0;
    return at;
  };
  return { size: label.length, child, order, parent, label, atoms };
}

function grownTrie(needles: readonly Needle[], { classes, size }: Alphabet) {
  const first = [0];
  const sibling = [0];
  const label = [0];
  const parent = [0];
  const atoms: (number[] | undefined)[] = [undefined];
  // The root has most children and is asked most.
  const ofRoot = new Int32Array(size);
  const child = (node: number, byteClass: number): number => {
    if (node === 0) return ofRoot[byteClass] ?? 0;
    let at = first[node] ?? 0;
    while (at !== 0 && label[at] !== byteClass) at = sibling[at] ?? 0;
    return at;
  };
  const grow = (node: number, byteClass: number): number => {
    const known = child(node, byteClass);
    if (known !== 0) return known;
    const made = label.push(byteClass) - 1;
    parent.push(node);
    sibling.push(first[node] ?? 0);
    first.push(0);
    atoms.push(undefined);
    first[node] = made;
    if (node === 0) ofRoot[byteClass] = made;
    return made;
  };
  for (const { bytes, begin, end, atom } of needles) {
    let at = begin ? grow(0, markClass) : 0;
    for (const byte of bytes) at = grow(at, classes[byte] ?? 0);
    if (end) at = grow(at, markClass);
    atoms[at] = [...(atoms[at] ?? none), atom];
  }
  return { first, sibling, label, parent, atoms, ofRoot };
}

/** For each node the longest proper suffix that is a node; those of shorter ones come first. */
function failLinks({ size, child, order, parent, label }: Trie): Int32Array {
  const fail = new Int32Array(size);
  for (const node of order) {
    const from = parent[node] ?? 0;
    if (from === 0) continue;
    const byteClass = label[node] ?? 0;
    let at = fail[from] ?? 0;
    while (at !== 0 && child(at, byteClass) === 0) at = fail[at] ?? 0;
    fail[node] = child(at, byteClass);
  }
  return fail;
}

/** Atoms of each node with those of its suffixes; most nodes share one empty list. */
function outputsOf({ size, order, atoms }: Trie, fail: Int32Array): readonly (readonly number[])[] {
  const outputs: (readonly number[])[] = Array.from({ length: size }, () => none);
  for (const node of order) {
    const own = atoms[node] ?? none;
    const inherited = node === 0 ? none : (outputs[fail[node] ?? 0] ?? none);
    outputs[node] = own.length === 0 ? inherited : inherited.length === 0 ? own : [...own, ...inherited];
  }
  return outputs;
}
