import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';

export interface MockIncident {
  /** Of the incident; receivers drop what they know. */
  readonly id: string;
  readonly version: number;
  readonly at: number;
  readonly host: IncidentUpdate['incident']['host'];
  readonly title: string;
  /** Of its only line, and the rule that it says it is of. */
  readonly line: { readonly id: string; readonly rule: string; readonly title: string; readonly summary: string };
  /** Closed, and why; absent: open. */
  readonly closeReason?: string;
}

/** An update of an incident that nobody can take for a real one: of the lowest severity, and it says of itself that nothing happened. */
export function mockUpdate({ id, version, at, host, title, line, closeReason }: MockIncident): IncidentUpdate {
  const isClosed = closeReason !== undefined;
  return {
    id: deriveId(id, version),
    change: isClosed ? 'closed' : 'opened',
    at,
    incident: {
      id,
      version,
      kind: 'incident',
      status: isClosed ? 'closed' : 'open',
      title: `${title} of Moorwatch: nothing happened`,
      severity: 'informational',
      openedAt: at,
      updatedAt: at,
      ...(isClosed && { closedAt: at, closeReason }),
      host,
      findings: [
        {
          id: line.id,
          rule: { id: line.rule, title: line.title, catalogue: [] },
          kind: 'signature',
          nature: 'event',
          severity: 'informational',
          summary: line.summary,
          count: 1,
          firstAt: at,
          lastAt: at,
        },
      ],
      more: 0,
      count: 1,
      techniques: [],
      tactics: [],
      ruleSets: [],
    },
  };
}
