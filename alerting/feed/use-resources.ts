import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { Observation } from '../../shared/observation.ts';

export interface UseResources {
  take(observation: Observation): void;
  use(): WorkloadUse['resources'];
}

/** The most that one container of the workload used, and when. */
export function createUseResources(): UseResources {
  let use: WorkloadUse['resources'] = { readings: 0 };
  const more = (known: { value: number; at: number } | undefined, value: number, at: number) =>
    known === undefined || value > known.value ? { value, at } : known;
  return {
    take: ({ kind, at, resources }) => {
      if (kind !== 'resources' || resources === undefined) return;
      use = {
        readings: use.readings + 1,
        first: Math.min(use.first ?? at, at),
        last: Math.max(use.last ?? at, at),
        pids: more(use.pids, resources.pids, at),
        memory: more(use.memory, resources.memory_bytes, at),
      };
    },
    use: () => use,
  };
}
