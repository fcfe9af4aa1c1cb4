import { contentHash } from '../../shared/hash.ts';
import type { Observation } from '../../shared/observation.ts';
import type { CompiledRule, RuleProblem, RuleSet } from './rule.ts';
import { applies, logSourcesOf } from './taxonomy.ts';

/** Makes a set of rules that answers for observations. The second of two rules with one id is refused. */
export function compileRules(all: readonly CompiledRule[], found: readonly RuleProblem[] = []): RuleSet {
  const { rules, problems } = withoutDoubles(all);
  const routes = new Map<string, readonly CompiledRule[]>();
  // Rules that can apply to observations with these log sources; worked out once for each kind that turns up.
  const routed = (observation: Observation): readonly CompiledRule[] => {
    const sources = logSourcesOf(observation);
    const key = sources.map(({ category }) => category).join(' ');
    const known =
      routes.get(key) ?? rules.filter(({ logsource }) => sources.some((source) => applies(logsource, source)));
    routes.set(key, known);
    return known;
  };
  return {
    hash: contentHash(rules.map(({ hash }) => hash).sort()),
    rules,
    problems: [...found, ...problems],
    match: (observation, onError) =>
      routed(observation).filter((rule) => {
        try {
          return rule.matches(observation);
        } catch (error) {
          onError?.(rule, error);
          return false;
        }
      }),
  };
}

function withoutDoubles(all: readonly CompiledRule[]): {
  rules: readonly CompiledRule[];
  problems: readonly RuleProblem[];
} {
  const rules = new Map<string, CompiledRule>();
  const problems: RuleProblem[] = [];
  for (const rule of all) {
    const first = rules.get(rule.id);
    if (first === undefined) rules.set(rule.id, rule);
    else {
      const message = `id ${rule.id} is that of ${first.file}:${first.line} already; this rule is not used`;
      problems.push({ severity: 'error', file: rule.file, line: rule.line, column: 1, message });
    }
  }
  return { rules: [...rules.values()], problems };
}
