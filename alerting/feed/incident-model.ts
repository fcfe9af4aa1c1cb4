import type { Incident } from '../../shared/incident.ts';

export interface IncidentQuery {
  /** How the id begins. */
  readonly id?: string;
  readonly status?: Incident['status'];
  /** Changed at or after that time, ms. */
  readonly since?: number;
  /** Most that are listed; all that fit are counted. */
  readonly limit: number;
}

/** The incidents as they are now, for the HTTP API; bounded, closed ones longest unchanged leave first. */
export interface IncidentModel {
  /** Takes a state of an incident; an older one than is known changes nothing. */
  apply(incident: Incident, bytes: number): void;
  get(id: string): Incident | undefined;
  /** Newest change first. */
  list(query: IncidentQuery): {
    readonly incidents: readonly Incident[];
    readonly total: number;
  };
  count(status: Incident['status']): number;
}

export function createIncidentModel(limits = { incidents: 5_000, bytes: 64 * 1024 * 1024 }): IncidentModel {
  const incidents = new Map<string, { incident: Incident; bytes: number }>();
  let bytes = 0;

  const drop = (id: string): void => {
    bytes -= incidents.get(id)?.bytes ?? 0;
    incidents.delete(id);
  };
  const shrink = (): void => {
    while (incidents.size > limits.incidents || (bytes > limits.bytes && incidents.size > 1)) {
      // Insertion order is order of change, since every change puts an incident last.
      const all = [...incidents.values()];
      const leaves = all.find(({ incident }) => incident.status === 'closed') ?? all[0];
      if (leaves === undefined) return;
      drop(leaves.incident.id);
    }
  };

  return {
    apply: (incident, size) => {
      const known = incidents.get(incident.id);
      if (known !== undefined && known.incident.version >= incident.version) return;
      drop(incident.id);
      incidents.set(incident.id, { incident, bytes: size });
      bytes += size;
      shrink();
    },
    get: (id) => incidents.get(id)?.incident,
    list: ({ id: beginning = '', status, since = 0, limit }) => {
      const fitting = [...incidents.values()]
        .map(({ incident }) => incident)
        .filter(
          ({ id, updatedAt, status: its }) =>
            id.startsWith(beginning) && updatedAt >= since && (status === undefined || its === status),
        )
        .sort((a, b) => b.updatedAt - a.updatedAt);
      return { incidents: fitting.slice(0, limit), total: fitting.length };
    },
    count: (status) => [...incidents.values()].filter(({ incident }) => incident.status === status).length,
  };
}
