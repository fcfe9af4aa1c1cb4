import type { Wording } from '../../../analyzer/finding.ts';
import type { Rule, RuleInfo, RuleSet } from '../../../analyzer/sigma/rule.ts';
import type { Severity } from '../../../shared/finding.ts';
import type { Observation } from '../../../shared/observation.ts';

/** A rule of tests: a predicate where the rule language has a detection. */
export interface PredicateRule extends Rule {
  readonly matches: (observation: Observation) => boolean;
}

export function rule(
  id: string,
  matches: (observation: Observation) => boolean,
  more: Partial<RuleInfo> & { readonly level?: Severity } = {},
): PredicateRule {
  return {
    kind: 'rule',
    id,
    label: id,
    title: `title of ${id}`,
    level: 'high',
    logsource: { product: 'docker' },
    catalogue: [id],
    nature: 'event',
    tier: 'engine',
    summary: '',
    description: '',
    why: '',
    check: [],
    falsePositives: [],
    techniques: ['T1611'],
    tactics: ['privilege-escalation'],
    fields: [],
    hash: `hash of ${id}`,
    file: 'test.yml',
    line: 1,
    origin: 'test.yml',
    detection: { identifiers: {}, conditions: [] },
    matches,
    ...more,
  };
}

export const ruleSet = (rules: readonly PredicateRule[], hash = 'rules-1'): RuleSet => ({
  hash,
  rules,
  correlations: [],
  filters: [],
  silent: new Set(),
  prepare: () => [],
  stats: () => new Map(),
  problems: [],
  match: (observation, onError) =>
    rules.flatMap((one) => {
      try {
        return one.matches(observation) ? { rule: one, hiddenBy: [] } : [];
      } catch (error) {
        onError?.(one, error);
        return [];
      }
    }),
});

export const wording: Wording = {
  summary: ({ title }) => title,
  value: (observation, field) =>
    field
      .split('.')
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], observation),
};

export const privileged = rule(
  'CFG-01',
  ({ kind, snapshot, container }) => {
    return kind === 'container_configuration' && snapshot?.object === 'container' && container?.privileged === true;
  },
  { nature: 'condition', level: 'critical', fields: ['container.privileged'] },
);

export const socketMount = rule('MNT-01', ({ mount }) => mount?.is_runtime_socket === true, {
  nature: 'condition',
  level: 'critical',
  fields: ['mount.source_real', 'mount.destination'],
});

export const rootMount = rule('MNT-05', ({ mount }) => mount?.source_real === '/', {
  nature: 'condition',
  level: 'high',
});

export const privilegedExec = rule('EXE-01', ({ exec }) => exec?.privileged === true, {
  level: 'critical',
  fields: ['exec.privileged', 'exec.command', 'exec.uid'],
});

export const gapRule = rule('MON-01', ({ kind }) => kind === 'gap', { fields: ['gap.reason'] });
