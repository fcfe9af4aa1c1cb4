import type { ContainerSnapshot } from '../engine/facts/snapshot.ts';
import type { EngineWatch } from '../engine/watch.ts';

/** Which containers' mounts lead to a runtime's socket. */
export interface Reach {
  reaches(id: string): boolean;
  reaching(): ReadonlySet<string>;
}

export function createReach({ container, containers }: Pick<EngineWatch, 'container' | 'containers'>): Reach {
  /** Asked of every container ten times a second: worked out once for each snapshot. */
  const known = new WeakMap<ContainerSnapshot, boolean>();
  const leads = (snapshot: ContainerSnapshot): boolean => {
    const before = known.get(snapshot);
    if (before !== undefined) return before;
    const found = snapshot.objects.some(({ mount }) => mount?.is_runtime_socket || mount?.covers_socket);
    known.set(snapshot, found);
    return found;
  };
  return {
    reaches: (id) => {
      const one = container(id);
      return one !== undefined && leads(one.snapshot);
    },
    reaching: () => new Set(containers().flatMap(({ id, snapshot }) => (leads(snapshot) ? [id] : []))),
  };
}
