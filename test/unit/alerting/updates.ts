import type { NewRecord } from '../../../shared/bus/port.ts';
import type { IncidentUpdate } from '../../../shared/incident.ts';

/** An update of the n-th incident, on container `c<n>`. */
export function update(
  n: number,
  more: Partial<IncidentUpdate['incident']> = {},
  change: IncidentUpdate['change'] = 'opened',
): IncidentUpdate {
  return {
    id: `update-${n}-${more.version ?? 1}`,
    change,
    at: 1_000 + n,
    incident: {
      id: `incident-${n}`,
      version: 1,
      kind: 'incident',
      status: 'open',
      title: `c${n}: something`,
      severity: 'high',
      openedAt: 1_000 + n,
      updatedAt: 1_000 + n,
      host: { id: 'h1', name: 'lab1' },
      workload: { id: `w${n}`, name: `service-${n}` },
      container: { id: `id${n}`, name: `c${n}`, image: { name: 'nginx:1', id: 'sha256:1' }, lineage: `l${n}` },
      findings: [
        {
          id: `finding-${n}`,
          rule: { id: 'rule-1', title: 'Something', catalogue: ['MNT-01'] },
          kind: 'signature',
          nature: 'event',
          severity: 'high',
          summary: 'something',
          count: 1,
          firstAt: 1_000,
          lastAt: 1_000,
        },
      ],
      more: 0,
      count: 1,
      techniques: [],
      tactics: [],
      ruleSets: [],
      ...more,
    },
  };
}

export const incidentRecord = (value: IncidentUpdate | string): NewRecord => ({
  key: 'h1',
  value: typeof value === 'string' ? value : JSON.stringify(value),
  at: 1_000,
});
