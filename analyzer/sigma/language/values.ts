import { isScalar, type Node, RuleError, type Scalar } from './source.ts';

/** A text is a number in decimal notation only: `0x1f` is text. */
const decimal = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

/** A value as a rule writes it. `text` is its source where YAML would change it (leading zeros, large numbers). */
export type Value =
  | { readonly kind: 'string'; readonly text: string; readonly node: Scalar }
  | {
      readonly kind: 'number';
      readonly number: number;
      readonly text: string;
      readonly written: string;
      readonly node: Scalar;
    }
  | { readonly kind: 'boolean'; readonly boolean: boolean; readonly text: string; readonly node: Scalar }
  | { readonly kind: 'null'; readonly node: Scalar };

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

/** `00000429` is written as text by whoever means it so: keep the digits. */
function numberOf(text: string, number: number, node: Scalar): Value {
  if (/^[-+]?0\d/.test(text) || !Number.isSafeInteger(Math.trunc(number))) return { kind: 'string', text, node };
  return { kind: 'number', number, text: String(number), written: decimal.test(text) ? text : String(number), node };
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
