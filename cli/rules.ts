import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import { addRulesCoverage } from './rules-coverage.ts';
import { addRulesEval } from './rules-eval.ts';
import { addRulesExplain } from './rules-explain.ts';
import { addRulesLint } from './rules-lint.ts';
import { addRulesList } from './rules-list.ts';
import { addRulesSchema } from './rules-schema.ts';
import { addRulesShow } from './rules-show.ts';
import { addRulesStats } from './rules-stats.ts';
import { addRulesTest } from './rules-test.ts';

/** `rules list | show | test | eval | explain | lint | coverage | stats | schema`: what is looked for, and what was refused. */
export function addRules(program: Command, contextOf: MakeContext): void {
  const rules = program.command('rules').description('what is looked for');
  addRulesList(rules, contextOf);
  addRulesShow(rules, contextOf);
  addRulesTest(rules, contextOf);
  addRulesEval(rules, contextOf);
  addRulesExplain(rules, contextOf);
  addRulesLint(rules, contextOf);
  addRulesCoverage(rules, contextOf);
  addRulesStats(rules, contextOf);
  addRulesSchema(rules, contextOf);
}
