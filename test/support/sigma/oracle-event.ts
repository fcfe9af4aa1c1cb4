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
  if (value instanceof NumberAsWritten) return [value.written];
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

/** The event in a line of JSON; a whole number that a double would not keep is the text of its digits. Undefined when there is no object. */
export function readEvent(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    JSON.parse(line);
    const kept = line.replace(/"(?:[^"\\]|\\.)*"|[\d.eE+-]+/g, (token) =>
      /^-?\d+$/.test(token) && BigInt(token) !== BigInt(Number(token)) ? `"${token}"` : token,
    );
    const value: unknown = JSON.parse(kept);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Exactly, both in decimal notation: the sign of the difference. */
export function exactSign(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => {
    const [mantissa = '', exponent = '0'] = text.trim().toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.split('.');
    return { digits: BigInt(whole.replace('+', '') + fraction), power: Number(exponent) - fraction.length };
  });
  if (first === undefined || second === undefined) throw new Error('two numbers');
  const least = Math.min(first.power, second.power);
  const difference =
    first.digits * 10n ** BigInt(first.power - least) - second.digits * 10n ** BigInt(second.power - least);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** A number of a rule that is not written as it would be printed: `1.10` may be a version. */
export class NumberAsWritten {
  readonly number: number;
  readonly written: string;

  constructor(number: number, written: string) {
    this.number = number;
    this.written = written;
  }

  /** How it may stand in an event. A whole number in digits is no other that a double takes for it. */
  get texts(): readonly string[] {
    const { number, written } = this;
    if (/^[-+]?\d+$|^0[xo]/.test(written)) return [written, BigInt(written.replace(/^\+/, '')).toString()];
    if (!Number.isFinite(number)) return [written];
    return Number.isInteger(number) ? [written, String(number), this.whole] : [written, String(number)];
  }

  /** In decimal notation without an exponent. */
  get whole(): string {
    const { number, written } = this;
    if (/^0[xo]/.test(written)) return BigInt(written).toString();
    const [mantissa = '', exponent = '0'] = written.toLowerCase().replace('+', '').split('e');
    const [digits = '', fraction = ''] = mantissa.split('.');
    const power = Number(exponent) - fraction.length;
    return power < 0 ? String(number) : (BigInt(digits + fraction) * 10n ** BigInt(power)).toString();
  }

  get isBeyondDoubles(): boolean {
    return !Number.isSafeInteger(Math.trunc(this.number));
  }

  valueOf(): number {
    return this.number;
  }
}
