import { z } from 'zod';
import { severities, severityRank } from '../../shared/finding.ts';
import { type IncidentUpdate, incidentStatuses } from '../../shared/incident.ts';

const name = z.string().min(1).max(256);

/** What a client wants to see; every member given must fit. Names or ids, spelled exactly. */
export const filterSchema = z.strictObject({
  minSeverity: z.enum(severities).optional(),
  host: name.optional(),
  workload: name.optional(),
  container: name.optional(),
  /** Rule id or catalogue row. */
  rule: name.optional(),
  status: z.enum(incidentStatuses).optional(),
});
export type Filter = z.infer<typeof filterSchema>;

export function matches(filter: Filter, { incident }: IncidentUpdate): boolean {
  const { minSeverity, rule } = filter;
  if (minSeverity !== undefined && severityRank(incident.severity) < severityRank(minSeverity)) return false;
  if (filter.status !== undefined && incident.status !== filter.status) return false;
  if (!isNamed(filter.host, incident.host)) return false;
  // What joined or merged is in it, too.
  if (!oneIsNamed(filter.workload, [incident.workload, ...(incident.workloads ?? [])])) return false;
  if (!oneIsNamed(filter.container, [incident.container, ...(incident.containers ?? [])])) return false;
  return (
    rule === undefined || incident.findings.some((line) => line.rule.id === rule || line.rule.catalogue.includes(rule))
  );
}

type Named = { readonly id: string; readonly name: string } | undefined;

const isNamed = (wanted: string | undefined, thing: Named): boolean =>
  wanted === undefined || thing?.id === wanted || thing?.name === wanted;

const oneIsNamed = (wanted: string | undefined, things: readonly Named[]): boolean =>
  wanted === undefined || things.some((thing) => isNamed(wanted, thing));
