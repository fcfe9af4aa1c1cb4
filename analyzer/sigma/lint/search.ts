import { isRecord } from '../../../shared/observation.ts';
import type { LintDocument, Path } from './document.ts';

/** One key of a search identifier: `field|modifier: values`. */
export interface LintItem {
  readonly path: Path;
  readonly field: string;
  readonly modifiers: readonly string[];
  readonly values: readonly { readonly path: Path; readonly value: unknown }[];
}

/** The part of a rule or filter that looks at one event. */
export interface Search {
  readonly path: Path;
  /** Names of search identifiers. */
  readonly identifiers: readonly string[];
  readonly conditions: readonly { readonly path: Path; readonly text: string }[];
  readonly items: readonly LintItem[];
}

/** Undefined for correlations, and for what has no shape of a detection: the parser says what is wrong with it. */
export function searchOf({ kind, attributes }: LintDocument): Search | undefined {
  const path = kind === 'filter' ? ['filter'] : ['detection'];
  const map = attributes[kind === 'filter' ? 'filter' : 'detection'];
  if (kind === 'correlation' || !isRecord(map)) return undefined;
  const besides = kind === 'filter' ? ['condition', 'rules'] : ['condition'];
  const identifiers = Object.keys(map).filter((name) => !besides.includes(name));
  const { condition } = map;
  const conditions = Array.isArray(condition)
    ? condition.map((text: unknown, index) => ({ path: [...path, 'condition', index], text }))
    : [{ path: [...path, 'condition'], text: condition }];
  return {
    path,
    identifiers,
    conditions: conditions.flatMap(({ path: at, text }) => (typeof text === 'string' ? [{ path: at, text }] : [])),
    items: identifiers.flatMap((name) => itemsIn(map[name], [...path, name])),
  };
}

function itemsIn(identifier: unknown, path: Path): readonly LintItem[] {
  if (Array.isArray(identifier))
    return identifier.flatMap((element: unknown, index) => itemsIn(element, [...path, index]));
  if (!isRecord(identifier)) return [];
  return Object.entries(identifier).map(([key, value]) => {
    const [field = '', ...modifiers] = key.split('|');
    const at = [...path, key];
    const values = Array.isArray(value)
      ? value.map((one: unknown, index) => ({ path: [...at, index], value: one }))
      : [{ path: at, value }];
    return { path: at, field, modifiers, values };
  });
}
