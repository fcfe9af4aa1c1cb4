import type { StateChange } from '../../shared/bus/port.ts';
import type { IncidentLimits } from './limits.ts';

/** Which findings and decisions were taken already: the newest some thousands of a partition, in a ring of chunks of which a commit rewrites one. */
export interface IdMemory {
  /** Whether it was not taken yet; it is from now on. */
  isNew(id: string): boolean;
  /** What changed since it was last asked. */
  changes(): readonly StateChange[];
}

interface Chunk {
  /** Counts up for ever; its place in the ring is the remainder. */
  readonly number: number;
  readonly ids: string[];
}

/** @param restored state values by ring place, as `changes` gave them. */
export function createIdMemory(options: {
  readonly keyOf: (place: number) => string;
  readonly restored: ReadonlyMap<number, Chunk>;
  readonly limits: IncidentLimits['ids'];
}): IdMemory {
  const { keyOf, limits } = options;
  const ring = new Map<number, Chunk>(options.restored);
  const known = new Set([...ring.values()].flatMap((chunk) => chunk.ids));
  const changed = new Set<number>();
  let newest = [...ring.values()].reduce((last, chunk) => Math.max(last, chunk.number), 0);

  /** The chunk that takes the next id; a new one pushes out the oldest. */
  const current = (): Chunk => {
    const chunk = ring.get(newest % limits.chunks);
    if (chunk?.number === newest && chunk.ids.length < limits.perChunk) return chunk;
    if (chunk?.number === newest) newest += 1;
    const place = newest % limits.chunks;
    for (const id of ring.get(place)?.ids ?? []) known.delete(id);
    const fresh = { number: newest, ids: [] };
    ring.set(place, fresh);
    return fresh;
  };

  return {
    isNew: (id) => {
      if (known.has(id)) return false;
      current().ids.push(id);
      known.add(id);
      changed.add(newest % limits.chunks);
      return true;
    },
    changes: () => {
      const places = [...changed];
      changed.clear();
      return places.map((place) => ({ key: keyOf(place), value: JSON.stringify(ring.get(place)) }));
    },
  };
}
