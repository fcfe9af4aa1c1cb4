import type { RuleProblem } from '../rule.ts';
import { descriptions, ids, levels, tags } from './about.ts';
import { duplicateTitles } from './across.ts';
import type { LintCheck, LintProblem } from './check.ts';
import type { LintDocument } from './document.ts';
import { summaryFields, unknownFields } from './fields.ts';
import { filterKeeps, slowRegexes, unusedIdentifiers, vagueValues } from './searches.ts';

export const checks: readonly LintCheck[] = [
  ids,
  descriptions,
  levels,
  tags,
  filterKeeps,
  unusedIdentifiers,
  unknownFields,
  summaryFields,
  vagueValues,
  slowRegexes,
];

/** Kinds of what the loader itself tells, in the shape of the checks above. */
export const loaderKinds: readonly Omit<LintCheck, 'look'>[] = [
  { id: 'refused', about: 'The document cannot be used as it is.' },
  { id: 'condition', about: 'The condition cannot be read.' },
  { id: 'unreadable', about: 'The file or directory cannot be read.' },
  { id: 'odd', about: 'The specification asks for something else; the document is used all the same.' },
  { id: 'duplicate-title', about: 'Two files have rules of one title: nobody can tell their findings apart.' },
];

/** Everything that is odd in these documents, in the order of files and places. `loaded`: what the loader told of them. */
export function lint(documents: readonly LintDocument[], loaded: readonly RuleProblem[]): readonly LintProblem[] {
  const odd = documents.flatMap((document) =>
    checks.flatMap(({ id, look }) =>
      look(document).map((one): LintProblem => ({ severity: 'warning', check: id, file: document.file, ...one })),
    ),
  );
  const told = loaded.map((problem): LintProblem => ({ ...problem, check: kindOf(problem) }));
  return [...told, ...odd, ...duplicateTitles(documents)].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.check, b.check),
  );
}

function kindOf({ severity, message }: RuleProblem): string {
  if (severity === 'warning') return 'odd';
  if (message.startsWith('condition: ')) return 'condition';
  return message.startsWith('cannot be read: ') ? 'unreadable' : 'refused';
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
