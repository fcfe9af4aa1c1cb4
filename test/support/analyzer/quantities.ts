import { createQuantities, isOfWorkload } from '../../../analyzer/baselines/quantities/branch.ts';
import { quantities } from '../../../analyzer/baselines/quantities/index.ts';
import type { FindingRecord } from '../../../shared/finding.ts';
import type { Observation } from '../../../shared/observation.ts';

/** The quantities alone, as the stage drives them but without the rest of it: weeks of readings in moments. */
export function createQuantityPlay(needs = { observations: 50, hours: 24, newProbability: 0.05 }, mediumPerWeek = 1) {
  const state = new Map<string, string>();
  let branch = createQuantities({ partition: 0, restored: new Map() }, quantities);
  const commit = (): void => {
    for (const table of branch.store.tables)
      for (const { key, value } of table.takeChanges()) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
  };
  return {
    state,
    store: () => branch.store,
    /** Takes them one by one at their own time, and commits. */
    batch(observations: readonly Observation[], { isHeld = false } = {}): readonly FindingRecord[] {
      const records = observations.flatMap((observation) => {
        const { at, container } = observation;
        branch.settle(at);
        branch.hear(observation, at);
        if (!isOfWorkload(observation)) return [];
        const phase = (container?.age_s ?? 1_000) < 60 ? 'startup' : 'steady';
        const lineage = container?.id ?? '';
        return branch.judge({
          observation,
          at,
          now: at,
          phase,
          lineage,
          isHeld,
          needs,
          mediumPerWeek,
          ruleSet: 'rules-1',
        });
      });
      commit();
      return records;
    },
    /** Time comes to this without an observation. */
    settle(now: number): void {
      branch.settle(now);
      commit();
    },
    trouble(observation: Observation): void {
      const { host, workload, container } = observation;
      const of = { host: host.id, workload: workload?.id ?? '' };
      branch.troubleOf({ ...of, lineage: container?.id ?? '' });
      branch.trouble(of);
      commit();
    },
    /** Another branch from the committed state. */
    restart(): void {
      branch = createQuantities({ partition: 0, restored: new Map(state) }, quantities);
    },
  };
}

export type QuantityPlay = ReturnType<typeof createQuantityPlay>;
