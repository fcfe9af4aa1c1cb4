import { isScalar, type Node, RuleError, type Scalar } from './source.ts';
import { wholeOf } from './whole-numbers.ts';

/** A text is a number in decimal notation only: `0x1f` is text. */
const decimal = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

/** A value as a rule writes it. */
export type Value =
  | {
      readonly kind: 'string';
      readonly text: string;
      readonly node: Scalar;
      /** Of digits without quotes that are a text, as YAML would change them: what they are as a number. */
      readonly digits?: Digits;
    }
  | {
      readonly kind: 'number';
      readonly number: number;
      readonly text: string;
      readonly written: string;
      readonly node: Scalar;
    }
  | { readonly kind: 'boolean'; readonly boolean: boolean; readonly text: string; readonly node: Scalar }
  | { readonly kind: 'null'; readonly node: Scalar };

/** Digits that a number would not keep. */
export interface Digits {
  /** Of a whole number beyond 2^53: in decimal notation. */
  readonly whole?: string;
  /** Other ways to write the same number, as it may stand in an event. */
  readonly texts: readonly string[];
}

export function readValue(node: Node | null, owner: Node | null): Value {
  if (node === null) throw new RuleError('a value is missing', owner);
  if (!isScalar(node)) throw new RuleError('a value is a text, a number, a boolean or null', node);
  const { value } = node;
  if (value === null || value === undefined) return { kind: 'null', node };
  if (typeof value === 'string') return { kind: 'string', text: value, node };
  if (typeof value === 'boolean') return { kind: 'boolean', boolean: value, text: String(value), node };
  if (typeof value === 'number' || typeof value === 'bigint')
    return numberOf(node.source ?? String(value), Number(value), node);
  throw new RuleError('a value is a text, a number, a boolean or null', node);
}

/** `00000429` is written as text by whoever means it so: keep the digits. Those beyond 2^53 are no text to anybody, but would get lost. */
function numberOf(written: string, number: number, node: Scalar): Value {
  if (/^[-+]?0\d/.test(written)) return { kind: 'string', text: written, digits: { texts: [] }, node };
  if (Number.isSafeInteger(Math.trunc(number))) return { kind: 'number', number, text: String(number), written, node };
  const whole = wholeOf(written);
  // Who writes an exponent or a point means the double, and so do events.
  const printed = /^[-+]?\d+$|^0[xo]/.test(written) || !Number.isFinite(number) ? [] : [String(number)];
  const texts = whole === undefined ? printed : [whole, ...printed];
  return { kind: 'string', text: written, digits: { texts, ...(whole === undefined ? {} : { whole }) }, node };
}

/** How a value of an event reads as text; undefined for what has no text. */
export function eventText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

export function eventNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !decimal.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
