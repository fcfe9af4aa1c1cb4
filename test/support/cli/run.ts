import { runCli } from '../../../cli/run.ts';
import { readEnvironment } from '../../../shared/config/environment.ts';

/** `moorwatch …` in this process: exit code and what it printed. */
export async function runMoorwatch(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (into: string[]) => ({
    write: (text: string) => {
      into.push(text);
      return true;
    },
    on: () => undefined,
  });
  const code = await runCli({
    argv: ['node', 'moorwatch', ...args],
    stdout: stream(out),
    stderr: stream(err),
    environment: readEnvironment(variables),
    root: false,
    version: '1.2.3',
    onClosed: () => undefined,
  });
  return { code, out: out.join(''), err: err.join('') };
}

export const runRules = (...args: readonly string[]) => runMoorwatch(['rules', ...args]);
