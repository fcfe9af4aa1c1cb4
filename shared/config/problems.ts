import type { z } from 'zod';
import { type ConfigKey, namesAt, suggest } from './keys.ts';
import { type Origin, originText, type Problem, pathText } from './source.ts';

/** What the schema complains of, one problem a line, each with the place where it was written. */
export function schemaProblems(
  error: z.ZodError,
  origins: ReadonlyMap<string, Origin>,
  keys: readonly ConfigKey[],
): readonly Problem[] {
  return error.issues.flatMap((issue): readonly Problem[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') {
      const known = namesAt(keys, path.map(String)) ?? [];
      return issue.keys.map((name) => {
        const meant = suggest(name, known);
        const hint = meant === undefined ? `; known here: ${known.join(', ')}` : `; did you mean "${meant}"?`;
        return problemAt([...path, name], `unknown key${hint}`, origins);
      });
    }
    return [problemAt(path, sentence(issue), origins)];
  });
}

function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? `missing (${issue.expected} needed)`
        : issue.message.replace('Invalid input: ', '');
    case 'invalid_key':
      return 'a name must begin with a letter and have only a-z, 0-9 and -';
    default:
      return issue.message.replace(/^Invalid (input|option): /, '').replace(/^(Too \w+): /, '$1: ');
  }
}

function problemAt(path: readonly (string | number)[], message: string, origins: ReadonlyMap<string, Origin>): Problem {
  return { origin: originOf(path, origins), path, message };
}

/** The place of the path itself, else of the nearest thing around it that somebody wrote. */
export function originOf(path: readonly PropertyKey[], origins: ReadonlyMap<string, Origin>): Origin {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(pathText(path.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return { kind: 'default' };
}

/** `moorwatch.yml:3:5: engine.hots: unknown key; did you mean "host"?` */
export function problemText(problem: Problem): string {
  const path = problem.path.length === 0 ? '' : `${pathText(problem.path)}: `;
  return `${originText(problem.origin)}: ${path}${problem.message}`;
}
