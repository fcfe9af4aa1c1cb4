import { z } from 'zod';

/**
 * What a person, or a client that may, decided (design §4): a record in the input topic of the stage that obeys it, written by alerting's API
 * alone, with the header `decisionHeader`. The stage answers in its output topic. Together they are the audit log.
 */
export const decisionHeader = 'moorwatch-decision';
/** Version of the shape below. */
export const decisionVersion = '1';

const longest = { id: 256, text: 1_000, items: 2_000 } as const;
/** Ids become keys of stored values, which half a surrogate pair cannot be part of. */
const id = z
  .string()
  .min(1)
  .max(longest.id)
  .refine((value) => !/\p{Surrogate}/u.test(value), 'is no well-formed text');
const text = z.string().min(1).max(longest.text);

/** One feature of one workload, or all features of it. */
const target = { workload: id, feature: id.optional() };

/** One thing that a workload may do, as a profile names it: `key` is what the feature's canonical text hashes to. */
export const profileItemSchema = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{8,64}$/),
  text: z.string().max(longest.text),
  phases: z.array(z.enum(['startup', 'steady'])).min(1),
});
export type ProfileItem = z.infer<typeof profileItemSchema>;

/** What is to be done. Workloads by id, features by name, items by key. */
export const orderSchema = z.discriminatedUnion('type', [
  /** This is normal: known from now on, in every phase. */
  z.strictObject({ type: z.literal('approve'), workload: id, feature: id, key: id }),
  /** This is not normal (any more): the next sighting is new. */
  z.strictObject({ type: z.literal('forget'), workload: id, feature: id, key: id }),
  /** Learning begins anew. */
  z.strictObject({ type: z.literal('reset'), ...target }),
  /** `enforce`: nothing more is learned, deviations are high; `learn`: back to learning by itself. */
  z.strictObject({ type: z.literal('mode'), ...target, mode: z.enum(['learn', 'enforce']) }),
  /** Items of a profile become what is known of one feature, instead of what was learned. */
  z.strictObject({
    type: z.literal('import'),
    workload: id,
    feature: id,
    workloadName: text,
    mode: z.enum(['learn', 'enforce']),
    items: z.array(profileItemSchema).max(longest.items),
  }),
]);
export type Order = z.infer<typeof orderSchema>;

/** Who decided, as the API knows it. */
const actorSchema = z.strictObject({ name: text, role: z.enum(['read', 'acknowledge', 'administer']) });

export const decisionSchema = z.strictObject({
  /** Derived from its content and the moment it was made: sent twice, it is one decision. */
  id,
  /** When it was made, ms since the epoch. */
  at: z.number(),
  host: z.object({ id, name: z.string().max(longest.id) }),
  actor: actorSchema,
  /** Why, in the actor's words. */
  reason: text,
  order: orderSchema,
});
export type Decision = z.infer<typeof decisionSchema>;

/** What an order says without the items that it may bring. */
const orderSummarySchema = z.object({
  type: z.enum(['approve', 'forget', 'reset', 'mode', 'import']),
  workload: z.string(),
  feature: z.string().optional(),
  key: z.string().optional(),
  mode: z.enum(['learn', 'enforce']).optional(),
  /** How many items it brings. */
  items: z.number().int().optional(),
});
export type OrderSummary = z.infer<typeof orderSummarySchema>;

export const summaryOfOrder = (order: Order): OrderSummary =>
  orderSummarySchema.parse(order.type === 'import' ? { ...order, items: order.items.length } : order);

/** Header of an answer: the id of the decision, so that answers are found without reading values. */
export const answerHeader = 'moorwatch-answer';

/** What became of it, in the output topic of the stage. */
export const decisionAnswerSchema = z.object({
  type: z.literal('answer'),
  decision: id,
  at: z.number(),
  host: z.object({ id, name: z.string() }),
  result: z.enum(['applied', 'refused']),
  /** What was done, or why not; one sentence. */
  text: z.string(),
  /** The decision itself, so that the answers alone are the audit log: who, when, what, why. */
  made: z.object({ at: z.number(), actor: actorSchema, reason: z.string(), order: orderSummarySchema }),
});
export type DecisionAnswer = z.infer<typeof decisionAnswerSchema>;
