import { z } from 'zod';
import { topic } from '../../shared/bus/topics.ts';
import { type Finding, findingSchema } from '../../shared/finding.ts';
import { findingIn } from './findings.ts';
import type { LogToRead } from './log-questions.ts';

/** A time in which something was not seen, as a finding tells it (MON-01). Times are ms. */
export const gapLineSchema = findingSchema.pick({ id: true, at: true, severity: true, host: true }).extend({
  container: z.object({ id: z.string(), name: z.string() }).optional(),
  from: z.number(),
  to: z.number(),
  /** `events-evicted`, `heartbeat-silent` … (shared/observation.ts). */
  reason: z.string(),
  summary: z.string(),
});
export type GapLine = z.infer<typeof gapLineSchema>;

export interface GapLedger {
  /** The newest, those first. */
  readonly gaps: readonly GapLine[];
  /** How many there are in all. */
  readonly total: number;
}

/** The field names that a finding about a gap has (analyzer/finding.ts); those of earlier versions say only why. */
const fieldsSchema = z.object({
  'gap.reason': z.string(),
  'gap.from': z.number().optional(),
  'gap.to': z.number().optional(),
});

/** When Moorwatch was blind, of all hosts or one (id or name), told since that time. Reads the findings, which are few beside the observations. */
export async function readGaps(
  log: LogToRead,
  { since, host, limit }: { readonly since: number; readonly host?: string | undefined; readonly limit: number },
): Promise<GapLedger> {
  const newest = new Map<string, GapLine>();
  let total = 0;
  for await (const { records } of log.read(topic.findings, { from: { logged: since }, follow: false })) {
    for (const record of records) {
      if (record.logged < since || record.value?.includes('"gap.reason"') !== true) continue;
      const finding = findingIn(record);
      const gap = finding && gapIn(finding);
      if (gap === undefined || (host !== undefined && gap.host.id !== host && gap.host.name !== host)) continue;
      // Another rule may have told the same one.
      if (newest.has(finding?.observation.id ?? '')) continue;
      total += 1;
      newest.set(finding?.observation.id ?? '', gap);
      if (newest.size > 2 * limit) keepNewest(newest, limit);
    }
  }
  keepNewest(newest, limit);
  return { gaps: [...newest.values()].sort(byEnd), total };
}

function gapIn({ id, at, severity, host, container, summary, rule, observation, kind }: Finding): GapLine | undefined {
  if (kind !== 'signature' || !rule.catalogue.includes('MON-01')) return undefined;
  const { data } = fieldsSchema.safeParse(observation);
  if (data === undefined) return undefined;
  const { 'gap.reason': reason, 'gap.from': from = at, 'gap.to': to = at } = data;
  const where = container === undefined ? {} : { container: { id: container.id, name: container.name } };
  return { id, at, severity, host, ...where, from, to, reason, summary };
}

const byEnd = (a: GapLine, b: GapLine): number => b.to - a.to || b.from - a.from || (a.id < b.id ? -1 : 1);

function keepNewest(gaps: Map<string, GapLine>, limit: number): void {
  const old = [...gaps].sort(([, a], [, b]) => byEnd(a, b)).slice(limit);
  for (const [key] of old) gaps.delete(key);
}
