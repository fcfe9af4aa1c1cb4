import { shown } from './facts.ts';

/** Members of a document: texts, numbers, lists of texts, and members below. What has no value is left out. */
export interface EcsObject {
  readonly [field: string]: string | number | readonly string[] | EcsObject;
}

/** Bytes of a keyword: ECS has longer ones not indexed (ignore_above 1024 characters). */
const keywordBytes = 1_024;
const textBytes = 4_096;
/** Fields that are searched word by word; every other text is a keyword. */
const longTexts: ReadonlySet<string> = new Set(['message', 'title', 'summary', 'note']);
const mostInList = 50;

/** A document before that: what has no value is undefined, texts are as somebody wrote them. */
export interface Draft {
  readonly [field: string]: string | number | readonly (string | undefined)[] | Draft | undefined;
}

/**
 * Without what has no value. Texts are cut with `…`, and what is invisible or controlling in them is shown as `\u{…}`, so they are always valid
 * UTF-8; lists are cut, too.
 */
export function compact(draft: Draft): EcsObject {
  const members = Object.entries(draft).flatMap(([field, value]) => {
    const written = writtenValue(field, value);
    return written === undefined ? [] : [[field, written] as const];
  });
  return Object.fromEntries(members);
}

function writtenValue(field: string, value: Draft[string]): EcsObject[string] | undefined {
  if (typeof value === 'number' || value === undefined) return value;
  if (typeof value === 'string') return shown(value, longTexts.has(field) ? textBytes : keywordBytes) || undefined;
  if (isList(value)) {
    const list = value.slice(0, mostInList).flatMap((item) => shown(item ?? '', keywordBytes) || []);
    return list.length === 0 ? undefined : list;
  }
  const below = compact(value);
  return Object.keys(below).length === 0 ? undefined : below;
}

const isList = (value: readonly (string | undefined)[] | Draft): value is readonly (string | undefined)[] =>
  Array.isArray(value);
