import { readFileSync } from 'node:fs';
import { messageOf } from '../../shared/errors.ts';
import { packagePath } from '../../shared/package-root.ts';
import { compileRules } from './compile.ts';
import { type ParsedDocument, type ParseOptions, parseRuleFile } from './language/document.ts';
import type { RuleProblem, RuleSet } from './rule.ts';
import { findRuleFiles, type RuleFile } from './watch-files.ts';

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
): Promise<ReadRules> {
  const { texts, problems } = await readRuleTexts(paths);
  const parsed = texts.map(({ text, file }) => parseRuleFile(text, file.path, { ...options, origin: file.origin }));
  return {
    documents: parsed.flatMap(({ documents }) => documents),
    problems: [...problems, ...parsed.flatMap((one) => one.problems)],
  };
}

export interface ReadRules {
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly RuleProblem[];
}

/** A rule file and what it says. */
export interface RuleText {
  readonly file: RuleFile;
  readonly text: string;
}

/** The texts of all rule files at or below the paths; what cannot be read is a problem. */
export async function readRuleTexts(
  paths: readonly string[],
): Promise<{ readonly texts: readonly RuleText[]; readonly problems: readonly RuleProblem[] }> {
  const { files, unreadable } = await findRuleFiles(paths);
  const problems = unreadable.map(({ path, reason }) => unreadableProblem(path, reason));
  const texts: RuleText[] = [];
  for (const file of files) {
    try {
      // A tenth of the time that asking for each takes, and whoever reads all rules at once has nothing else to do.
      texts.push({ file, text: readFileSync(file.path, 'utf8') });
    } catch (error) {
      problems.push(unreadableProblem(file.path, messageOf(error)));
    }
  }
  return { texts, problems };
}

const unreadableProblem = (file: string, reason: string): RuleProblem => ({
  severity: 'error',
  file,
  line: 1,
  column: 1,
  message: `cannot be read: ${reason}`,
});
