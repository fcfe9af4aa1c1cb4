import type { Environment } from '../shared/config/environment.ts';
import { type LoadedConfig, loadConfig } from '../shared/config/load.ts';
import { type Origin, type Source, withValue } from '../shared/config/source.ts';
import { type StateFiles, stateDirOf, stateFilesOf } from '../shared/state-dir.ts';
import { createLogSink, type LogSink } from '../shared/telemetry/log-sink.ts';
import type { Terminal } from './terminal.ts';

/** Flags that every command knows. */
export interface GlobalFlags {
  readonly config?: string;
  readonly stateDir?: string;
  readonly engine?: string;
  readonly port?: number;
  readonly logFormat?: 'human' | 'json';
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** What a command works with; made once, in run.ts. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly flags: GlobalFlags;
  readonly version: string;
  readonly root: boolean;
  /** The exit code when the command is done; 0 when nobody says. */
  readonly exitWith: (code: number) => void;
}

/** Makes the context of a call from the flags it was given. */
export type MakeContext = (flags: GlobalFlags) => CliContext;

/** The configuration under the flags of this call. @throws UserError (78) */
export function configOf(context: CliContext): LoadedConfig {
  const { flags, environment } = context;
  return loadConfig({
    ...(flags.config === undefined ? {} : { file: flags.config }),
    environment: environment.settings,
    flags: flagSource([
      { flag: '--state-dir', path: ['stateDir'], value: flags.stateDir },
      { flag: '--engine', path: ['engine', 'host'], value: flags.engine },
      { flag: '--port', path: ['feed', 'port'], value: flags.port },
    ]),
  });
}

function flagSource(given: readonly { flag: string; path: readonly string[]; value: unknown }[]): Source {
  const set = given.filter(({ value }) => value !== undefined);
  return {
    values: set.reduce<Record<string, unknown>>((values, { path, value }) => withValue(values, path, value), {}),
    origins: new Map(set.map(({ flag, path }): [string, Origin] => [path.join('.'), { kind: 'flag', flag }])),
    problems: [],
  };
}

/** Where this configuration keeps state. */
export function stateOf(context: CliContext, { config }: LoadedConfig): StateFiles {
  const directory = stateDirOf({
    configured: config.stateDir,
    root: context.root,
    stateHome: context.environment.xdg.stateHome,
    home: context.environment.home,
  });
  return stateFilesOf(directory, { database: config.sqlite.path, token: config.feed.tokenFile });
}

export interface LogOptions {
  readonly format: 'human' | 'json';
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly color: boolean;
}

/** Lines for a person on a terminal, NDJSON for a collector of logs behind a pipe, unless a flag says otherwise. */
export function logOptionsOf(context: CliContext, stderrIsTty: boolean): LogOptions {
  const { flags } = context;
  return {
    format: flags.logFormat ?? (stderrIsTty || flags.quiet === true ? 'human' : 'json'),
    level: flags.quiet === true ? 'error' : flags.verbose === true ? 'debug' : 'info',
    color: context.terminal.stderrColors.isColorSupported,
  };
}

export function logSinkOf(options: LogOptions, write: (text: string) => void): LogSink {
  return createLogSink({ ...options, write, now: () => new Date() });
}
