import { CommanderError } from 'commander';
import { type Environment, readEnvironment } from '../shared/config/environment.ts';
import { exitCode, MalformedError, messageOf, UnavailableError, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { packageVersion } from '../shared/package-root.ts';
import type { CliContext, GlobalFlags } from './context.ts';
import { createProgram } from './program.ts';
import { createTerminal, type OutputStream } from './terminal.ts';

/** The world of one call of `moorwatch`. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Environment;
  readonly root: boolean;
  readonly version: string;
  /** The reader of our output went away. */
  readonly onClosed: () => void;
}

/** Runs one command; resolves with the exit code. Never throws: what went wrong was told on stderr, with what to do. */
export async function runCli(cli: CliProcess): Promise<number> {
  const exit: { code: number } = { code: exitCode.ok };
  const contextOf = (flags: GlobalFlags & { color?: boolean }): CliContext => ({
    terminal: createTerminal({
      stdout: cli.stdout,
      stderr: cli.stderr,
      color: cli.environment.color,
      colorFlag: flags.color !== false,
      quiet: flags.quiet === true,
      onClosed: cli.onClosed,
    }),
    environment: cli.environment,
    flags,
    version: cli.version,
    root: cli.root,
    exitWith: (code) => {
      exit.code = code;
    },
  });
  const program = createProgram({
    version: cli.version,
    contextOf,
    write: (text) => void cli.stdout.write(text),
    complain: (text) => void cli.stderr.write(text),
  });
  try {
    await program.parseAsync([...cli.argv]);
    return exit.code;
  } catch (error) {
    return tell(error, cli);
  }
}

function tell(error: unknown, { stderr }: CliProcess): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  // Messages of several lines are ours (they escaped what they quote); the rest is escaped here.
  const message = error instanceof UserError ? error.message : escapeControl(messageOf(error), 1_000);
  stderr.write(`moorwatch: ${message}\n`);
  if (error instanceof UserError) {
    stderr.write(`  ${error.fix}\n`);
    return error.code;
  }
  if (error instanceof MalformedError) stderr.write(`  at ${escapeControl(error.place)}\n`);
  return error instanceof UnavailableError ? exitCode.unavailable : exitCode.failure;
}

/** The call that this process is. */
export function thisProcess(): CliProcess {
  return {
    argv: process.argv,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: readEnvironment(),
    root: process.geteuid?.() === 0,
    version: packageVersion(),
    // As a tool that got SIGPIPE would end, but quietly; commands that go on without a reader handle it before (up).
    onClosed: () => process.exit(exitCode.ok),
  };
}
