import { expressionOf } from './language/detection.ts';
import type { Condition, Expression } from './language/expression.ts';
import { didYouMean } from './language/source.ts';
import type { Filter, Rule, RuleDocument, RuleProblem } from './rule.ts';
import type { LogSource } from './taxonomy.ts';

/** A filter at a rule: the rule is told where the expression holds too. */
export interface FilterLink {
  readonly filter: Filter;
  readonly expression: Expression;
}

export interface LinkedFilters {
  /** Those that are used. */
  readonly filters: readonly Filter[];
  readonly links: ReadonlyMap<Rule, readonly FilterLink[]>;
  /** Rules that a filter is about and may not hide; filters without any are left out. */
  readonly neverHidden: ReadonlyMap<Filter, readonly Rule[]>;
  readonly problems: readonly RuleProblem[];
}

/** Rows that no filter hides (reference catalogue §3): escapes that succeeded, and whatever blinds the monitor or lies to it. */
export const isNeverHidden = ({ catalogue, level }: Pick<Rule, 'catalogue' | 'level'>): boolean =>
  catalogue.some(
    (row) => /^(?:NET-01|EXE-01|EVA-\d+|MON-\d+)$/.test(row) || (row.startsWith('ESC-') && level === 'critical'),
  );

/**
 * Puts filters to their rules (specification 2.1, "Filters"): by id or name, or all that the filter's log source covers. What is refused is
 * told, and the rule stays told.
 */
export function linkFilters(filters: readonly Filter[], documents: readonly RuleDocument[]): LinkedFilters {
  const links = new Map<Rule, readonly FilterLink[]>();
  const neverHidden = new Map<Filter, readonly Rule[]>();
  const used: Filter[] = [];
  const problems: RuleProblem[] = [];
  for (const filter of filters) {
    const { rules, kept, refused } = targetsOf(filter, documents);
    problems.push(...refused, ...oddities(filter));
    if (refused.some(({ severity }) => severity === 'error')) continue;
    used.push(filter);
    if (kept.length > 0) neverHidden.set(filter, kept);
    const link = { filter, expression: expressionOf(filter.detection) };
    for (const rule of rules) links.set(rule, [...(links.get(rule) ?? []), link]);
  }
  return { filters: used, links, neverHidden, problems };
}

function targetsOf(filter: Filter, documents: readonly RuleDocument[]) {
  const refused: RuleProblem[] = [];
  const tell = (severity: RuleProblem['severity'], message: string): void => {
    refused.push({ severity, file: filter.file, line: filter.line, column: 1, message });
  };
  const rules: Rule[] = [];
  const kept: Rule[] = [];
  for (const document of filter.rules === 'any' ? documents : named(filter.rules, documents, tell)) {
    if (document.kind !== 'rule') {
      if (filter.rules !== 'any')
        tell('error', `a filter is about detection rules; ${document.label} is a ${document.kind}`);
    } else if (!covers(filter.logsource, document.logsource)) {
      if (filter.rules !== 'any')
        tell('warning', `the filter's log source does not cover that of ${document.label}; it is not hidden`);
    } else if (isNeverHidden(document)) {
      const message = `${document.label} (${document.catalogue.join(', ')}) is never hidden; the filter does not apply to it`;
      tell('warning', message);
      kept.push(document);
    } else rules.push(document);
  }
  return { rules, kept, refused };
}

function named(
  references: readonly string[],
  documents: readonly RuleDocument[],
  tell: (severity: 'error', message: string) => void,
): readonly RuleDocument[] {
  const known = documents.flatMap(({ id, name }) => [id, ...(name === undefined ? [] : [name])]);
  return references.flatMap((reference) => {
    const found = documents.filter(({ id, name }) => id === reference || name === reference);
    if (found.length === 0) tell('error', `there is no rule ${reference}${didYouMean(reference, known)}`);
    return found;
  });
}

/** Whether every event of the rule is one of the filter's log source. */
const covers = (filter: LogSource, rule: LogSource): boolean =>
  (['product', 'category', 'service'] as const).every((key) => filter[key] === undefined || filter[key] === rule[key]);

function oddities({ detection, file, line }: Filter): readonly RuleProblem[] {
  if (detection.conditions.some(hasNot)) return [];
  const message =
    'the condition has no "not": everything that it does not match is hidden; an exclusion is written "not selection"';
  return [{ severity: 'warning', file, line, column: 1, message }];
}

const hasNot = (condition: Condition): boolean =>
  condition.kind === 'not' || (condition.kind !== 'identifier' && condition.of.some(hasNot));
