import { existsSync, readFileSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../errors.ts';
import { escapeControl } from '../escape.ts';
import { environmentSource } from './environment-source.ts';
import { configKeys } from './keys.ts';
import { problemText, schemaProblems } from './problems.ts';
import { type Config, configSchema } from './schema.ts';
import { mergeValues, type Origin, type Source } from './source.ts';
import { yamlSource } from './yaml-source.ts';

export interface ConfigInputs {
  /** `--config`; a file that was asked for must exist. */
  readonly file?: string;
  /** Variables MOORWATCH_…, by full name. */
  readonly environment: Readonly<Record<string, string>>;
  /** Values from flags with the flag's name; they win. */
  readonly flags?: Source;
  /** Places to look in when no file was asked for; the first that exists is taken. */
  readonly candidates?: readonly string[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** By path joined with `.`; what is not here is a default. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly file?: string;
}

const defaultCandidates = ['/etc/moorwatch/moorwatch.yml', 'moorwatch.yml'];

/**
 * The configuration: defaults < file < environment < flags, checked once and frozen.
 * @throws UserError with exit code 78 that names every problem, each with its place.
 */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const file = inputs.file ?? inputs.environment.MOORWATCH_CONFIG ?? findFile(inputs.candidates);
  const sources = [
    ...(file === undefined ? [] : [readSource(file)]),
    environmentSource(inputs.environment, (path) => readFileSync(path, 'utf8')),
    ...(inputs.flags === undefined ? [] : [inputs.flags]),
  ];
  const values = sources.map((source) => source.values).reduce(mergeValues, {});
  const origins = new Map(sources.flatMap((source) => [...source.origins]));
  const parsed = configSchema.safeParse(values);
  const problems = [
    ...sources.flatMap((source) => source.problems),
    ...(parsed.success ? [] : schemaProblems(parsed.error, { values, origins }, configKeys())),
  ];
  if (!parsed.success || problems.length > 0) {
    const lines = problems.map((problem) => escapeControl(problemText(problem), 500));
    throw new UserError(
      `the configuration has ${lines.length} problem${lines.length === 1 ? '' : 's'}\n  ${lines.join('\n  ')}`,
      {
        fix: 'mend them and try `moorwatch config check`; all settings are listed in docs/configuration.md',
        code: exitCode.config,
      },
    );
  }
  return { config: freeze(parsed.data), origins, ...(file === undefined ? {} : { file }) };
}

function findFile(candidates: readonly string[] = defaultCandidates): string | undefined {
  return candidates.find((candidate) => existsSync(candidate));
}

function readSource(file: string): Source {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`the configuration file ${escapeControl(file)} cannot be read: ${messageOf(error)}`, {
      fix: 'give the path of a readable file with --config, or leave the flag out to use the defaults',
      code: exitCode.config,
      cause: error,
    });
  }
  return yamlSource(text, file);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}
