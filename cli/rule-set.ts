import type { RuleSet } from '../analyzer/sigma/rule.ts';
import type { Config } from '../shared/config/schema.ts';
import type { RuleAdvice } from './render.ts';

/** The rules that this configuration uses: the shipped ones and those of its directories. */
export async function loadConfiguredRules({ rules }: Config): Promise<RuleSet> {
  const { loadRules } = await import('../analyzer/sigma/load.ts');
  return loadRules({ directories: rules.directories });
}

/** What each rule says to a person, by rule id. */
export function adviceOf({ rules }: RuleSet): ReadonlyMap<string, RuleAdvice> {
  return new Map(rules.map(({ id, why, check }) => [id, { why, check }]));
}
