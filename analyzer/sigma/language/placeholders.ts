import { parsePattern, type Token } from './pattern.ts';
import { RuleError } from './source.ts';
import type { Value } from './values.ts';

/** Values of placeholders by name; each is a pattern of its own. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

/** Combinations that one value may grow to. */
const mostCombinations = 10_000;

/**
 * `expand`: each `%name%` is replaced by each of its values, in all combinations; `\%` is a percent sign (specification 2.1, "Placeholders").
 * Values are patterns of their own: they are put together as tokens, so that nothing at the end of one escapes what follows it.
 * @throws RuleError for a name that has no values: the rule would look for something else than it says
 */
export function expandPlaceholders(value: Value, placeholders: Placeholders): readonly (readonly Token[])[] {
  if (value.kind !== 'string') throw new RuleError('expand takes a text', value.node);
  const { text, node } = value;
  let patterns: readonly (readonly Token[])[] = [[]];
  for (const { written, name, at } of partsOf(text)) {
    const choices = name === undefined ? [written] : (placeholders.get(name) ?? []);
    if (choices.length === 0)
      throw new RuleError(
        `placeholder %${name}% has no values; give them with the placeholders`,
        node,
        text.slice(0, at),
      );
    if (patterns.length * choices.length > mostCombinations)
      throw new RuleError(`its placeholders make more than ${mostCombinations} combinations`, node);
    const parsed = choices.map(parsePattern);
    patterns = patterns.flatMap((start) => parsed.map((tokens) => [...start, ...tokens]));
  }
  return patterns;
}

interface Part {
  /** A pattern, as text. */
  readonly written: string;
  /** Of a placeholder. */
  readonly name?: string;
  readonly at: number;
}

function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let run = '';
  const endRun = (at: number): void => {
    if (run !== '') parts.push({ written: run, at });
    run = '';
  };
  // Read from the left: an escaped backslash escapes no percent sign.
  for (const { 0: part, 1: name, index } of text.matchAll(/\\[\\*?%]|%([A-Za-z0-9_.-]+)%|[^%\\]+|[%\\]/g)) {
    if (name === undefined) run += part === '\\%' ? '%' : part;
    else {
      endRun(index);
      parts.push({ written: part, name, at: index });
    }
  }
  endRun(text.length);
  return parts;
}
