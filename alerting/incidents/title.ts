import { clip } from '../../shared/clip.ts';
import type { Incident } from '../../shared/incident.ts';
import { isMonitorHost } from '../../shared/monitor-host.ts';

type Told = Pick<Incident, 'kind' | 'container' | 'host' | 'tactics'>;

/**
 * The one line a person reads first: where, the worst that was found, how much more there is, and the tactics once they are several.
 * Names are as the attacker wrote them; whoever prints the title escapes it.
 */
export function titleOf(incident: Told, worst: string, lines: number): string {
  if (incident.kind === 'posture') {
    const found = lines === 1 ? '1 finding' : `${lines} findings`;
    return clip(`Posture of host ${incident.host.name}: ${found}, worst: ${worst}`, 300);
  }
  const host = isMonitorHost(incident.host) ? incident.host.name : `Host ${incident.host.name}`;
  const where = incident.container === undefined ? host : incident.container.name;
  return clip(`${clip(where, 80)}: ${worst}${more(lines - 1)}${spanned(incident.tactics)}`, 300);
}

function more(others: number): string {
  if (others <= 0) return '';
  return others === 1 ? ', and 1 more finding' : `, and ${others} more findings`;
}

function spanned(tactics: readonly string[]): string {
  return tactics.length < 2 ? '' : ` (${tactics.map((tactic) => tactic.replaceAll('-', ' ')).join(', ')})`;
}
