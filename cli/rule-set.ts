import type { LoadedRules, RuleLoader } from '../analyzer/sigma/reload.ts';
import type { RuleSet } from '../analyzer/sigma/rule.ts';
import type { FoundRules } from '../analyzer/sigma/watch-files.ts';
import type { Config } from '../shared/config/schema.ts';
import type { RuleAdvice } from './render.ts';

/** The rules that this configuration uses: the shipped ones and those of its directories. */
export async function loadConfiguredRules({ rules }: Config): Promise<RuleSet> {
  const { set } = await openRules({ rules });
  return set;
}

/** What was loaded, and what it takes to follow it. */
export interface OpenedRules extends LoadedRules {
  readonly loader: RuleLoader;
  readonly found: FoundRules;
}

export async function openRules({ rules }: Pick<Config, 'rules'>): Promise<OpenedRules> {
  const { shippedRules } = await import('../analyzer/sigma/load.ts');
  return openRulesAt([shippedRules(), ...rules.directories], rules.placeholders);
}

/** The rules in these files and directories, and no others. */
export async function openRulesAt(paths: readonly string[], placeholders: string | undefined): Promise<OpenedRules> {
  const { createRuleLoader } = await import('../analyzer/sigma/reload.ts');
  const { ruleLanguage } = await import('../analyzer/sigma/rule-language.ts');
  const loader = createRuleLoader({ paths, placeholders, language: ruleLanguage, clock: Date.now });
  const found = await loader.find();
  return { loader, found, ...(await loader.load(found)) };
}

/** What each rule says to a person, by rule id. */
export function adviceOf({ rules }: RuleSet): ReadonlyMap<string, RuleAdvice> {
  return new Map(rules.map(({ id, why, check }) => [id, { why, check }]));
}
