import { join } from 'node:path';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';
import type { RuleSet } from '../../../analyzer/sigma/rule.ts';

/** The rules of one file of the shipped pack. @param file relative to the pack */
export async function shippedFile(file: string): Promise<RuleSet> {
  const { documents, problems } = await readRules([join(shippedRules(), file)]);
  if (documents.length === 0 || problems.length > 0) throw new Error(`${file}: ${JSON.stringify(problems)}`);
  return compileRules(documents.map(({ rule }) => rule));
}
