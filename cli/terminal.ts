import picocolors from 'picocolors';
import type { Environment } from '../shared/config/environment.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command prints: data goes to `out` (stdout), words for a person to `say` (stderr). */
export interface Terminal {
  /** One line of data. */
  out(line: string): void;
  /** One line for a person; nothing when quiet. */
  say(line: string): void;
  /** One line that a person must see, also when quiet. */
  complain(line: string): void;
  /** Text as it is to stderr: log lines. */
  log(text: string): void;
  /** What happens when the reader of stdout goes away, instead of ending the process. */
  whenClosed(run: () => void): void;
  readonly colors: Colors;
  readonly stderrColors: Colors;
}

/** The part of a process stream that is used here. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface TerminalOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly color: Environment['color'];
  /** `--no-color` gives false. */
  readonly colorFlag: boolean;
  readonly quiet: boolean;
  /** The reader of stdout went away (`| head`). */
  readonly onClosed: () => void;
}

/** Colour customs: --no-color, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can. */
export function wantsColor(options: Pick<TerminalOptions, 'color' | 'colorFlag'>, isTTY: boolean | undefined): boolean {
  if (!options.colorFlag || options.color.no) return false;
  return options.color.force || (isTTY === true && !options.color.dumb);
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr } = options;
  let open = true;
  let onClosed = options.onClosed;
  stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    if (open) onClosed();
    open = false;
  });
  // Without a stderr there is nobody to tell.
  stderr.on('error', () => undefined);
  return {
    out: (line) => {
      if (open) stdout.write(`${line}\n`);
    },
    say: (line) => {
      if (!options.quiet) stderr.write(`${line}\n`);
    },
    complain: (line) => void stderr.write(`${line}\n`),
    log: (text) => void stderr.write(text),
    whenClosed: (run) => {
      onClosed = run;
    },
    colors: picocolors.createColors(wantsColor(options, stdout.isTTY)),
    stderrColors: picocolors.createColors(wantsColor(options, stderr.isTTY)),
  };
}
