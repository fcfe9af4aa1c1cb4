/** What a field of an event holds: nothing, or values, of which a list has several. */
export interface Found {
  readonly present: boolean;
  readonly values: readonly unknown[];
}

const nothing: Found = { present: false, values: [] };

/** A key that is the whole (rest of the) name wins over the path; a list on the way stands for each of its elements. */
export function lookUp(event: unknown, name: string): Found {
  if (Array.isArray(event)) {
    const found = event.map((element: unknown) => lookUp(element, name));
    return { present: found.some(({ present }) => present), values: found.flatMap(({ values }) => values) };
  }
  if (typeof event !== 'object' || event === null) return nothing;
  const members = new Map<string, unknown>(Object.entries(event));
  if (members.has(name)) return whole(members.get(name));
  const dot = name.indexOf('.');
  if (dot < 0 || !members.has(name.slice(0, dot))) return nothing;
  return lookUp(members.get(name.slice(0, dot)), name.slice(dot + 1));
}

const whole = (value: unknown): Found => ({ present: true, values: Array.isArray(value) ? value : [value] });

/** Texts of a field: those of its values that have one. */
export const textsIn = ({ values }: Found): readonly string[] => values.flatMap(textOf);

/** Text of every value at any depth; names of fields are none. */
export function allTexts(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(allTexts);
  return textOf(value);
}

/** null, lists and objects have no text. */
export function textOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof NumberAsWritten) return [String(value.number)];
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}

/** Text of a value that has one. */
export const writtenAs = (value: unknown): string => textOf(value)[0] ?? '';

/** Numbers, and texts that are numbers. */
export function numberOf(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)) return [];
  return [Number(value)];
}

/** A number of a rule that is not written as it would be printed: `1.10` may be a version. */
export class NumberAsWritten {
  readonly number: number;
  readonly written: string;

  constructor(number: number, written: string) {
    this.number = number;
    this.written = written;
  }

  /** Its texts in decimal notation. */
  get texts(): readonly string[] {
    return numberOf(this.written).length === 0 ? [String(this.number)] : [String(this.number), this.written];
  }

  valueOf(): number {
    return this.number;
  }
}
