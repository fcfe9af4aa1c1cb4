import { z } from 'zod';
import type { Observation } from '../../../shared/observation.ts';

/** Means of one slot of time by level, in its unit. */
const slotSchema = z.object({ slot: z.number().int(), means: z.record(z.string(), z.number()) });
export type Slot = Readonly<z.infer<typeof slotSchema>>;

/** Readings of the slot that is read now: how many, and their sum by level. It grows in place. */
const openSchema = z.object({
  slot: z.number().int(),
  readings: z.number().int(),
  sums: z.record(z.string(), z.number()),
});
export type OpenSlot = z.infer<typeof openSchema>;

/** What is remembered of one container among its siblings. Times are record times, ms since the epoch. */
export const replicaSchema = z.object({
  host: z.string(),
  workload: z.string(),
  container: z.string(),
  /** What siblings have in common: image and configuration. */
  kind: z.string(),
  since: z.number(),
  seen: z.number(),
  open: openSchema.optional(),
  /** The last two that are over, older first. */
  over: z.array(slotSchema).readonly(),
  /** For how many slots in a row it was unlike its siblings, by level. */
  runs: z.record(z.string(), z.number().int()),
  /** Slot in which it was compared last. */
  compared: z.number().int().optional(),
});
export type Replica = Readonly<z.infer<typeof replicaSchema>>;

/** Who is compared with one: alive on the same host, of the same workload, image and configuration. */
export type Siblings = readonly Replica[];

/** Fewer replicas are not compared: of two nobody knows which is the odd one. */
export const fewestReplicas = 3;

/** Whether an observation shows its container alive; undefined when it says neither. */
export function isAlive({ kind, event, container }: Observation): boolean | undefined {
  if (kind === 'container_lifecycle' && (event.action === 'die' || event.action === 'destroy')) return false;
  const isUp = container?.state === undefined || container.state === 'running' || container.state === 'paused';
  // What is told around the start and the end of a container, or of one that waits to be started.
  const isBetween = kind === 'container_lifecycle' && event.action !== 'start';
  return isUp && !isBetween ? true : undefined;
}
