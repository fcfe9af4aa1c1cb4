import { z } from 'zod';
import { findingSchema } from './finding.ts';
import { reviewReasons } from './review.ts';

/**
 * What the analyzer keeps of baselines in the topic `analyzer-state`; here because alerting and the CLI read it too. Keys are
 * `partition/host/part/…`, each segment escaped as in a URL: `memory/<workload>/<feature>`, `item/<workload>/<feature>/<hash>`,
 * `workload/<workload>`, `watched/<feature>`.
 */
export const baselineParts = {
  workload: 'workload',
  memory: 'memory',
  item: 'item',
  quantity: 'quantity',
  watched: 'watched',
} as const;

/** What a container does right after its start, and what it does later, are learned apart. */
export const phases = ['startup', 'steady'] as const;
export type Phase = (typeof phases)[number];

const ref = z.object({ id: z.string(), name: z.string() });

/** How far the learning of one phase has come. Times are record times, ms since the epoch. */
export const progressSchema = z.object({
  /** `unstable`: still learning, although it had its time: it keeps being new. */
  state: z.enum(['learning', 'unstable', 'steady']),
  /** Since when it is in that state. */
  since: z.number(),
  /** Sightings counted, and how many items were seen exactly once. */
  sightings: z.number().int(),
  once: z.number().int(),
  first: z.number(),
  last: z.number(),
  /** Upper bound of the probability that the next sighting is of a new item. */
  newProbability: z.number(),
  /** Since learning ended: on how many days the workload showed anything in this phase, and the last of them, in days since the epoch. */
  active: z.object({ days: z.number().int(), last: z.number().int() }).optional(),
  /** What was learned late or seldom was asked about when learning had ended. */
  reviewed: z.boolean().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

/** What ends learning; from the configuration. */
export const requirementSchema = z.object({
  observations: z.number(),
  hours: z.number(),
  newProbability: z.number(),
});
export type Requirement = z.infer<typeof requirementSchema>;

/** Everything about one feature of one workload but its items. */
export const memorySchema = z.object({
  host: ref,
  workload: ref,
  feature: z.string(),
  /** Since when the workload was watched for this; absent: not known. */
  since: z.number().optional(),
  seen: z.number(),
  progress: z.object({ startup: progressSchema.optional(), steady: progressSchema.optional() }),
  needs: requirementSchema,
  /** How long a container has run makes no difference to it: there are no starts to learn apart. */
  onePhase: z.literal(true).optional(),
  /** Nothing is learned and what is not known is high, because somebody decided so; absent: it learns by itself. */
  mode: z.literal('enforce').optional(),
  enforcedAt: z.number().optional(),
  /** When somebody last decided what is known: it is not forgotten by time, and gives way last. */
  decided: z.number().optional(),
  /** Since when there is no room for more items, and when what had none was told last. */
  fullSince: z.number().optional(),
  fullToldAt: z.number().optional(),
  /** Findings of the last day (UTC, since the epoch) by what their items have in common (hashed), where that is limited. */
  toldToday: z.object({ day: z.number().int(), counts: z.record(z.string(), z.number().int()) }).optional(),
  /** What an item may end with and be the same all the same (search domains), as far as that is known. */
  endings: z.array(z.string()).optional(),
  /** Novelty that was not worth a finding of its own, to be told at `wakeAt`. */
  digest: z
    .object({
      wakeAt: z.number(),
      count: z.number().int(),
      samples: z.array(z.string()),
      lastAt: z.number(),
      finding: findingSchema,
    })
    .optional(),
});
export type Memory = z.infer<typeof memorySchema>;

/** An item in one phase: learned, held back because its lineage was in trouble, or told as novel. */
export const sightingSchema = z.object({
  as: z.enum(['learned', 'held', 'novel']),
  count: z.number().int(),
  first: z.number(),
  last: z.number(),
  /** Of the sightings those that count for what is still unseen: at least a slot apart; and the last of them. Absent: all do. */
  slots: z.number().int().optional(),
  slotAt: z.number().optional(),
  /** Which of its phase's active days the last sighting fell on; absent: it was before they were counted. */
  activeDay: z.number().int().optional(),
  /** Until learning has ended: bits of the hours of the day (UTC) in which it was seen. */
  hours: z.number().int().optional(),
});
export type Sighting = z.infer<typeof sightingSchema>;

/** In how many slots of time it was seen. */
export const slotsOf = (sighting: Sighting | undefined): number => sighting?.slots ?? sighting?.count ?? 0;

/** Somebody's decision that an item is normal. */
const approvalSchema = z.object({
  by: z.string(),
  at: z.number(),
  reason: z.string(),
  /** Right after a start only; absent: always. */
  startupOnly: z.boolean().optional(),
});

export const itemSchema = z.object({
  host: z.string(),
  workload: z.string(),
  feature: z.string(),
  text: z.string(),
  /** Lineage that showed it first; `shared` once another did too. */
  lineage: z.string(),
  shared: z.boolean().optional(),
  /** Which of the strata of its feature it belongs to; absent: it has none, or was seen before there were any. */
  stratum: z.string().optional(),
  /** Numbers of the oldest and the newest image version that showed it. */
  versions: z.object({ oldest: z.number().int(), newest: z.number().int() }).optional(),
  startup: sightingSchema.optional(),
  steady: sightingSchema.optional(),
  /** When a finding told it: never told again, never silently learned. */
  told: z.number().optional(),
  /** Known whatever was seen, in every phase. */
  approved: approvalSchema.optional(),
  /** When it is decided whether a held item is learned. */
  holdUntil: z.number().optional(),
  /** It is held because one replica alone showed it. */
  alone: z.boolean().optional(),
  /** What its first sighting was before it was generalised; of a fold, one of its members. */
  example: z.string().optional(),
  /** It stands for so many items that differed in one place, which is `<*>` in its text. */
  fold: z.object({ members: z.number().int() }).optional(),
  /** It was learned, but somebody should look at it: why; gone once somebody decided. */
  review: z.array(z.enum(reviewReasons)).optional(),
  /** Where it may vary: keys of the folds that it may become part of, and the place in its text. */
  places: z.array(z.object({ key: z.string(), from: z.number().int(), to: z.number().int() })).optional(),
  /** When it begins to count towards them. */
  ripeAt: z.number().optional(),
});
export type StoredItem = z.infer<typeof itemSchema>;

/** Whether somebody decided that an item is normal in a phase: nothing that is seen changes that. */
export const isApproved = (item: StoredItem | undefined, phase: Phase): boolean =>
  item?.approved !== undefined && (phase === 'startup' || item.approved.startupOnly !== true);

/** A workload's image versions, oldest first. A new version inherits what was learned. Numbers go on when the oldest give way. */
export const workloadSchema = z.object({
  host: ref,
  workload: ref,
  /** When it was seen first; absent: not known. */
  since: z.number().optional(),
  seen: z.number(),
  versions: z
    .array(z.object({ image: z.string(), name: z.string(), first: z.number(), number: z.number().int().optional() }))
    // Those of before they had numbers are counted through.
    .transform((versions) => versions.map((version, index) => ({ ...version, number: version.number ?? index }))),
});
export type StoredWorkload = z.infer<typeof workloadSchema>;

/** When anything of a feature was seen first on a host: before, nobody may have looked. */
export const watchedSchema = z.object({ since: z.number() });
