import type { SweptContainer } from './sweeps.ts';

/** A container is swept fast while it is so young, or so long after something began in it. */
const youngMs = 60_000;
const stirredMs = 10_000;

export interface SweepSchedule {
  /** Something began in this container. */
  stir(id: string, now: number): void;
  /** Which containers are looked at in this turn. */
  due(now: number, containers: readonly SweptContainer[]): ReadonlySet<string>;
}

/** Fast while something may be going on, slow otherwise. `slowMs`: between two looks at a quiet container. */
export function createSweepSchedule({ slowMs }: { readonly slowMs: number }): SweepSchedule {
  const stirred = new Map<string, number>();
  const last = new Map<string, number>();
  return {
    stir: (id, now) => void stirred.set(id, now),
    due: (now, containers) => {
      const living = new Set(containers.map(({ id }) => id));
      for (const map of [stirred, last]) for (const id of map.keys()) if (!living.has(id)) map.delete(id);
      const due = containers.filter(({ id, startedAt }) => {
        const fast = now - startedAt < youngMs || now - (stirred.get(id) ?? 0) < stirredMs;
        return fast || now - (last.get(id) ?? 0) >= slowMs;
      });
      for (const { id } of due) last.set(id, now);
      return new Set(due.map(({ id }) => id));
    },
  };
}
