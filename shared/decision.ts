import { z } from 'zod';
import { scopeSchema } from './suppression-scope.ts';

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

/** What is to be done about baselines; the analyzer obeys. Workloads by id, features by name, items by key. */
export const baselineOrderSchema = z.discriminatedUnion('type', [
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
export type BaselineOrder = z.infer<typeof baselineOrderSchema>;

/** An incident by its id, and the version that was looked at: when it is given and the incident has changed since, nothing is done. */
const incident = { incident: id, version: z.number().int().positive().optional() };

/** What is to be done about incidents; alerting's incident stage obeys. What the actor says is the decision's reason. */
export const incidentOrderSchema = z.discriminatedUnion('type', [
  /** Somebody works on it. */
  z.strictObject({ type: z.literal('acknowledge'), ...incident }),
  /** It is over, whatever is still so. */
  z.strictObject({ type: z.literal('close'), ...incident }),
  /** The reason is a remark for who looks at it later. */
  z.strictObject({ type: z.literal('note'), ...incident }),
  /** Findings of that scope on the decision's host open and grow no incident until then; they are counted. */
  z.strictObject({
    type: z.literal('suppress'),
    scope: scopeSchema,
    /** ms since the epoch. */
    expiresAt: z.number().int().positive(),
  }),
  /** A suppression ends now. */
  z.strictObject({ type: z.literal('unsuppress'), suppression: id }),
  /** The decision's host was taken away: nothing is expected of it any more, until it speaks again. */
  z.strictObject({ type: z.literal('forget-host') }),
]);
export type IncidentOrder = z.infer<typeof incidentOrderSchema>;

export const orderSchema = z.discriminatedUnion('type', [baselineOrderSchema, incidentOrderSchema]);
export type Order = z.infer<typeof orderSchema>;

/** Which stage obeys. */
export const isIncidentOrder = (order: Order): order is IncidentOrder => incidentOrderSchema.safeParse(order).success;

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

export const baselineDecisionSchema = decisionSchema.extend({ order: baselineOrderSchema });
export type BaselineDecision = z.infer<typeof baselineDecisionSchema>;
export const incidentDecisionSchema = decisionSchema.extend({ order: incidentOrderSchema });
export type IncidentDecision = z.infer<typeof incidentDecisionSchema>;

/** What an order says without the items that it may bring. */
const orderSummarySchema = z.object({
  type: z.enum([
    'approve',
    'forget',
    'reset',
    'mode',
    'import',
    'acknowledge',
    'close',
    'note',
    'suppress',
    'unsuppress',
    'forget-host',
  ]),
  workload: z.string().optional(),
  feature: z.string().optional(),
  key: z.string().optional(),
  mode: z.enum(['learn', 'enforce']).optional(),
  /** How many items it brings. */
  items: z.number().int().optional(),
  incident: z.string().optional(),
  version: z.number().int().optional(),
  scope: scopeSchema.optional(),
  expiresAt: z.number().optional(),
  suppression: z.string().optional(),
});

export const summaryOfOrder = (order: Order): DecisionAnswer['made']['order'] =>
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
  /** Where it was about several features of a workload, each: what was done; `forgotten`: so many items of it. */
  features: z
    .array(z.object({ feature: z.string(), text: z.string(), forgotten: z.number().int().exactOptional() }))
    .optional(),
  /** Id of the incident in which the one that it was about goes on. */
  successor: z.string().optional(),
  /** The decision itself, so that the answers alone are the audit log: who, when, what, why. */
  made: z.object({ at: z.number(), actor: actorSchema, reason: z.string(), order: orderSummarySchema }),
});
export type DecisionAnswer = z.infer<typeof decisionAnswerSchema>;
