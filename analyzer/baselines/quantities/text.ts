import type { QuantityMemory } from '../../../shared/quantity-state.ts';

/** Members that stay what they are while others change. */
const lasting: ReadonlySet<string> = new Set([
  'host',
  'workload',
  'needs',
  'means',
  'weekdays',
  'days',
  'peaks',
  'startup',
  'known',
]);

/** Texts of parts of memories that are written again and again as they were. A cache: parts are never changed but replaced. */
const texts = new WeakMap<object, string>();

/**
 * The JSON of a memory, as `JSON.stringify` has it. Most of it is sketches of hours of the day, of which one changes at a time: of what lasts,
 * the text is kept as long as it is.
 */
export function memoryText(memory: QuantityMemory): string {
  let text = '';
  for (const name of Object.keys(memory)) {
    const value: unknown = memory[name as keyof QuantityMemory];
    if (value === undefined) continue;
    text += text === '' ? '{' : ',';
    text += label(name);
    text += memberText(memory, name, value);
  }
  return `${text}}`;
}

/** Names of members with what is around them: there are not many. A cache of a pure function. */
const labels = new Map<string, string>();

function label(name: string): string {
  const known = labels.get(name);
  if (known !== undefined) return known;
  const text = `"${name}":`;
  labels.set(name, text);
  return text;
}

function memberText({ kind }: QuantityMemory, name: string, value: unknown): string {
  if (Number.isFinite(value)) return String(value);
  // Those of a rate last an hour, while it is counted again and again.
  if (name === 'hours' && kind === 'rate') return kept(value);
  if (name === 'hours' && Array.isArray(value)) return `[${value.map(kept).join(',')}]`;
  return lasting.has(name) ? kept(value) : JSON.stringify(value);
}

function kept(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}
