import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';

/**
 * An incident that nobody can take for a real one, opened (`version` 1) or closed again (2); of the lowest severity. Its id is of this moment, so that
 * receivers that drop what they know take it.
 */
export function testUpdate(
  at: number,
  { host, version }: { readonly host: string; readonly version: 1 | 2 },
): IncidentUpdate {
  const id = deriveId('sink test', host, at);
  const isClosed = version === 2;
  return {
    id: deriveId(id, version),
    change: isClosed ? 'closed' : 'opened',
    at,
    incident: {
      id,
      version,
      kind: 'incident',
      status: isClosed ? 'closed' : 'open',
      title: 'TEST of Moorwatch: nothing happened',
      severity: 'informational',
      openedAt: at,
      updatedAt: at,
      ...(isClosed && { closedAt: at, closeReason: 'the test is over' }),
      host: { id: deriveId('sink test host', host), name: host },
      findings: [
        {
          id: deriveId(id, 'finding'),
          rule: { id: 'sink-test', title: 'Test message', catalogue: [] },
          kind: 'signature',
          nature: 'event',
          severity: 'informational',
          summary: 'somebody ran `moorwatch sinks test`',
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
