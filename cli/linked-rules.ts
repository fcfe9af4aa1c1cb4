import type { LinkedRules } from '../analyzer/sigma/compile.ts';
import type { RuleDocument, RuleProblem } from '../analyzer/sigma/rule.ts';
import { UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { type CliContext, configOf } from './context.ts';
import { readPlaceholders } from './placeholders.ts';

/** Rules as they lie on the disk, with their references; what was refused is told. */
export async function linkRulesAt(context: CliContext, paths: readonly string[]): Promise<LinkedRules> {
  const { readRules, shippedRules } = await import('../analyzer/sigma/load.ts');
  const { linkRules } = await import('../analyzer/sigma/compile.ts');
  const { directories, placeholders } = configOf(context).config.rules;
  const read = await readRules(paths.length > 0 ? paths : [shippedRules(), ...directories], {
    placeholders: await readPlaceholders(placeholders),
  });
  const linked = linkRules(read.documents.map(({ rule }) => rule));
  for (const problem of [...read.problems, ...linked.problems])
    if (problem.severity === 'error') tellProblem(context, problem);
  if (linked.rules.length + linked.correlations.length + linked.filters.length === 0)
    throw new UserError('there are no rules in what was named', {
      fix: 'name .yml files or directories that hold some',
    });
  return linked;
}

export const tellProblem = ({ terminal }: CliContext, problem: RuleProblem): void => {
  const { severity, file, line, column, message } = problem;
  terminal.complain(escapeControl(`${severity}: ${file}:${line}:${column}: ${message}`, 500));
};

/** Everything in a set that has an id. */
export const documentsOf = ({
  rules,
  correlations,
  filters,
}: Pick<LinkedRules, 'rules' | 'correlations' | 'filters'>): readonly RuleDocument[] => [
  ...rules,
  ...correlations.map(({ correlation }) => correlation),
  ...filters,
];

/** Those that are called so: by id, name, title of those without, or row of the catalogue. @throws UserError when nothing is */
export function documentsCalled(documents: readonly RuleDocument[], called: string): readonly RuleDocument[] {
  const row = called.toUpperCase();
  const found = documents.filter(
    (one) =>
      one.id === called ||
      one.name === called ||
      one.label === called ||
      (one.kind !== 'filter' && one.catalogue.includes(row)),
  );
  if (found.length > 0) return found;
  throw new UserError(`no rule has the id, name or row ${escapeControl(called, 80)}`, {
    fix: 'see `moorwatch rules list`',
  });
}
