import { z } from 'zod';
import { phases } from '../../shared/baseline-state.ts';
import type { BaselineView, ItemView, PhaseView } from '../../shared/baseline-view.ts';
import { units } from '../../shared/quantity-state.ts';
import type { QuantityView } from '../../shared/quantity-view.ts';

/** Baselines as the document of the feed describes them; what the members mean is said where they are made (shared/baseline-view.ts). */
const ref = z.object({ id: z.string(), name: z.string() });
const texts = z.array(z.string());
const count = z.number().int();
/** Every member, also those that may be absent: a schema that has one less would fit as well. */
type AllOf<View> = Readonly<Record<keyof View, z.ZodType>>;

const phaseSchema = z.object({
  phase: z.enum(phases),
  state: z.enum(['unseen', 'learning', 'unstable', 'steady']),
  since: z.number().exactOptional(),
  sightings: count,
  newProbability: z.number(),
  missing: texts,
} satisfies AllOf<PhaseView>);

const itemSchema = z.object({
  key: z.string(),
  text: z.string(),
  example: z.string().exactOptional(),
  members: count.exactOptional(),
  as: z.enum(['learned', 'held', 'novel']),
  phases: z.array(z.enum(phases)),
  known: z.array(z.enum(phases)),
  versions: z.object({ oldest: count, newest: count }).exactOptional(),
  count,
  first: z.number(),
  last: z.number(),
  review: texts.exactOptional(),
  approved: z.object({ by: z.string(), at: z.number(), reason: z.string() }).exactOptional(),
} satisfies AllOf<ItemView>);

const quantitySchema = z.object({
  kind: z.enum(['level', 'rate', 'pattern']),
  unit: z.enum(units),
  text: z.string(),
  learned: z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() }).exactOptional(),
  told: z.object({ at: z.number(), text: z.string(), ended: z.number().exactOptional() }).exactOptional(),
} satisfies AllOf<QuantityView>);

const baselineSchema = z.object({
  host: ref,
  workload: ref,
  feature: z.string(),
  state: z.enum(['learning', 'unstable', 'partial', 'steady', 'too-large']),
  mode: z.enum(['learn', 'enforce']),
  missing: texts,
  phases: z.object({ startup: phaseSchema, steady: phaseSchema }),
  seen: z.number(),
  versions: z.array(z.object({ image: z.string(), name: z.string(), first: z.number(), number: count })),
  items: z.array(itemSchema),
  quantity: quantitySchema.exactOptional(),
} satisfies AllOf<BaselineView>) satisfies z.ZodType<BaselineView>;

export const baselinesAnswer = z.object({ baselines: z.array(baselineSchema) });
/** In a list the items are only counted. */
export const baselineSummariesAnswer = z.object({ baselines: z.array(baselineSchema.extend({ items: count })) });
