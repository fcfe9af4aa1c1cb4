import type { Concluded } from '../../../analyzer/step.ts';
import type { WorkloadRef } from '../../../shared/observation.ts';
import type { Simulation } from '../../support/simulator/simulate.ts';

/** What the baselines branch is given of a simulation when no rule matches anything: what is of a workload, and of which one the other side is. */
export function* concludedOf(simulation: Simulation): Iterable<Concluded> {
  const containers = new Map<string, WorkloadRef>();
  for (const { observation } of simulation.observations()) {
    const { container, workload, destination, at } = observation;
    if (container === undefined || workload === undefined) continue;
    containers.set(container.id, workload);
    const sibling = containers.get(destination?.container_id ?? '');
    const step = { now: at, observation };
    yield { step, records: [], lineage: container.id, troubles: [], ...(sibling && { sibling }) };
  }
}
