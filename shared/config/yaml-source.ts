import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Pair, parseDocument, visit } from 'yaml';
import { messageOf } from '../errors.ts';
import { isMapping, type Origin, type Problem, pathText, type Source } from './source.ts';
import { beyondBounds, tooDeep, type YamlBounds } from './yaml-bounds.ts';
import { keyName, misplaced, offsetOf } from './yaml-tree.ts';

/** Texts, numbers, lists and mappings alone, whatever the file declares; twins among keys are found below. */
const plain = { schema: 'core', merge: false, resolveKnownTags: false, uniqueKeys: false } as const;

interface Reading {
  /** Absent: whoever wrote the file may let it be as large as they like, but not as deep. */
  readonly bounds?: YamlBounds;
  /** What is null is told to the schema; else it means "nothing set here". */
  readonly keepsEmpty?: boolean;
}

/**
 * Reads `moorwatch.yml` and other files of its kind. A mapping member's origin is the place of its name, so that "unknown key" points at the
 * key itself. Takes time in proportion to the text.
 */
export function yamlSource(text: string, file: string, { bounds, keepsEmpty = false }: Reading = {}): Source {
  const lines = linesOf(text);
  const place = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', file, line, column: col };
  };
  const beyond = bounds === undefined ? tooDeep(text) : beyondBounds(text, bounds);
  if (beyond !== undefined) {
    const problem = { origin: place(beyond.offset), path: [], message: beyond.message };
    return { values: {}, origins: new Map(), problems: [problem] };
  }
  const document = parseDocument(text, { ...plain, prettyErrors: false });
  const problems: Problem[] = [
    ...[...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], message })),
    ...misplaced(document),
  ].map(({ offset, message }) => ({ origin: place(offset), path: [], message }));
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
  return { values: keepsEmpty ? values : withoutEmpty(values), origins, problems };
}

/** The library's own count misses lines that it cannot parse. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return lines;
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
  return { text: keyName(pair.key), offset: offsetOf(pair.key) ?? 0 };
}

/** A section whose members are all commented out is null in YAML and means "nothing set here". */
function withoutEmpty(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, isMapping(value) ? withoutEmpty(value) : value]),
  );
}
