import { keysOf } from '../config/keys.ts';
import { problemText, schemaProblems } from '../config/problems.ts';
import type { Problem, Source } from '../config/source.ts';
import { mostLevels } from '../config/yaml-bounds.ts';
import { yamlSource } from '../config/yaml-source.ts';
import { exitCode, UserError } from '../errors.ts';
import { escapeControl } from '../escape.ts';
import {
  byName,
  ordered,
  type Profile,
  type ProfileFile,
  phasesOf,
  profileFileSchema,
  profileVersion,
} from './profile.ts';

/** Room for twice what an export may have, 11 features of 2,000 items, each of five keys and entries and some 35 tokens. It has no aliases. */
export const profileBounds = { entries: 300_000, tokens: 2_000_000, aliases: 0, depth: mostLevels } as const;

/**
 * Reads a profile file strictly: whatever is not of the format is refused, with its place.
 * @throws UserError with exit code 78 that names every problem
 */
export function readProfile(text: string, file: string): Profile {
  const source = yamlSource(text, file, { bounds: profileBounds, keepsEmpty: true });
  if (source.problems.length > 0) throw refusal(source.problems);
  const version = source.values['moorwatch-profile'];
  if (version !== profileVersion) throw refusal([versionProblem(version, source, file)]);
  const parsed = profileFileSchema.safeParse(source.values);
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error, source, keysOf(profileFileSchema));
    throw refusal(problems.map((problem) => inFile(withoutKey(problem), file)));
  }
  return profileIn(parsed.data);
}

const profileIn = ({ workload, host, mode, features }: ProfileFile): Profile => ({
  workload,
  host,
  features: byName(
    Object.entries(features).map(([name, feature]) => ({
      name,
      mode: feature.mode ?? mode,
      items: ordered(feature.items.map((item) => ({ ...item, phases: phasesOf(item.phases) }))),
    })),
  ),
});

function versionProblem(version: unknown, { origins }: Source, file: string): Problem {
  const origin = origins.get('moorwatch-profile') ?? { kind: 'default' };
  const message =
    version === undefined
      ? `this is no profile: one has a line "moorwatch-profile: ${profileVersion}"`
      : `profiles of this version are not known here; this Moorwatch reads version ${profileVersion}`;
  return inFile({ origin, path: ['moorwatch-profile'], message }, file);
}

/** An item is known by the hash of its canonical text, which its text for people does not give. */
const withoutKey = (problem: Problem): Problem =>
  problem.path.at(-1) === 'key' && problem.message.startsWith('missing')
    ? {
        ...problem,
        message:
          'missing, and it cannot be told from the text: take the item from `baselines export` or `baselines show`',
      }
    : problem;

/** What is missing at the top stands nowhere, so the file's begin is named. */
const inFile = (problem: Problem, file: string): Problem =>
  problem.origin.kind === 'default' ? { ...problem, origin: { kind: 'file', file, line: 1, column: 1 } } : problem;

const problemsShown = 20;

function refusal(problems: readonly Problem[]): UserError {
  const lines = problems.slice(0, problemsShown).map((problem) => escapeControl(problemText(problem), 500));
  const more = problems.length > problemsShown ? [`${problems.length - problemsShown} more`] : [];
  return new UserError(
    `the profile has ${problems.length} problem${problems.length === 1 ? '' : 's'}\n  ${[...lines, ...more].join('\n  ')}`,
    { fix: 'mend them and try again; the format is described in docs/baselines.md', code: exitCode.config },
  );
}
