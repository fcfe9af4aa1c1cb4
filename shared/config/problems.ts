import type { z } from 'zod';
import { type ConfigKey, namesAt } from './keys.ts';
import { isMapping, type Origin, originText, type Problem, pathText, type Source } from './source.ts';
import { suggest } from './suggest.ts';

/** What the schema complains of in `values`, one problem a line, each with the place where it was written. */
export function schemaProblems(
  error: z.ZodError,
  { values, origins }: Pick<Source, 'values' | 'origins'>,
  keys: readonly ConfigKey[],
): readonly Problem[] {
  return error.issues.flatMap((issue): readonly Problem[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') {
      const known = namesAt(keys, path.map(String), kindAt(values, path)) ?? [];
      return issue.keys.map((name) => {
        const meant = suggest(name, known);
        const hint = meant === undefined ? `; known here: ${known.join(', ')}` : `; did you mean "${meant}"?`;
        return problemAt([...path, name], `unknown key${hint}`, origins);
      });
    }
    return [problemAt(path, sentence(issue), origins)];
  });
}

/** The `type` of the mapping at a path, which says what else it may have. */
function kindAt(values: unknown, path: readonly (string | number)[]): string | undefined {
  const mapping = path.reduce<unknown>((value, name) => (isMapping(value) ? value[name] : undefined), values);
  return isMapping(mapping) && typeof mapping.type === 'string' ? mapping.type : undefined;
}

function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeSentence(issue);
    case 'too_big':
    case 'too_small':
      return rangeSentence(issue);
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `unknown or missing type; must be one of ${issue.options.map(String).join(', ')}`
        : issue.message;
    case 'invalid_format':
      return issue.format === 'url' ? 'must be an address such as https://example.org/path' : issue.message;
    case 'invalid_key':
      return 'a name must begin with a letter and have only a-z, 0-9 and -';
    default:
      return issue.message.replace(/^Invalid (input|option): /, '').replace(/^(Too \w+): /, '$1: ');
  }
}

/** Words of people for the names that zod has for types. */
const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section with settings of its own',
  record: 'a section with settings of its own',
};

function typeSentence(issue: z.core.$ZodIssueInvalidType): string {
  const wanted = kinds[issue.expected] ?? issue.expected;
  const received = / received (\w+)$/.exec(issue.message)?.[1] ?? '';
  if (received === 'undefined') return `missing (must be ${wanted})`;
  if (['NaN', 'Infinity'].includes(received)) return `must be ${wanted}, not ${received}`;
  if (received === 'number' && issue.expected === 'int') return 'must be a whole number';
  const given = received === 'null' ? 'nothing' : (kinds[received] ?? received);
  return given === '' ? `must be ${wanted}` : `must be ${wanted}, not ${given}`;
}

function rangeSentence(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const big = issue.code === 'too_big';
  const limit = String(big ? issue.maximum : issue.minimum);
  if (issue.origin !== 'number' && issue.origin !== 'int')
    return `must have at ${big ? 'most' : 'least'} ${limit} ${issue.origin === 'array' ? 'entries' : 'characters'}`;
  if (issue.inclusive === false) return `must be ${big ? 'less' : 'more'} than ${limit}`;
  return `must be at ${big ? 'most' : 'least'} ${limit}`;
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
