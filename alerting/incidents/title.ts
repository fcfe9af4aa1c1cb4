import { clip } from '../../shared/clip.ts';
import type { Incident } from '../../shared/incident.ts';
import { isMonitorHost } from '../../shared/monitor-host.ts';

type Told = Pick<Incident, 'kind' | 'container' | 'host' | 'tactics'>;

/** What an incident is about: its worst finding. */
export interface Subject {
  /** Title of the rule of that finding. */
  readonly worst: string;
  /** The container that it was found in. */
  readonly worstIn?: { readonly name: string; readonly lineage: string };
}

/**
 * The one line a person reads first: where, the worst that was found (and in which container, where that is not the one the incident began with), how
 * much more there is, and the tactics once they are several. Names are as the attacker wrote them; whoever prints the title escapes it.
 */
export function titleOf(incident: Told, { worst, worstIn }: Subject, lines: number): string {
  if (incident.kind === 'posture') {
    const found = lines === 1 ? '1 finding' : `${lines} findings`;
    return clip(`Posture of host ${incident.host.name}: ${found}, worst: ${worst}`, 300);
  }
  const host = isMonitorHost(incident.host) ? incident.host.name : `Host ${incident.host.name}`;
  const where = incident.container === undefined ? host : incident.container.name;
  const isElsewhere = worstIn !== undefined && worstIn.lineage !== incident.container?.lineage;
  const elsewhere = isElsewhere ? ` in ${clip(worstIn.name, 60)}` : '';
  return clip(`${clip(where, 80)}: ${worst}${elsewhere}${more(lines - 1)}${spanned(incident.tactics)}`, 300);
}

function more(others: number): string {
  if (others <= 0) return '';
  return others === 1 ? ', and 1 more finding' : `, and ${others} more findings`;
}

function spanned(tactics: readonly string[]): string {
  return tactics.length < 2 ? '' : ` (${tactics.map((tactic) => tactic.replaceAll('-', ' ')).join(', ')})`;
}
