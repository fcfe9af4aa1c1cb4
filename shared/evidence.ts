import { z } from 'zod';
import { incidentSchema } from './incident.ts';

/** One thing that happened; equal things that follow each other are one entry with a count. */
export const evidenceEntrySchema = z.object({
  at: z.number(),
  /** The last of the equal ones. */
  lastAt: z.number(),
  count: z.number().int(),
  /** Kind of the observation. */
  kind: z.string(),
  /** Of a container of the incident, another of its workload, one that the container made or had something run in, or the host. */
  about: z.enum(['container', 'sibling', 'created', 'host']),
  /** Name of the container, when it is not the one that the incident began with. */
  container: z.string().optional(),
  /** One sentence; what the attacker wrote is in it as it was written. */
  text: z.string(),
});
export type EvidenceEntry = z.infer<typeof evidenceEntrySchema>;

export const evidenceProcessSchema = z.object({
  pid: z.number().int(),
  /** Name of the container, when it is not the one that the incident began with. */
  container: z.string().optional(),
  parent: z.number().int().optional(),
  /** Generations below the oldest known ancestor; the list is in the order of the tree. */
  depth: z.number().int(),
  at: z.number(),
  command: z.string(),
  user: z.string().optional(),
  /** Number of the user as whom a person logged in to the host before it was begun. */
  login: z.number().int().optional(),
  /** `init`, `exec`, `descendant`, `entered`. */
  origin: z.string().optional(),
});
export type EvidenceProcess = z.infer<typeof evidenceProcessSchema>;

export const evidenceConnectionSchema = z.object({
  direction: z.string(),
  transport: z.string(),
  /** Address and port, name where known; the path of a socket. */
  peer: z.string(),
  /** As for a process. */
  container: z.string().optional(),
  count: z.number().int(),
  at: z.number(),
  lastAt: z.number(),
});
export type EvidenceConnection = z.infer<typeof evidenceConnectionSchema>;

/** Somebody who did something, as far as it can be known. */
export const evidenceActorSchema = z.object({
  at: z.number(),
  count: z.number().int(),
  what: z.string(),
  /** As for a process. */
  container: z.string().optional(),
  who: z.string(),
  /** `observed`; `possible`: the engine does not say who asked it. */
  certainty: z.enum(['observed', 'possible', 'unknown']),
});
export type EvidenceActor = z.infer<typeof evidenceActorSchema>;

/** A container's configuration as it was last seen before the window's end, under the names of the rule language. */
export const evidenceConfigurationSchema = z.object({
  at: z.number(),
  container: z.record(z.string(), z.unknown()),
  mounts: z.array(z.record(z.string(), z.unknown())),
});
export type EvidenceConfiguration = z.infer<typeof evidenceConfigurationSchema>;

export const evidenceBaselineSchema = z.object({
  feature: z.string(),
  state: z.string(),
  mode: z.string(),
  /** What within the window was beyond what is normal, first seen first: never seen before, or seen and not learned. Of a learned one only. */
  beyond: z.array(z.object({ text: z.string(), first: z.number(), count: z.number().int() })).optional(),
  /** How many of those found no room. */
  more: z.number().int().optional(),
});
export type EvidenceBaseline = z.infer<typeof evidenceBaselineSchema>;

/** What the log has about an incident: what its container and workload did before, during and after. */
export const evidenceSchema = z.object({
  incident: incidentSchema,
  /** What was read: times of observations, ms. */
  window: z.object({ from: z.number(), to: z.number() }),
  /** What the log had of that window; where it began later, the time before is not known. */
  read: z.object({ observations: z.number().int(), oldest: z.number().optional() }),
  /** Of the container that the incident began with, or that replaced it. */
  configuration: evidenceConfigurationSchema.optional(),
  /** Of its other containers. */
  otherConfigurations: z.array(evidenceConfigurationSchema.extend({ id: z.string(), name: z.string() })).optional(),
  timeline: z.array(evidenceEntrySchema),
  /** Entries between the first and the last ones that found no room. */
  leftOut: z.number().int(),
  /** What else found no room: containers of the incident that nothing was looked for of, and observations of further processes, connections and actors. */
  beyond: z
    .object({
      containers: z.number().int(),
      processes: z.number().int(),
      connections: z.number().int(),
      actors: z.number().int(),
    })
    .optional(),
  processes: z.array(evidenceProcessSchema),
  connections: z.array(evidenceConnectionSchema),
  actors: z.array(evidenceActorSchema),
  /** The highest readings, if there were any. */
  resources: z
    .object({ readings: z.number().int(), cpuPercent: z.number(), memoryBytes: z.number(), pids: z.number().int() })
    .optional(),
  /** What is known of the workload's normal behaviour, and how it differed from that. */
  baselines: z.array(evidenceBaselineSchema),
});
export type Evidence = z.infer<typeof evidenceSchema>;
