import { judgeSteps, restoreBaselines } from '../../../analyzer/baselines/baselines.ts';
import { features } from '../../../analyzer/baselines/features/index.ts';
import type { Concluded } from '../../../analyzer/step.ts';
import type { WorkloadRef } from '../../../shared/observation.ts';
import { shippedOptions } from '../../support/simulator/drive.ts';
import type { Simulation } from '../../support/simulator/simulate.ts';

const batchSize = 500;

/**
 * Observations a second of CPU time of the baselines alone: what is observed is read, and known to be of which container, and nothing is matched
 * by rules; what changed of the state is written as text. The first half only warms up.
 */
export function judgingRate(simulation: Simulation, most: number): number {
  const baselines = restoreBaselines({ partition: 0, restored: new Map() });
  const judging = { features, options: shippedOptions(), ruleSet: 'no rules' };
  const containers = new Map<string, WorkloadRef>();
  let [count, measured, seconds] = [0, 0, 0];
  let batch: Concluded[] = [];
  for (const { observation } of simulation.observations()) {
    const { container, workload, destination, at } = observation;
    if (container === undefined || workload === undefined) continue;
    containers.set(container.id, workload);
    const sibling = containers.get(destination?.container_id ?? '');
    const step = { now: at, observation };
    batch.push({ step, records: [], lineage: container.id, troubled: false, ...(sibling && { sibling }) });
    count += 1;
    if (batch.length < batchSize) continue;
    const began = process.cpuUsage();
    judgeSteps(baselines, batch, judging);
    const { user, system } = process.cpuUsage(began);
    if (count > most / 2) {
      measured += batch.length;
      seconds += (user + system) / 1e6;
    }
    batch = [];
    if (count >= most) break;
  }
  return measured / seconds;
}
