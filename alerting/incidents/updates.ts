import type { Output } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { clip } from '../../shared/clip.ts';
import type { Finding } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { traceparentHeader } from '../../shared/trace-context.ts';
import { caps, type Entry, incidentOf } from './entry.ts';

/** Headers of an incident update beside its trace context: what is counted, and when its finding was logged (ms). */
export const updateHeader = {
  change: 'moorwatch-change',
  severity: 'moorwatch-severity',
  found: 'moorwatch-found',
} as const;

/** A change of an incident that was not told yet. */
export interface Change {
  readonly change: IncidentUpdate['change'];
  readonly at: number;
  readonly finding?: Finding;
  readonly logged: number;
  /** It only counts more of what was told. */
  readonly isMore?: boolean;
  /** Why, where the incident does not say. */
  readonly reason?: string;
}

/** The entry with its next version, and the record that tells of it. */
export function tell(entry: Entry, change: Change): { readonly entry: Entry; readonly output: Output } {
  const { isUntold: _, ...known } = entry;
  const toldLogged = Math.max(entry.toldLogged ?? 0, change.logged);
  const head = { ...entry.head, ...openingTrace(change), version: entry.head.version + 1 };
  const told = { ...known, toldLogged, head };
  const incident = incidentOf(told);
  const update: IncidentUpdate = {
    id: deriveId(incident.id, incident.version),
    change: change.change,
    at: change.at,
    incident,
    ...(change.finding === undefined ? {} : { finding: change.finding.id }),
    ...(change.reason === undefined ? {} : { reason: change.reason }),
    lines: told.lines.flatMap(({ changed, told: { id } }) =>
      changed?.in === incident.version ? [{ id, how: changed.how }] : [],
    ),
  };
  const record = {
    key: incident.host.id,
    value: JSON.stringify(update),
    headers: { [updateHeader.change]: change.change, [updateHeader.severity]: incident.severity, ...traceOf(change) },
    at: change.at,
  };
  return { entry: told, output: { topic: topic.incidents, record } };
}

/** An incident belongs to the trace of the finding that its first update names, as that update's own record does. */
function openingTrace({ change, finding }: Change): { readonly traceparent?: string } {
  const trace = change === 'opened' ? finding?.traceparent : undefined;
  return trace === undefined ? {} : { traceparent: clip(trace, caps.text) };
}

function traceOf({ finding, logged }: Change): Record<string, string> {
  if (finding === undefined) return {};
  return {
    [updateHeader.found]: String(logged),
    ...(finding.traceparent === undefined ? {} : { [traceparentHeader]: finding.traceparent }),
  };
}
