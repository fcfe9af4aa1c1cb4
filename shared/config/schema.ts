import { z } from 'zod';
import { feed } from './feed.ts';
import { megabytes, milliseconds } from './fields.ts';
import { kafkaBrokers, kafkaSasl, kafkaSsl } from './kafka.ts';
import { sinkSchema } from './sinks/index.ts';
import { checkTopics } from './sinks/kafka.ts';
import { checkRoutes, routes } from './sinks/routes.ts';
import { checkEncryption } from './sinks/unencrypted.ts';

const engine = z.strictObject({
  host: z.string().optional().describe('engine address: unix:///path, tcp://host:port; default as docker finds it'),
  procfs: z.string().default('/proc').describe('the host’s /proc as this process sees it; empty: do not use it'),
  rootfs: z
    .string()
    .default('/')
    .describe('the host’s / as this process sees it, for resolving bind sources; empty: do not use it'),
  resyncMs: milliseconds.default(60_000).describe('list and inspect everything this often'),
});

const sensors = z.strictObject({
  connections: z
    .strictObject({
      enabled: z.boolean().default(true),
      fastMs: milliseconds.default(250).describe('sweep interval while a container is new or changing'),
      slowMs: milliseconds.default(2_000).describe('sweep interval of a quiet container'),
    })
    .prefault({}),
  changes: z
    .strictObject({
      enabled: z.boolean().default(true),
      settleMs: milliseconds
        .default(300)
        .describe('a container’s diff is taken so long after a copy into it or the end of an exec'),
      distanceMs: milliseconds.default(10_000).describe('shortest time between two diffs of one container'),
      entries: z.number().int().min(1).default(256).describe('most files that one diff tells'),
    })
    .prefault({}),
  canary: z
    .strictObject({
      enabled: z.boolean().default(true),
      everyMs: milliseconds
        .default(900_000)
        .describe('tell this often of something that did not happen, which is expected at each sink'),
    })
    .prefault({}),
  unknownContainers: z
    .strictObject({
      enabled: z.boolean().default(true),
      everyMs: milliseconds.default(10_000).describe('look for containers that the engine does not know this often'),
    })
    .prefault({}),
  apiSockets: z
    .strictObject({
      enabled: z.boolean().default(true),
      fastMs: milliseconds
        .default(100)
        .describe('look for connections to a runtime’s API this often, where a container can reach one'),
      slowMs: milliseconds.default(2_000).describe('look for them in other containers this often'),
    })
    .prefault({}),
  mounts: z
    .strictObject({
      enabled: z.boolean().default(true),
      fastMs: milliseconds
        .default(500)
        .describe('look at the mounts of a container that is new or changing this often'),
      slowMs: milliseconds.default(10_000).describe('look at those of a quiet container this often'),
    })
    .prefault({}),
  daemon: z
    .strictObject({
      enabled: z.boolean().default(true),
      everyMs: milliseconds
        .default(300_000)
        .describe("look at the engine's version, settings, programs and permissions this often"),
    })
    .prefault({}),
  processes: z
    .strictObject({
      enabled: z.boolean().default(true),
      fastMs: milliseconds.default(250).describe('sweep interval while a container is new or changing'),
      slowMs: milliseconds.default(2_000).describe('sweep interval of a quiet container'),
    })
    .prefault({}),
  dns: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'names that containers ask the DNS for, and those of destinations, by bpftrace: costs every system call, tells what people look up',
        ),
    })
    .prefault({}),
  resources: z
    .strictObject({
      enabled: z.boolean().default(true),
      everyMs: milliseconds.default(30_000),
      concurrency: z.number().int().min(1).default(4),
    })
    .prefault({}),
});

const kafka = z.strictObject({
  brokers: kafkaBrokers.default(['127.0.0.1:9092']),
  clientId: z.string().default('moorwatch'),
  topicPrefix: z.string().default('moorwatch.'),
  replication: z.number().int().min(1).default(1).describe('copies of each partition of topics that are created'),
  topics: z
    .enum(['create', 'check'])
    .default('create')
    .describe('create: topics that are missing are made; check: never, for a user without the right to'),
  sessionTimeoutMs: milliseconds
    .default(10_000)
    .describe('a process that is silent for so long loses its partitions to the others'),
  requestTimeoutMs: milliseconds.default(10_000).describe('a request without an answer for so long has failed'),
  ssl: kafkaSsl,
  sasl: kafkaSasl,
});

