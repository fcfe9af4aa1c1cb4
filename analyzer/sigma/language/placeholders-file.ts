import { parse } from 'yaml';
import { isRecord } from '../../../shared/observation.ts';
import type { Placeholders } from './placeholders.ts';

/**
 * Placeholders as people write them: a map (YAML or JSON) of names to a text or a list of texts.
 * @throws Error that says what is wrong
 */
export function parsePlaceholders(text: string): Placeholders {
  const value: unknown = parse(text);
  if (!isRecord(value)) throw new Error('placeholders are a map of names to lists of texts');
  return new Map(Object.entries(value).map(([name, values]) => [name, textsOf(name, values)]));
}

function textsOf(name: string, values: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  return list.map((one) => {
    if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean')
      throw new Error(`placeholder ${name}: a value is a text or a list of texts`);
    return String(one);
  });
}
