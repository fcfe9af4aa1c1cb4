import type { BusRecord } from '../../shared/bus/port.ts';
import { type CanaryRecord, canaryHeader, canaryRecordSchema } from '../../shared/canary.ts';
import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';

/** The canary in a record of the topic `incidents`; undefined when it has none. */
export function canaryIn({ headers, value }: BusRecord): CanaryRecord | undefined {
  if (headers[canaryHeader] === undefined) return undefined;
  try {
    return canaryRecordSchema.safeParse(JSON.parse(value ?? 'null')).data;
  } catch {
    return undefined;
  }
}

/** What a receiver that wants canaries gets: an incident that nobody can take for a real one, over at once. */
export function canaryUpdate({ id, at, host }: CanaryRecord): IncidentUpdate {
  const incident = deriveId('canary', id);
  return {
    id: deriveId(incident, 1),
    change: 'closed',
    at,
    incident: {
      id: incident,
      version: 1,
      kind: 'incident',
      status: 'closed',
      title: 'CANARY of Moorwatch: nothing happened',
      severity: 'informational',
      openedAt: at,
      updatedAt: at,
      closedAt: at,
      closeReason: 'it only shows that the chain is whole',
      host,
      findings: [
        {
          id,
          rule: { id: 'canary', title: 'Canary', catalogue: [] },
          kind: 'signature',
          nature: 'event',
          severity: 'informational',
          summary: `the collector of ${host.name} tells that it sees`,
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
