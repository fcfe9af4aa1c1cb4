import { compileRules } from './compile.ts';
import { parseRuleFile, type RuleDocument } from './language/document.ts';
import type { RuleLanguage } from './reload.ts';

/** Sigma, as files are loaded and loaded again in it. */
export const ruleLanguage: RuleLanguage<RuleDocument> = {
  parse: (text, { path }) => parseRuleFile(text, path),
  compile: (documents, found) =>
    compileRules(
      documents.map(({ rule }) => rule),
      found,
    ),
};
