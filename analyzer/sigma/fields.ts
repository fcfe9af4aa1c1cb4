import type { Observation } from '../../shared/observation.ts';
import { taxonomy } from './taxonomy.ts';

/** Reads a field of an event: all its values, [] when it is absent. */
export type FieldReader = (event: unknown) => FieldValues;

/** What field names mean for events of some shape. */
export type Fields = (name: string) => FieldReader;

export interface FieldValues {
  /** Whether the field is there at all, also as null or as an empty list. */
  readonly present: boolean;
  readonly values: readonly unknown[];
}

const absent: FieldValues = { present: false, values: [] };

/** Observations: the Sigma taxonomy's names, and ours, which are their paths. */
export const observationFields: Fields = (name) => {
  const known = taxonomy.get(name);
  if (known === undefined) return plainFields(name);
  return (observation) => {
    const value = known(observation as Observation);
    return value === undefined ? absent : { present: true, values: Array.isArray(value) ? value : [value] };
  };
};

/**
 * Objects of any shape: a dotted path (a key that itself has dots wins). A list on the way or at the end stands for any of its elements.
 */
export const plainFields: Fields = (name) => {
  const parts = name.split('.');
  const suffixes = parts.map((_, index) => parts.slice(index).join('.'));
  return (event) => walk(event, { parts, suffixes }, 0);
};

/** The same, each field worked out once: for whoever asks for few fields of many events. */
export function remembered(fields: Fields): Fields {
  const readers = new Map<string, FieldReader>();
  return (name) => {
    const reader = readers.get(name) ?? fields(name);
    readers.set(name, reader);
    return reader;
  };
}

interface Path {
  readonly parts: readonly string[];
  /** Rest of the path from each part on, as one key. */
  readonly suffixes: readonly string[];
}

/** Lists within lists that are walked; what lies deeper is not seen. */
const deepest = 256;

function walk(value: unknown, path: Path, depth: number, nested = 0): FieldValues {
  if (depth === path.parts.length)
    return { present: value !== undefined, values: Array.isArray(value) ? value : value === undefined ? [] : [value] };
  if (Array.isArray(value))
    return nested > deepest ? absent : collect(value.map((element) => walk(element, path, depth, nested + 1)));
  if (typeof value !== 'object' || value === null) return absent;
  const whole = path.suffixes[depth] ?? '';
  if (depth < path.parts.length - 1 && Object.hasOwn(value, whole))
    return walk(memberOf(value, whole), path, path.parts.length);
  const part = path.parts[depth] ?? '';
  return Object.hasOwn(value, part) ? walk(memberOf(value, part), path, depth + 1) : absent;
}

// Own members only: `constructor` is no field.
const memberOf = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];

function collect(found: readonly FieldValues[]): FieldValues {
  return { present: found.some(({ present }) => present), values: found.flatMap(({ values }) => values) };
}

/** Every value in the observation that is no object: what keywords are looked for in. Keys are not values. */
export function allValues(value: unknown): readonly unknown[] {
  const found: unknown[] = [];
  // A stack of its own: events may nest deeper than calls can.
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === 'object' && one !== null) for (const below of Object.values(one)) open.push(below);
    else if (one !== undefined) found.push(one);
  }
  return found;
}
