import { z } from 'zod';
import { deriveId } from '../../shared/hash.ts';
import type { Observation } from '../../shared/observation.ts';
import { cappedRef, cappedText } from '../capped.ts';

/** A candidate waits for the end of the container it may replace for at most so long (record time). */
export const pendingMs = 60_000;
/** The conditions of a destroyed container outlive it for so long, so that a replacement can continue them. */
export const holdMs = 60_000;
/** How long a destroyed container is remembered for what is still heard of it. */
export const forgetMs = 600_000;

/** What is remembered of a container. */
export const containerSchema = z.object({
  id: z.string(),
  host: z.object({ id: z.string(), name: z.string() }),
  lineage: z.string(),
  /** Record time of the first and the last snapshot. */
  since: z.number(),
  seen: z.number(),
  workload: z.object({ id: z.string(), name: z.string() }).optional(),
  /** Name, and hash of the place it claims, at creation: compose renames the old container before it makes the new one. */
  name: z.string(),
  place: z.string().optional(),
  repository: z.string(),
  /** Absent until a snapshot was seen. */
  configHash: z.string().optional(),
  /** When it was destroyed (`at` of that observation). */
  endedAt: z.number().optional(),
  holdUntil: z.number().optional(),
  forgetAt: z.number().optional(),
  /** The container that this one may replace (while `pendingUntil` is set) or has replaced. */
  predecessor: z.string().optional(),
  pendingUntil: z.number().optional(),
  /** The container that waits to replace this one, or has. */
  successor: z.string().optional(),
});
export type Container = z.infer<typeof containerSchema>;

/** Lineage of a container that continues no other. */
export const ownLineage = (hostId: string, containerId: string): string => deriveId('lineage', hostId, containerId);

/** When something is due for a container. */
export const wakeOf = (container: Container): number | undefined => {
  const times = [container.pendingUntil, container.holdUntil, container.forgetAt].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
};

/** What an observation says of its container, as a new entry; undefined when it names none. */
export function containerFrom(observation: Observation, now: number): Container | undefined {
  const facts = observation.container;
  if (facts === undefined) return undefined;
  const claims = [facts.project, facts.service, facts.number];
  return {
    id: facts.id,
    host: cappedRef(observation.host),
    lineage: ownLineage(observation.host.id, facts.id),
    since: now,
    seen: now,
    ...(observation.workload === undefined ? {} : { workload: cappedRef(observation.workload) }),
    name: cappedText(facts.name),
    ...(claims.includes(undefined) ? {} : { place: deriveId(...claims) }),
    repository: cappedText(facts.image.repository),
    ...(facts.config_hash === undefined ? {} : { configHash: facts.config_hash }),
  };
}

/**
 * The container that a new one replaces or may replace: same slot (name, or claimed project, service and number), image repository and
 * configuration hash; it lives or ended within the hold, nobody else waits for it, and it waits for nobody. A label alone is never enough,
 * since the configuration must be equal too. One that has ended is preferred, then the youngest.
 */
export function predecessorOf(candidate: Container, known: readonly Container[]): Container | undefined {
  if (candidate.configHash === undefined) return undefined;
  return known
    .filter((other) => isReplaceable(other) && isSameSlot(candidate, other))
    .sort((a, b) => preference(a) - preference(b) || b.since - a.since || (a.id < b.id ? -1 : 1))[0];
}

const isReplaceable = (other: Container): boolean =>
  other.successor === undefined &&
  other.pendingUntil === undefined &&
  (other.endedAt === undefined || other.holdUntil !== undefined);

const isSameSlot = (a: Container, b: Container): boolean =>
  a.id !== b.id &&
  a.host.id === b.host.id &&
  a.repository === b.repository &&
  a.configHash === b.configHash &&
  (a.name === b.name || (a.place !== undefined && a.place === b.place));

const preference = (container: Container): number => (container.endedAt === undefined ? 1 : 0);
