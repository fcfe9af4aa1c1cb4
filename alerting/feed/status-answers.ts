import { z } from 'zod';
import { namesWithheldSchema } from '../../shared/names-withheld.ts';
import { standstillSchema } from '../../shared/standstill.ts';
import { watchedContainerSchema } from '../../shared/watched.ts';

/**
 * What the processes say of themselves, as the document of the feed describes it. Each writes its own status, maybe in another version than this feed:
 * what is not named here comes through as it is.
 */
const metrics = z.array(
  z.looseObject({
    name: z.string(),
    value: z.number(),
    attributes: z.record(z.string(), z.string()).optional(),
  }),
);
/** Of a process that runs; `rss` in bytes. */
const process = { pid: z.number().int(), rss: z.number(), metrics };
const words = z.record(z.string(), z.string());

const collectorStatus = z.looseObject({
  part: z.literal('collector'),
  ...process,
  at: z.number(),
  host: z.object({ id: z.string(), name: z.string() }).optional(),
  connected: z.boolean(),
  endpoint: z.string().optional(),
  engine: z.string().optional(),
  api: z.string().optional(),
  problem: z.object({ reason: z.string(), fix: z.string() }).optional(),
  sensors: words.describe('running, unavailable or failed; of dns-answers, that it runs in vain'),
  stoppedSensors: z.record(z.string(), z.number()).describe('those that ran, and since when they do not, ms'),
  coverage: words.describe('by tier: full, partial or none'),
  missing: z.array(z.string()).describe('what cannot be seen, each with what to do'),
  containers: z.number().int(),
  running: z.number().int(),
  watched: z.array(watchedContainerSchema.loose()),
  names: namesWithheldSchema.loose().optional().describe('who keeps destinations from having names'),
  log: z.looseObject({ reachable: z.boolean(), spooled: z.number().int(), since: z.number().optional() }).optional(),
  stopped: z.boolean().optional().describe('its last word: it was stopped in order'),
});

const rulesStatus = z.looseObject({
  loaded: z.number().int(),
  loadedAt: z.number(),
  reloads: z.number().int(),
  failures: z.number().int(),
  rejected: z.array(z.looseObject({ file: z.string(), line: z.number(), column: z.number(), message: z.string() })),
  rejectedCount: z.number().int(),
  kept: z.array(z.looseObject({ file: z.string(), rules: z.number().int(), since: z.number() })),
  keptCount: z.number().int(),
});

const analyzerStatus = z.looseObject({
  part: z.literal('analyzer'),
  ...process,
  rules: rulesStatus,
  ruleSet: z.string(),
  partitions: z.array(z.number().int()),
});

/** Under `analyzer/ruleset/<partition>`: by which rules a partition is judged. */
const ruleSetStatus = z.looseObject({
  part: z.literal('analyzer'),
  ruleSet: z.string(),
  since: z.number(),
  previous: z.string().optional(),
});

const alertingStatus = z.looseObject({
  part: z.literal('alerting'),
  ...process,
  url: z.string(),
  sinks: z.array(
    z.looseObject({
      name: z.string(),
      type: z.string(),
      state: z.string(),
      backlog: z.number().int(),
      lastError: z.string().optional(),
      retryingSince: z.number().optional(),
      lastDelivered: z.number().optional(),
    }),
  ),
});

/** What this version writes into the topic `status`. */
const knownStatus = z.union([collectorStatus, analyzerStatus, ruleSetStatus, alertingStatus, standstillSchema]);
const otherStatus = z.looseObject({}).describe('of another version');

/** As of when an answer is that is given without asking the log (freshness.ts). */
export const fresh = { asOf: z.number(), current: z.boolean() };

export const statusAnswer = z.object({
  ...fresh,
  processes: z.array(
    z.object({
      process: z.string(),
      at: z.number(),
      silentMs: z.number(),
      gone: z.boolean(),
      status: z.union([knownStatus, otherStatus]),
    }),
  ),
});
export const rulesAnswer = z.object({
  rules: z.array(z.object({ process: z.string(), at: z.number(), rules: z.union([rulesStatus, otherStatus]) })),
});
/** Without room for other versions: to judge by what this one writes. */
export const knownStatuses = z.array(z.looseObject({ status: knownStatus }));
