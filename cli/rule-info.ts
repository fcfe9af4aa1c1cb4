import type { LinkedRules } from '../analyzer/sigma/compile.ts';
import type { Filter, Rule, RuleDocument } from '../analyzer/sigma/rule.ts';

/** What a filter does to other rules. */
export interface FilterReach {
  /** Rules whose matches it can hide. */
  readonly hides: readonly Rule[];
  /** Those that it is about and may not hide: what they find is always told. */
  readonly neverHidden: readonly Rule[];
}

export const reachOf = (filter: Filter, { rules, links, neverHidden }: LinkedRules): FilterReach => ({
  hides: rules.filter((rule) => links.get(rule)?.some((link) => link.filter === filter) === true),
  neverHidden: neverHidden.get(filter) ?? [],
});

const kinds = { rule: 'rule', correlation: 'sequence', filter: 'filter' } as const;

/** A document as `--json` prints it. */
export function infoOf(document: RuleDocument, linked: LinkedRules): object {
  const { kind, ...info } = document;
  if (document.kind !== 'filter') return { kind: kinds[kind], ...info };
  const reach = reachOf(document, linked);
  const ids = (rules: readonly Rule[]): readonly string[] => rules.map(({ id }) => id);
  return { kind: kinds[kind], ...info, hides: ids(reach.hides), neverHidden: ids(reach.neverHidden) };
}
