import { mockUpdate } from '../../alerting/sinks/mock-incident.ts';
import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';

/**
 * An incident that nobody can take for a real one, opened (`version` 1) or closed again (2). Its id is of this moment, so that receivers that drop
 * what they know take it.
 */
export function testUpdate(
  at: number,
  { host, version }: { readonly host: string; readonly version: 1 | 2 },
): IncidentUpdate {
  const id = deriveId('sink test', host, at);
  return mockUpdate({
    id,
    version,
    at,
    host: { id: deriveId('sink test host', host), name: host },
    title: 'TEST',
    line: {
      id: deriveId(id, 'finding'),
      rule: 'sink-test',
      title: 'Test message',
      summary: 'somebody ran `moorwatch sinks test`',
    },
    ...(version === 2 && { closeReason: 'the test is over' }),
  });
}
