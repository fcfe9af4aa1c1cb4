import type { BaselineView } from '../../shared/baseline-view.ts';
import type { Moorwatch } from './moorwatch.ts';

/** Features of workloads for which learning has ended. */
export async function steadyBaselines(running: Moorwatch): Promise<readonly BaselineView[]> {
  const { stdout } = await running.cli('baselines', 'list', '--json');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as BaselineView)
    .filter(({ phases }) => phases.steady.state === 'steady');
}
