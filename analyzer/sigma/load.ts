import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { packagePath } from '../../shared/package-root.ts';
import { compileRules } from './compile.ts';
import { parseRuleFile, type RuleDocument } from './document.ts';
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
): Promise<{ documents: readonly RuleDocument[]; problems: readonly RuleProblem[] }> {
  const documents: RuleDocument[] = [];
  const problems: RuleProblem[] = [];
  for (const path of paths) {
    try {
      for (const file of await ruleFiles(path)) {
        const parsed = parseRuleFile(await readFile(file, 'utf8'), file);
        documents.push(...parsed.documents);
        problems.push(...parsed.problems);
      }
    } catch (error) {
      problems.push({
        severity: 'error',
        file: path,
        line: 1,
        column: 1,
        message: `cannot be read: ${messageOf(error)}`,
      });
    }
  }
  return { documents, problems };
}

async function ruleFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  const nested = entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => {
      const below = join(path, entry.name);
      if (entry.isDirectory()) return ruleFiles(below);
      return /\.ya?ml$/.test(entry.name) ? [below] : [];
    });
  return (await Promise.all(nested)).flat();
}
