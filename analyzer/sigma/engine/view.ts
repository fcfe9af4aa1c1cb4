import { allValues, type FieldReader } from '../fields.ts';

/** One event as tests look at it. Fields go by their numbers in the program. */
export interface EventView {
  readonly present: (field: number) => boolean;
  /** All values of the field; [] when it is absent. */
  readonly values: (field: number) => readonly unknown[];
  /** Every value anywhere in the event. */
  readonly everything: () => readonly unknown[];
}

/** A view of an object; each field is read at most once. */
export function viewOf(event: unknown, readers: readonly FieldReader[]): EventView {
  const read: (ReturnType<FieldReader> | undefined)[] = [];
  const fieldOf = (field: number): ReturnType<FieldReader> => {
    const known = read[field];
    if (known !== undefined) return known;
    const found = readers[field]?.(event) ?? { present: false, values: [] };
    read[field] = found;
    return found;
  };
  let all: readonly unknown[] | undefined;
  return {
    present: (field) => fieldOf(field).present,
    values: (field) => fieldOf(field).values,
    everything: () => {
      all ??= allValues(event);
      return all;
    },
  };
}
