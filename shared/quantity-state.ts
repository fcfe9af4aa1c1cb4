import { z } from 'zod';
import { progressSchema, type Requirement, requirementSchema } from './baseline-state.ts';

/**
 * What the analyzer keeps of the quantities of a workload in the topic `analyzer-state`, under `partition/host/quantity/<workload>/<name>`.
 * Times are those of observations, ms since the epoch, but where record time is said.
 */

/** A DDSketch: the weight of zeros, then index and weight of each bin that is not empty, ascending: `[0, 3, 12, 5, 1]`. */
export const sketchSchema = z.array(z.number()).min(1).readonly();
export type Sketch = z.infer<typeof sketchSchema>;

/** As of features; `hoursOfDay` has a bit for each hour of the day (UTC) that was watched. */
export const quantityProgressSchema = progressSchema.extend({ hoursOfDay: z.number().int() });
export type QuantityProgress = Readonly<z.infer<typeof quantityProgressSchema>>;

export const units = ['%', 'B', 'B/s', 'processes', 'per hour', 'times'] as const;
export type Unit = (typeof units)[number];

/** What was learned, in numbers for people. */
const learnedSchema = z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() });
export type Learned = Readonly<z.infer<typeof learnedSchema>>;

/** A level that was told: it is not learned, unless somebody approves it. */
const toldSchema = z.object({
  at: z.number(),
  by: z.enum(['jump', 'shift', 'rate']),
  level: z.number(),
  /** Last time it was so high. */
  lastHigh: z.number(),
  /** When it had gone back; from then on it may be told again. */
  ended: z.number().optional(),
  /** What was read meanwhile, and the hours of the day in which. */
  sketch: sketchSchema.optional(),
  hoursOfDay: z.number().int(),
});

const ref = z.object({ id: z.string(), name: z.string() });
const common = {
  host: ref,
  workload: ref,
  quantity: z.string(),
  unit: z.enum(units),
  /** Record time of the last observation that showed it. */
  seen: z.number(),
  needs: requirementSchema,
  progress: z.object({ startup: quantityProgressSchema.optional(), steady: quantityProgressSchema.optional() }),
  learned: learnedSchema.optional(),
  /** Once it has learned nothing more is, and what exceeds that is high, because somebody decided so; absent: it learns by itself. */
  mode: z.literal('enforce').optional(),
  told: toldSchema.optional(),
};

/** How far a chart of the workload rose that reached its threshold, and the hour (since the epoch) of that. */
const peakSchema = z.tuple([z.number(), z.number().int(), z.literal('told').optional()]).readonly();
export type Peak = z.infer<typeof peakSchema>;
const peaksSchema = z.array(peakSchema).readonly().optional();

/** Mean of the readings of one hour: its number since the epoch, the sum of what was read and of the weights. */
const hourSchema = z.object({ hour: z.number().int(), sum: z.number(), weight: z.number() });

/** A quantity that is read: CPU, memory, what is sent. */
const levelSchema = z.object({
  ...common,
  kind: z.literal('level'),
  startup: sketchSchema.optional(),
  total: sketchSchema,
  /** One for each hour of the day (UTC). */
  hours: z.array(sketchSchema).length(24).readonly(),
  /** Day up to which what is old was faded. */
  fadedTo: z.number().int(),
  hour: hourSchema.optional(),
  /** Logarithm of the usual mean of each hour of the day, and of how many days; how far an hour is usually from it. */
  means: z
    .array(z.tuple([z.number(), z.number()]).readonly())
    .length(24)
    .readonly(),
  spread: z.number(),
  /** Logarithm of the usual mean of each day of the week (days since the epoch modulo seven), and of how many days. */
  weekdays: z
    .array(z.tuple([z.number(), z.number()]).readonly())
    .length(7)
    .readonly()
    .optional(),
  /** What the charts did so far. */
  peaks: z.object({ jump: peaksSchema, shift: peaksSchema }).readonly().optional(),
  /** The chart of hours. */
  shift: z
    .object({
      sum: z.number(),
      since: z.number(),
      hours: z.number(),
      excess: z.number(),
      /** The highest that the sum was. */
      peak: z.number().optional(),
    })
    .optional(),
  day: z.object({ day: z.number().int(), sum: z.number(), hours: z.number() }).optional(),
  /** Logarithm of the mean of each of the last days, oldest first. */
  days: z.array(z.number()).readonly(),
  driftTold: z.number().optional(),
});
export type LevelMemory = Readonly<z.infer<typeof levelSchema>>;

const countedHourSchema = z.object({
  hour: z.number().int(),
  count: z.number().int(),
  /** It is not learned: something in it was told, or came from what was in trouble. */
  tainted: z.boolean(),
});
export type CountedHour = Readonly<z.infer<typeof countedHourSchema>>;

/** What happens so many times an hour. */
const rateSchema = z.object({
  ...common,
  kind: z.literal('rate'),
  total: sketchSchema,
  hours: z.array(sketchSchema).length(24).readonly(),
  fadedTo: z.number().int(),
  open: countedHourSchema.optional(),
  /** Over, and learned when ten minutes passed without trouble. */
  closed: countedHourSchema.optional(),
  /** It has learned by quiet, in so many hours in which somebody was there to hear of it; absent: by its happening, or not at all. */
  quiet: z.number().int().optional(),
  /** When somebody had its learning begin anew: what was heard before is no evidence. */
  since: z.number().optional(),
});
/** Rates of what sweeps find: that they find nothing does not say that there was nothing, so they do not learn by quiet. */
export const sweptRates: ReadonlySet<string> = new Set(['connections', 'new-destinations']);

export type RateMemory = Readonly<z.infer<typeof rateSchema>>;

/** A value in words, how often it was seen, and the first and last day (since the epoch) on which. */
const patternValueSchema = z.tuple([z.string(), z.number().int(), z.number().int(), z.number().int()]).readonly();
export type PatternValue = z.infer<typeof patternValueSchema>;

/** When, or how, something happens: one of few values. */
const patternSchema = z.object({
  ...common,
  kind: z.literal('pattern'),
  known: z.array(patternValueSchema).readonly(),
  /** Told, and not learned. */
  novel: z.array(patternValueSchema).readonly(),
  /** Seen too lately to be learned: who showed it may yet turn out to be in trouble. `until` is record time. */
  waiting: z
    .array(
      z.object({ value: z.string(), lineage: z.string(), count: z.number().int(), at: z.number(), until: z.number() }),
    )
    .readonly(),
});
export type PatternMemory = Readonly<z.infer<typeof patternSchema>>;

/**
 * What learning of hours takes: a week at least, and few sightings, as their chance of an unusual hour is an estimate that few of them make
 * large, not a bound.
 */
export const needsOfHours = ({ observations, hours, newProbability }: Requirement): Requirement => ({
  observations: Math.min(observations, 7),
  hours: Math.max(hours, 168),
  newProbability: Math.max(newProbability, 0.2),
});

export const quantitySchema = z.discriminatedUnion('kind', [levelSchema, rateSchema, patternSchema]);
export type QuantityMemory = LevelMemory | RateMemory | PatternMemory;
