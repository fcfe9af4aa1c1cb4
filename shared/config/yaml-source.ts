import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { isMapping, type Origin, type Problem, pathText, type Source } from './source.ts';

/** Reads `moorwatch.yml`. A mapping member's origin is the place of its name, so that "unknown key" points at the key itself. */
export function yamlSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', file, line, column: col };
  };
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    origin: place(error.pos[0]),
    path: [],
    message: error.message,
  }));
  if (problems.length > 0) return { values: {}, origins: new Map(), problems };

  const values: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (!isMapping(values)) {
    const problem = { origin: place(0), path: [], message: 'the file must be a mapping of section to settings' };
    return { values: {}, origins: new Map(), problems: [problem] };
  }
  const origins = new Map<string, Origin>();
  collect(document.contents, [], (path, offset) => origins.set(pathText(path), place(offset)));
  return { values: withoutEmpty(values), origins, problems };
}

type Visit = (path: readonly (string | number)[], offset: number) => void;

function collect(node: unknown, path: readonly (string | number)[], visit: Visit): void {
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = nameOf(pair);
      if (name === undefined) continue;
      visit([...path, name.text], name.offset);
      collect(pair.value, [...path, name.text], visit);
    }
  } else if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) {
      visit([...path, i], offsetOf(item) ?? 0);
      collect(item, [...path, i], visit);
    }
  }
}

function nameOf(pair: Pair): { text: string; offset: number } | undefined {
  if (!isPair(pair) || !isScalar(pair.key)) return undefined;
  return { text: String(pair.key.value), offset: pair.key.range?.[0] ?? 0 };
}

function offsetOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null)?.range?.[0];
}

/** A section whose members are all commented out is null in YAML and means "nothing set here". */
function withoutEmpty(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, isMapping(value) ? withoutEmpty(value) : value]),
  );
}