const sqlite = z.strictObject({
  path: z.string().optional().describe('default: moorwatch.db in the state directory'),
  synchronous: z
    .enum(['normal', 'full'])
    .default('normal')
    .describe('full: survives power loss at every acknowledged append'),
});

const spool = z.strictObject({
  megabytes: megabytes
    .default(512)
    .describe('most that the collector keeps on disk while the brokers are away (bus: kafka)'),
  hours: z.number().positive().default(24).describe('what is older than this is not kept waiting'),
});

const settings = z.strictObject({
  stateDir: z.string().optional().describe('default: /var/lib/moorwatch as root, $XDG_STATE_HOME/moorwatch otherwise'),
  engine: engine.prefault({}),
  sensors: sensors.prefault({}),
  bus: z.enum(['sqlite', 'kafka']).default('sqlite'),
  sqlite: sqlite.prefault({}),
  kafka: kafka.prefault({}),
  spool: spool.prefault({}),
  log: z
    .strictObject({
      partitions: z.number().int().min(1).max(256).default(4).describe('never changes once the log exists'),
      retentionHours: z.number().positive().default(168),
      retentionMegabytes: megabytes.default(1024).describe('per topic'),
      queuedObservations: z
        .number()
        .int()
        .min(1)
        .default(50_000)
        .describe("most that wait in the collector's memory when neither log nor spool takes them"),
    })
    .prefault({}),
  monitor: z
    .strictObject({
      user: z
        .string()
        .default('nobody')
        .describe('the account that analyzer and alerting change to when started as root'),
    })
    .prefault({}),
  rules: z
    .strictObject({
      directories: z.array(z.string()).default([]).describe('your own Sigma rules, beside the shipped ones'),
      placeholders: z
        .string()
        .optional()
        .describe('file with a map of names to lists: what `expand` puts in their places'),
      watch: z
        .boolean()
        .default(true)
        .describe('take up changes of rule files while running; false: at the next start'),
    })
    .prefault({}),
  baselines: z
    .strictObject({
      enabled: z.boolean().default(true).describe('learn what each workload, and the host, normally does'),
      minimumObservations: z
        .number()
        .int()
        .min(1)
        .default(50)
        .describe('learning never ends before so many sightings, but by quiet, where there are few'),
      minimumHours: z.number().min(0).default(24).describe('learning never ends before so many hours of record time'),
      newProbability: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.05)
        .describe('learning ends when the next item is new with at most this probability (upper bound)'),
      startupSeconds: z
        .number()
        .min(0)
        .default(60)
        .describe('what a container does so soon after its start is learned apart from the rest'),
      mediumPerWeek: z
        .number()
        .min(0)
        .default(1)
        .describe(
          'a deviation is medium where the like, of its kind and of its workload, comes at most so often a week',
        ),
      kilobytesPerWorkload: z
        .number()
        .int()
        .min(64)
        .default(8_192)
        .describe(
          'so much of what one workload does is kept at most, a quarter of it for one feature; beyond, what is new is only counted',
        ),
    })
    .prefault({}),
  incidents: z
    .strictObject({
      quietMinutes: z
        .number()
        .positive()
        .default(15)
        .describe('an incident without open conditions closes after so much quiet'),
      reopenMinutes: z
        .number()
        .min(0)
        .default(60)
        .describe('what is found so soon after an incident of the same container closed opens it again'),
      suppressionMaxDays: z.number().positive().max(3_650).default(90).describe('a suppression lasts at most so long'),
    })
    .prefault({}),
  feed: feed.prefault({}),
  sinks: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), sinkSchema).default({}),
  routes,
  watch: z
    .strictObject({
      stillMinutes: z
        .number()
        .positive()
        .default(5)
        .describe(
          'a sink, or a partition of analyzer or alerting, that does not move so long though something waits is told',
        ),
    })
    .prefault({}),
  canary: z
    .strictObject({ sinks: z.array(z.string()).default([]).describe('sinks whose receivers get canaries, too') })
    .prefault({}),
});

/** The whole configuration; moorwatch.yml, environment (MOORWATCH_SECTION_KEY) and flags are all checked against it. */
export const configSchema = settings.superRefine(checkRoutes).superRefine(checkTopics).superRefine(checkEncryption);
export type Config = z.infer<typeof configSchema>;
export type SinkConfig = Config['sinks'][string];
