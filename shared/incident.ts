import { z } from 'zod';
import { severities } from './finding.ts';

/** `acknowledged`: a person works on it; it goes back to `open` when it gets worse. */
export const incidentStatuses = ['open', 'acknowledged', 'closed'] as const;
export type IncidentStatus = (typeof incidentStatuses)[number];

/**
 * What an update tells. `grown`: a finding more, the end of a condition, or a note; `reopened`: it was closed and a finding came soon after, or
 * it was acknowledged and got worse; `merged`: it is closed, and goes on in the incident that `mergedInto` names.
 */
export const incidentChanges = ['opened', 'grown', 'acknowledged', 'closed', 'reopened', 'merged'] as const;
export type IncidentChange = (typeof incidentChanges)[number];

/** What a person did, when (ms since the epoch), and what they said; texts are as they were typed. */
const remarkSchema = z.object({ at: z.number(), by: z.string(), note: z.string() });

/** What an update says of a line. */
export const lineChanges = ['new', 'more', 'ended'] as const;
export type LineChange = (typeof lineChanges)[number];

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
  status: z.enum(incidentStatuses),
  title: z.string(),
  /** The worst of its findings, or one step more than its worst event. */
  severity: z.enum(severities),
  /** Why it is one step more, in sentences, and what it would be otherwise. */
  raised: z.object({ from: z.enum(severities), because: z.array(z.string()) }).optional(),
  openedAt: z.number(),
  updatedAt: z.number(),
  closedAt: z.number().optional(),
  closeReason: z.string().optional(),
  /** Who closed it, where a person did. */
  closedBy: z.string().optional(),
  /** Who works on it, since when, and why that is enough; gone when it reopens. */
  acknowledgement: remarkSchema.optional(),
  /** What people noted, oldest first; bounded, the oldest leave. */
  notes: z.array(remarkSchema).optional(),
  /** How often it was opened again. */
  reopened: z.number().int().optional(),
  /** Id of the older incident in which it goes on. */
  mergedInto: z.string().optional(),
  /** Ids of younger incidents that went on in this one, also by way of another; bounded, the oldest leave. */
  merged: z.array(z.string()).optional(),
  /** Findings that belong to it and that a suppression kept out of it. */
  suppressed: z.number().int().optional(),
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
  /** All of its containers, where there are several: whatever was found in them is in it. First seen first; bounded, the oldest leave. */
  containers: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
  /** How many are not in that list any more. One that comes back after fifty others have come counts as another. */
  moreContainers: z.number().int().optional(),
  /** The workloads of its containers, where there are others than `workload`. First seen first; bounded, those stay. */
  workloads: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
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
  change: z.enum(incidentChanges),
  at: z.number(),
  incident: incidentSchema,
  /** The finding that opened or grew it. */
  finding: z.string().optional(),
  /**
   * The lines of the incident that are others than in the update before, by the id of their first finding: a new one, more of the same, or no
   * longer so. Updates of older versions have no such list.
   */
  lines: z.array(z.object({ id: z.string(), how: z.enum(lineChanges) })).optional(),
  /** Why it reopened or merged, who noted what, or that a suppression hid it until then; one sentence. */
  reason: z.string().optional(),
});
export type IncidentUpdate = z.infer<typeof incidentUpdateSchema>;
