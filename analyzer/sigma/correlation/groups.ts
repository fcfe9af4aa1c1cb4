import { contentHash } from '../../../shared/hash.ts';
import { eventNumber, eventText } from '../language/values.ts';
import type { Occurrence } from './contract.ts';

/** Values of one group, in the order of group-by; null: the field is absent or null. */
export type GroupValues = readonly (string | null)[];

/** Groups that one event may be in, when fields of group-by are lists; tuples and numbers that it may count for, likewise. */
const most = { groups: 16, tuples: 64, numbers: 64 };
/** Longer values of group fields are shortened, with a hash of the whole behind them. UTF-16 units. */
const longestValue = 256;

/** What a name stands for in the events of a rule. */
export type FieldOf = (rule: string, name: string) => string;

/**
 * The groups that an event belongs to. A list in a field of group-by puts it into one group for each of its values, as each of them would
 * match. Values are compared as text, as they are written.
 */
export function groupsOf(
  occurrence: Occurrence,
  groupBy: readonly string[],
  fieldOf: FieldOf,
): { readonly groups: readonly GroupValues[]; readonly isCut: boolean } {
  const columns = groupBy.map((name) => {
    const values = occurrence.read(fieldOf(occurrence.rule, name));
    return values.length === 0 ? [null] : distinct(values.map(groupValue));
  });
  return product(columns, most.groups);
}

function groupValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = textOf(value);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}…${contentHash(text).slice(0, 16)}`;
}

/** The different values that an event adds to a value_count; [] when one of the fields is absent or null. */
export function valuesOf(occurrence: Occurrence, fields: readonly string[], fieldOf: FieldOf) {
  const columns = fields.map((name) =>
    distinct(
      occurrence
        .read(fieldOf(occurrence.rule, name))
        .filter((value) => value !== null && value !== undefined)
        .map(textOf),
    ),
  );
  const { groups, isCut } = product(columns, most.tuples);
  return { values: groups.map((texts) => short(texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts))), isCut };
}

/** The numbers of a field: numbers, and texts that are one. */
export function numbersOf(occurrence: Occurrence, field: string) {
  const values = occurrence.read(field).flatMap((value) => {
    const number = eventNumber(value);
    return number !== undefined && Number.isFinite(number) ? [number] : [];
  });
  return { values: values.slice(0, most.numbers), isCut: values.length > most.numbers };
}

const textOf = (value: unknown): string => eventText(value) ?? JSON.stringify(value) ?? '';

/** What is stored of a value: itself when it is short and plain, so that the size of a state has a bound, else a hash. */
const short = (text: string): string =>
  /^[ !$-[\]-~]{0,16}$/.test(text) ? text : `#${contentHash(text).slice(0, 20)}`;

const distinct = <T>(values: readonly T[]): readonly T[] => (values.length < 2 ? values : [...new Set(values)]);

function product<T>(
  columns: readonly (readonly T[])[],
  limit: number,
): { readonly groups: readonly (readonly T[])[]; readonly isCut: boolean } {
  const single = columns.flatMap((column) => (column.length === 1 ? column : []));
  if (single.length === columns.length) return { groups: [single], isCut: false };
  let rows: readonly (readonly T[])[] = [[]];
  let isCut = false;
  for (const column of columns) {
    const next = rows.flatMap((row) => column.map((value) => [...row, value]));
    isCut ||= next.length > limit;
    rows = next.slice(0, limit);
  }
  return { groups: rows, isCut };
}
