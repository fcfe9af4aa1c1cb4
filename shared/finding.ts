import { z } from 'zod';
import { canaryRecordSchema } from './canary.ts';
import { decisionAnswerSchema } from './decision.ts';

export const severities = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** 0 informational … 4 critical. */
export const severityRank = (severity: Severity): number => severities.indexOf(severity);
export const worstSeverity = (a: Severity, b: Severity): Severity => (severityRank(a) >= severityRank(b) ? a : b);

const hostRef = z.object({ id: z.string(), name: z.string() });

/** A conclusion (design §2, §5): the public shape of `moorwatch findings --json`. */
export const findingSchema = z.object({
  /** hash(kind, rule id, subject, completing observation). */
  id: z.string(),
  /** Time of the completing observation, ms since the epoch. */
  at: z.number(),
  /** `logged` of the record that completed it; not part of equality. */
  detectedAt: z.number(),
  kind: z.enum(['signature', 'sequence', 'deviation']),
  nature: z.enum(['event', 'condition']),
  severity: z.enum(severities),
  rule: z.object({
    id: z.string(),
    title: z.string(),
    catalogue: z.array(z.string()),
    /** ATT&CK technique ids, `T1611`. */
    techniques: z.array(z.string()),
    /** ATT&CK tactics with dashes, `privilege-escalation`. */
    tactics: z.array(z.string()),
    hash: z.string(),
  }),
  /** Hash of the rule set that made it. */
  ruleSet: z.string(),
  summary: z.string(),
  host: hostRef,
  workload: hostRef.optional(),
  container: z
    .object({
      id: z.string(),
      name: z.string(),
      image: z.object({ name: z.string(), id: z.string() }),
      /** Stable over replacements (design §4 Identity). */
      lineage: z.string(),
      /** Hash over all that it may do and was told to run (N9). */
      configuration: z.string().optional(),
    })
    .optional(),
  /** Id of the container that surely asked the engine to make this one, or to run this in it. */
  creator: z.string().optional(),
  /** The fields that mattered, under the names of the rule language. */
  observation: z.looseObject({ id: z.string(), kind: z.string(), at: z.number() }),
  coverage: z.object({ tier: z.string() }),
  /** Conditions: what it is about (row, object, lineage); the same text as long as it is so. */
  subject: z.string().optional(),
  /** Already so when the host was watched for the first time: belongs to the host's posture incident. */
  posture: z.boolean().optional(),
  /** A digest of novelty seen while learning: shown, never an incident of its own. */
  digest: z.boolean().optional(),
  /** W3C traceparent, from the observation. */
  traceparent: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** What the findings topic carries: a finding, the end of a condition that was told before, what became of a decision, or a canary. */
export const findingRecordSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('finding'), finding: findingSchema }),
  z.object({
    type: z.literal('ended'),
    /** Id of the finding that told the condition. */
    id: z.string(),
    subject: z.string(),
    at: z.number(),
    host: hostRef,
    lineage: z.string(),
    reason: z.string(),
  }),
  decisionAnswerSchema,
  canaryRecordSchema,
]);
export type FindingRecord = z.infer<typeof findingRecordSchema>;
