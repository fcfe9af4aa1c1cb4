import { z } from 'zod';

/**
 * What the log holds of what the containers of one workload really did and had, folded for `moorwatch baselines harden` (docs/harden.md). Times: ms
 * since the epoch. Names and paths are as the attacker wrote them: escape on output. Every list is bounded; what did not fit is counted beside it.
 */
const ref = z.object({ id: z.string(), name: z.string() });
const count = z.number().int();

/** Something seen several times: one sentence of the first that showed it, and how often. */
const sightingSchema = z.object({ text: z.string(), at: z.number(), count });

const configurationSchema = z.object({
  at: z.number(),
  container: z.string(),
  image: z.string(),
  project: z.string().optional(),
  service: z.string().optional(),
  user: z.string(),
  uid: z.number().nullable().optional(),
  privileged: z.boolean(),
  capabilities: z.object({ added: z.array(z.string()), effective: z.array(z.string()) }),
  readOnly: z.boolean(),
  noNewPrivileges: z.boolean(),
  networkMode: z.string(),
  networks: z.array(z.object({ name: z.string(), id: z.string(), internal: z.boolean().optional() })),
  limits: z.object({ pids: z.number(), memory: z.number() }),
  /** `8080:80/tcp`. */
  published: z.array(z.string()),
  /** Where volumes, binds and tmpfs are mounted. */
  mounts: z.array(z.string()),
  /** Those of `mounts` that are tmpfs by HostConfig.Tmpfs. */
  tmpfs: z.array(z.string()),
});

/** Whose process it was: the workload's own, one of an exec (or that entered from elsewhere), or nobody's that was seen. */
export const owners = ['own', 'exec', 'unknown'] as const;

const destinationSchema = z.object({
  ip: z.string(),
  port: count,
  transport: z.string(),
  scope: z.string(),
  domain: z.string().optional(),
  /** The container that had the address. */
  container: z.object({ id: z.string(), name: z.string(), workload: ref.optional() }).optional(),
  isHost: z.boolean(),
  owner: z.enum(owners),
  first: z.number(),
  last: z.number(),
  count,
});

export const workloadUseSchema = z.object({
  host: ref,
  workload: ref,
  time: z.object({
    first: z.number(),
    last: z.number(),
    /** While at least one of its containers ran and nothing said that this host was not watched. */
    watchedMs: z.number(),
    starts: count,
    containers: count,
    /** Observations of containers that were too many at a time: their time is not counted. */
    leftOut: count,
  }),
  heartbeats: count,
  /** By name: in how many of the heartbeats the sensor ran, and what the last one says. */
  sensors: z.record(z.string(), z.object({ running: count, last: z.string() })),
  /** By what may be missing. */
  gaps: z.array(z.object({ scope: z.string(), count, ms: z.number() })),
  /** The newest; absent where the log no longer has one. */
  configuration: configurationSchema.optional(),
  processes: z.object({
    /** Told of processes of the workload itself; those of execs are left out here and below. */
    seen: count,
    ofExecs: count,
    /** Of them those whose capabilities could be read. */
    withRights: count,
    users: z.array(z.object({ uid: z.number(), name: z.string().optional(), count })),
    /** What its processes had, which is not what they used. */
    effective: z.array(z.string()),
    /** What shows by implication that a capability was used. */
    implied: z.array(sightingSchema.extend({ capability: z.string() })),
    /** What makes it likely, and does not show it. */
    likely: z.array(sightingSchema.extend({ capability: z.string() })),
    /** Rights gained by running a file (setuid, file capabilities): no-new-privileges ends that. */
    gained: z.array(sightingSchema),
  }),
  files: z.object({
    /** What makes the collector compare the container's files with its image's: copies and execs that ended. */
    looks: count,
    lastLook: z.number().optional(),
    paths: z.array(
      z.object({ path: z.string(), change: z.string(), by: z.enum(['exec', 'copy']).optional(), last: z.number() }),
    ),
    /** Programs that ran from the container's own layer. */
    executed: z.array(z.string()),
    leftOut: count,
  }),
  network: z.object({
    /** Addresses of its containers, those of the newest containers last. */
    addresses: z.array(z.object({ ip: z.string(), container: z.string(), running: z.boolean(), last: z.number() })),
    listens: z.array(z.object({ ip: z.string(), port: count, transport: z.string(), owner: z.enum(owners) })),
    egress: z.array(destinationSchema),
    ingress: z.object({ fromContainers: count, fromOutside: count, sample: z.string().optional() }),
    leftOut: count,
  }),
  resources: z.object({
    readings: count,
    first: z.number().optional(),
    last: z.number().optional(),
    pids: z.object({ value: z.number(), at: z.number() }).optional(),
    memory: z.object({ value: z.number(), at: z.number() }).optional(),
  }),
});
export type WorkloadUse = z.infer<typeof workloadUseSchema>;
export type UseConfiguration = z.infer<typeof configurationSchema>;
export type UseDestination = z.infer<typeof destinationSchema>;
export type UseSighting = z.infer<typeof sightingSchema>;
export type Owner = (typeof owners)[number];

/** Answer of `GET /api/v1/use/{workload}`: a name may be that of several workloads. */
export const usesSchema = z.object({ uses: z.array(workloadUseSchema) });
