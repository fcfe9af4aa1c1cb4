import { readFile } from 'node:fs/promises';
import type { Placeholders } from '../analyzer/sigma/language/placeholders.ts';
import { messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';

/** The values in a file of placeholders; none without one. @throws UserError that says what is wrong, and where */
export async function readPlaceholders(file: string | undefined): Promise<Placeholders> {
  if (file === undefined) return new Map();
  const { parsePlaceholders } = await import('../analyzer/sigma/language/placeholders-file.ts');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong(`${file}: ${messageOf(error)}`, error);
  });
  const { values, problems } = parsePlaceholders(text, file);
  const [first] = problems;
  if (first !== undefined) throw wrong(`${file}:${first.line}:${first.column}: ${first.message}`);
  return values;
}

const wrong = (what: string, cause?: unknown): UserError =>
  new UserError(`placeholders ${escapeControl(what, 500)}`, {
    fix: 'give a file with a map: name: [value, value]',
    ...(cause === undefined ? {} : { cause }),
  });
