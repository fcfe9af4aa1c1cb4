import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { packagePath } from '../../shared/package-root.ts';
import { compileRules } from './compile.ts';
import { type ParsedDocument, type ParseOptions, parseRuleFile } from './language/document.ts';
import type { RuleProblem, RuleSet } from './rule.ts';

/** Directory of the shipped rules. */
export const shippedRules = (): string => packagePath('analyzer/signatures');

/** Loads the shipped rules and those of further directories. One bad file never stops the rest: see `problems`. */
export async function loadRules({ directories }: { directories: readonly string[] }): Promise<RuleSet> {
  const { documents, problems } = await readRules([shippedRules(), ...directories]);
  return compileRules(
    documents.map(({ rule }) => rule),
    problems,
  );
}

/** Every document of every .yml and .yaml file at or below the paths, in the order of their names. */
export async function readRules(
  paths: readonly string[],
  options: Pick<ParseOptions, 'placeholders'> = {},
): Promise<{ documents: readonly ParsedDocument[]; problems: readonly RuleProblem[] }> {
  const documents: ParsedDocument[] = [];
  const problems: RuleProblem[] = [];
  const attempt = async <T>(path: string, read: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await read();
    } catch (error) {
      const message = `cannot be read: ${messageOf(error)}`;
      problems.push({ severity: 'error', file: path, line: 1, column: 1, message });
      return [];
    }
  };
  const readRuleFile = async (file: string, origin: string): Promise<readonly ParsedDocument[]> => {
    const parsed = parseRuleFile(await readFile(file, 'utf8'), file, { ...options, origin });
    problems.push(...parsed.problems);
    return parsed.documents;
  };
  const filesBelow = async (path: string): Promise<readonly string[]> => {
    const files: string[] = [];
    for (const { name, isDirectory } of await entriesOf(path)) {
      const below = join(path, name);
      if (isDirectory) files.push(...(await attempt(below, () => filesBelow(below))));
      else if (/\.ya?ml$/.test(name)) files.push(below);
    }
    return files;
  };
  for (const path of paths) {
    const files = await attempt(path, async () => ((await stat(path)).isDirectory() ? filesBelow(path) : [path]));
    for (const file of files) documents.push(...(await attempt(file, () => readRuleFile(file, path))));
  }
  return { documents, problems };
}

/** In the order of their names. A link to a directory is not followed: it may lead in a circle. */
async function entriesOf(path: string): Promise<readonly { name: string; isDirectory: boolean }[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
