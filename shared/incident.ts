import { z } from 'zod';
import { severities } from './finding.ts';

/** One line of an incident: equal findings (same rule, same subject) are one line with a count. */
export const incidentFindingSchema = z.object({
  /** Id of the first finding of the line. */
  id: z.string(),
  rule: z.object({ id: z.string(), title: z.string(), catalogue: z.array(z.string()) }),
  kind: z.enum(['signature', 'sequence', 'deviation']),
  nature: z.enum(['event', 'condition']),
  severity: z.enum(severities),
  summary: z.string(),
  count: z.number().int(),
  firstAt: z.number(),
  lastAt: z.number(),
  /** Conditions: since when it is no longer so. */
  endedAt: z.number().optional(),
});

/** Related findings on one container lineage (or one host), as a person works on them. */
export const incidentSchema = z.object({
  /** hash(host, lineage or host, first finding). */
  id: z.string(),
  /** 1 at opening, one more with every update. */
  version: z.number().int(),
  kind: z.enum(['incident', 'posture']),
  status: z.enum(['open', 'closed']),
  title: z.string(),
  severity: z.enum(severities),
  openedAt: z.number(),
  updatedAt: z.number(),
  closedAt: z.number().optional(),
  closeReason: z.string().optional(),
  host: z.object({ id: z.string(), name: z.string() }),
  workload: z.object({ id: z.string(), name: z.string() }).optional(),
  container: z
    .object({
      id: z.string(),
      name: z.string(),
      image: z.object({ name: z.string(), id: z.string() }),
      lineage: z.string(),
    })
    .optional(),
  /** Lines, first seen first; bounded, what does not fit is counted in `more`. */
  findings: z.array(incidentFindingSchema),
  more: z.number().int(),
  /** All findings ever put in, lines times counts. */
  count: z.number().int(),
  techniques: z.array(z.string()),
  tactics: z.array(z.string()),
  ruleSets: z.array(z.string()),
  traceparent: z.string().optional(),
});
export type Incident = z.infer<typeof incidentSchema>;

/** What the incidents topic carries; the feed and the sinks get exactly this. */
export const incidentUpdateSchema = z.object({
  /** Idempotency id: hash(incident id, version). */
  id: z.string(),
  change: z.enum(['opened', 'grown', 'closed']),
  at: z.number(),
  incident: incidentSchema,
  /** The finding that opened or grew it. */
  finding: z.string().optional(),
});
export type IncidentUpdate = z.infer<typeof incidentUpdateSchema>;
