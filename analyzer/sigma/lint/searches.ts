import { requiredLiterals } from '../engine/regex-literals.ts';
import { parseCondition } from '../language/condition.ts';
import type { Condition } from '../language/expression.ts';
import { RuleError } from '../language/source.ts';
import type { LintCheck } from './check.ts';

import { type Search, searchOf } from './search.ts';

/** What a detection or filter asks of an event. */

export const filterKeeps: LintCheck = {
  id: 'filter-keeps',
  about: 'A filter keeps what its condition is true for: without a not it silences everything but what it describes.',
  look: (document) =>
    document.kind !== 'filter'
      ? []
      : (searchOf(document)?.conditions ?? [])
          .filter(
            ({ text }) =>
              !text
                .toLowerCase()
                .split(/[\s()]+/)
                .includes('not'),
          )
          .map(({ path, text }) => ({
            ...document.valueAt(path),
            message: `this filter keeps only what matches ${text}; to leave that out write: not ${/\s/.test(text.trim()) ? `(${text.trim()})` : text.trim()}`,
          })),
};

export const unusedIdentifiers: LintCheck = {
  id: 'unused-identifier',
  about: 'A search identifier that no condition names has no effect.',
  look: (document) => {
    const search = searchOf(document);
    const used = search && namedBy(search);
    if (search === undefined || used === undefined) return [];
    return search.identifiers
      .filter((name) => !used.has(name))
      .map((name) => ({ ...document.keyAt([...search.path, name]), message: `no condition names ${name}` }));
  },
};

/** Undefined when a condition cannot be read. */
function namedBy({ conditions, identifiers }: Search): ReadonlySet<string> | undefined {
  const named = new Set<string>();
  const collect = (condition: Condition): void => {
    if (condition.kind === 'identifier') named.add(condition.name);
    else if (condition.kind === 'not') collect(condition.of);
    else for (const part of condition.of) collect(part);
  };
  try {
    for (const { text } of conditions) collect(parseCondition(text, identifiers, null));
  } catch (error) {
    if (error instanceof RuleError) return undefined;
    throw error;
  }
  return conditions.length === 0 ? undefined : named;
}

const places = ['contains', 'startswith', 'endswith'];

/** Fields whose values are sets of letters. */
const letters: ReadonlySet<string> = new Set(['device.permissions']);

export const vagueValues: LintCheck = {
  id: 'vague-value',
  about: 'A single character, or nothing, is in nearly every value; tests of it are true for nearly everything.',
  look: (document) =>
    (searchOf(document)?.items ?? []).flatMap(({ field, modifiers, values }) => {
      const place = modifiers.find((name) => places.includes(name));
      // Encoded it is longer; a field that is referred to is no value.
      if (place === undefined || letters.has(field) || modifiers.some((name) => /^base64|^fieldref$/.test(name)))
        return [];
      return values.flatMap(({ path, value }) => {
        if (typeof value !== 'string' || Array.from(value.replace(/(?<!\\)[*?]/g, '')).length > 1) return [];
        return [
          { ...document.valueAt(path), message: `${place} ${JSON.stringify(value)} is true for nearly everything` },
        ];
      });
    }),
};

export const slowRegexes: LintCheck = {
  id: 'slow-regex',
  about:
    'A regular expression without a text that must be there is tried on every event; with one, only where that text is.',
  look: (document) =>
    (searchOf(document)?.items ?? [])
      .filter(({ modifiers }) => modifiers[0] === 're')
      .flatMap(({ values }) => values)
      .flatMap(({ path, value }) =>
        typeof value !== 'string' || requiredLiterals(value) !== undefined
          ? []
          : [
              {
                ...document.valueAt(path),
                message: 'no text of two characters must be in it, so it is tried on every event',
              },
            ],
      ),
};
