import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packagePath } from '../../shared/package-root.ts';

const run = promisify(execFile);
const patienceMs = 10_000;

/** Of what `moorwatch baselines list` prints, the line of a workload's feature without what aligns it; undefined where there is none. */
export const lineOf = (list: string, workload: string, feature: string): string | undefined =>
  list
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/))
    .find((columns) => columns[1] === workload && columns[2] === feature)
    ?.join('  ');

/** Asks a running Moorwatch as a user would; undefined also where nobody answers. @param config its moorwatch.yml */
export async function learnedLine(config: string, workload: string, feature: string): Promise<string | undefined> {
  const args = ['baselines', 'list', '--config', config, '--no-color'];
  try {
    const { stdout } = await run(process.execPath, [packagePath('bin/moorwatch.js'), ...args], { timeout: patienceMs });
    return lineOf(stdout, workload, feature);
  } catch {
    return undefined;
  }
}
