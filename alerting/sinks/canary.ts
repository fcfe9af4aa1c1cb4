import type { BusRecord } from '../../shared/bus/port.ts';
import { type CanaryRecord, canaryHeader, canaryRecordSchema } from '../../shared/canary.ts';
import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { mockUpdate } from './mock-incident.ts';

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
export const canaryUpdate = ({ id, at, host }: CanaryRecord): IncidentUpdate =>
  mockUpdate({
    id: deriveId('canary', id),
    version: 1,
    at,
    host,
    title: 'CANARY',
    line: { id, rule: 'canary', title: 'Canary', summary: `the collector of ${host.name} tells that it sees` },
    closeReason: 'it only shows that the chain is whole',
  });
