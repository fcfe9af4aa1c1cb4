import { RuleError } from './source.ts';
import type { Value } from './values.ts';

/** Values of placeholders by name; each is a pattern of its own. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

/** Combinations that one value may grow to. */
const mostCombinations = 10_000;

/**
 * `expand`: each `%name%` is replaced by each of its values, in all combinations; `\%` is a percent sign (specification 2.1, "Placeholders").
 * @throws RuleError for a name that has no values: the rule would look for something else than it says
 */
export function expandPlaceholders(value: Value, placeholders: Placeholders): readonly Value[] {
  if (value.kind !== 'string') throw new RuleError('expand takes a text', value.node);
  let texts: readonly string[] = [''];
  for (const { text, name } of partsOf(value.text)) {
    const choices = name === undefined ? [text] : (placeholders.get(name) ?? []);
    if (choices.length === 0)
      throw new RuleError(
        `placeholder %${name}% has no values; give them with the placeholders`,
        value.node,
        before(value.text, text),
      );
    texts = texts.flatMap((start) => choices.map((choice) => start + choice));
    if (texts.length > mostCombinations)
      throw new RuleError(`its placeholders make more than ${mostCombinations} combinations`, value.node);
  }
  return texts.map((text) => ({ ...value, text }));
}

interface Part {
  /** As written. */
  readonly text: string;
  /** Of a placeholder. */
  readonly name?: string;
}

function partsOf(text: string): readonly Part[] {
  return Array.from(text.matchAll(/\\%|%([A-Za-z0-9_.-]+)%|[^%\\]+|[%\\]/g), ([part, name]) =>
    name === undefined ? { text: part === '\\%' ? '%' : part } : { text: part, name },
  );
}

const before = (whole: string, part: string): string => whole.slice(0, Math.max(whole.indexOf(part), 0));
