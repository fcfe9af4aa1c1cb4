import { stringify } from 'yaml';
import { yamlEscape } from '../../shared/quoted.ts';

const timeNames = /^(at|since|first|last|seen|[a-z]+(At|Since|Until))$/;

/** The same with the members that are times (ms since the epoch) as ISO 8601. */
export function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      const time = typeof member === 'number' && timeNames.test(name) && Math.abs(member) < 8.64e15;
      return [name, time ? new Date(member).toISOString() : withTimes(member)];
    }),
  );
}

/** YAML escapes control characters in double-quoted text by itself; what is invisible is escaped so that nothing hides in a review. */
export const yamlText = (value: unknown): string =>
  stringify(withTimes(value), { lineWidth: 120, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })
    .replace(/[\p{Cf}\p{Co}\p{Zl}\p{Zp}\u007f-\u009f]/gu, yamlEscape)
    .trimEnd();
