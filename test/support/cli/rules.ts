import { runCli } from '../../../cli/run.ts';
import { readEnvironment } from '../../../shared/config/environment.ts';

/** `moorwatch rules …` in this process: exit code and what it printed. */
export async function runRules(...args: readonly string[]) {
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
    argv: ['node', 'moorwatch', 'rules', ...args],
    stdout: stream(out),
    stderr: stream(err),
    environment: readEnvironment({}),
    root: false,
    version: '1.2.3',
    onClosed: () => undefined,
  });
  return { code, out: out.join(''), err: err.join('') };
}
