import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import { messageOf } from '../errors.ts';
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
  visit(document, {
    Alias: (_key, alias, ancestors) => {
      const target = alias.resolve(document);
      const wrong =
        target === undefined
          ? `the alias *${alias.source} names nothing: no &${alias.source} stands before it`
          : ancestors.includes(target)
            ? `the alias *${alias.source} stands inside what it names`
            : undefined;
      if (wrong !== undefined) problems.push({ origin: place(alias.range?.[0] ?? 0), path: [], message: wrong });
    },
  });
  if (problems.length > 0) return { values: {}, origins: new Map(), problems };

  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    const problem = { origin: place(firstAlias(document)), path: [], message: messageOf(error) };
    return { values: {}, origins: new Map(), problems: [problem] };
  }
  if (!isMapping(values)) {
    const problem = { origin: place(0), path: [], message: 'the file must be a mapping of section to settings' };
    return { values: {}, origins: new Map(), problems: [problem] };
  }
  const origins = new Map<string, Origin>();
  collect(document.contents, [], (path, offset) => origins.set(pathText(path), place(offset)));
  return { values: withoutEmpty(values), origins, problems };
}

/** What cannot be turned into values is nearly always too many aliases; without one the place is the file's begin. */
function firstAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias: (_key, alias) => {
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

type Seen = (path: readonly (string | number)[], offset: number) => void;

function collect(node: unknown, path: readonly (string | number)[], seen: Seen): void {
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = nameOf(pair);
      if (name === undefined) continue;
      seen([...path, name.text], name.offset);
      collect(pair.value, [...path, name.text], seen);
    }
  } else if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) {
      seen([...path, i], offsetOf(item) ?? 0);
      collect(item, [...path, i], seen);
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
