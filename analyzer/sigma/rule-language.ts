import { compileRules } from './compile.ts';
import { type ParsedDocument, parseRuleFile } from './language/document.ts';
import { parsePlaceholders } from './language/placeholders-file.ts';
import type { RuleLanguage } from './reload.ts';

/** Sigma, as files are loaded and loaded again in it. */
export const ruleLanguage: RuleLanguage<ParsedDocument> = {
  parse: (text, { path, origin }, placeholders) => parseRuleFile(text, path, { origin, placeholders }),
  placeholders: parsePlaceholders,
  compile: (documents, found) =>
    compileRules(
      documents.map(({ rule }) => rule),
      found,
    ),
};
