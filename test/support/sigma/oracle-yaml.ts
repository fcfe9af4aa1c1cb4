import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { PlainRule } from './oracle.ts';
import { NumberAsWritten } from './oracle-event.ts';

/** The documents of a file as plain objects. Digits with leading zeros stay texts, `1.10` knows its zero. */
export function plainDocuments(text: string): readonly PlainRule[] {
  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  return applyActions(documents.map(({ contents }) => plain(contents)).filter(isObject));
}

function plain(node: unknown): unknown {
  if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [String(plain(key)), plain(value)]));
  if (isSeq(node)) return node.items.map(plain);
  if (!isScalar(node)) return null;
  const { value, source } = node;
  if (typeof value === 'number' && source !== undefined) {
    if (/^[-+]?0\d/.test(source)) return source;
    if (source !== String(value)) return new NumberAsWritten(value, source);
  }
  return value ?? null;
}

const isObject = (value: unknown): value is PlainRule =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `global` is laid over all that follows until `reset`, `repeat` over the rule before it. */
function applyActions(documents: readonly PlainRule[]): readonly PlainRule[] {
  const made: PlainRule[] = [];
  let global: PlainRule = {};
  for (const { action, ...document } of documents) {
    if (action === 'global') global = document;
    else if (action === 'reset') global = {};
    else if (action === 'repeat') made.push(laidOver(made.at(-1) ?? {}, document));
    else made.push(laidOver(document, global));
  }
  return made;
}

function laidOver(under: PlainRule, over: PlainRule): PlainRule {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = under[key];
    merged[key] = isObject(below) && isObject(value) ? laidOver(below, value) : value;
  }
  return merged;
}
