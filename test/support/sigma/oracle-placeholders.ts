import { literally, type Pattern, patternOf } from './oracle-pattern.ts';

export type PlaceholderValues = Readonly<Record<string, readonly string[]>>;

/**
 * `expand`: each `%name%` stands for any of its values, each a pattern of its own that nothing beside it can escape; `\%` is a percent sign.
 * All combinations. @throws Error for a name without values
 */
export function expandedPatterns(text: string, values: PlaceholderValues): readonly Pattern[] {
  let patterns: readonly Pattern[] = [[]];
  for (const part of partsOf(text)) {
    const choices = typeof part === 'string' ? [patternOf(part)] : part.choices(values);
    patterns = patterns.flatMap((start) => choices.map((choice) => [...start, ...choice]));
  }
  return patterns;
}

type Part = string | { readonly choices: (values: PlaceholderValues) => readonly Pattern[] };

/** Read from the left: an escaped backslash escapes nothing behind it. */
function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  for (const [whole, name] of text.matchAll(/\\[\\*?%]|%([\w.-]+)%|[^\\%]+|[\\%]/gu)) {
    if (name !== undefined) {
      parts.push({
        choices: (values) => {
          const given = values[name];
          if (given === undefined || given.length === 0) throw new Error(`placeholder ${name} has no values`);
          return given.map(patternOf);
        },
      });
    } else if (whole === '\\%') parts.push({ choices: () => [literally('%')] });
    else parts.push(whole);
  }
  return parts;
}
