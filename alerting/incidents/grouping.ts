import type { Finding } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import type { Incident } from '../../shared/incident.ts';

/** Which incident of a host a finding belongs to. At most one incident of a group is open at a time. */
export interface Group {
  /** Derived from host and scope: the name of the incident's state. */
  readonly entity: string;
  readonly kind: Incident['kind'];
}

/**
 * What was already so when the watch began is one incident of the host, and so is every weakness that is only so and not grave: it opens no
 * incident of its own (docs/decisions/minor-conditions.md). The rest goes by container lineage, or by host where there is none.
 */
export function groupOf(finding: Finding): Group {
  if (finding.posture === true || isMinorCondition(finding)) return group(finding.host.id, 'posture');
  return group(finding.host.id, finding.container === undefined ? 'host' : `container/${finding.container.lineage}`);
}

const isMinorCondition = ({ nature, severity }: Finding): boolean =>
  nature === 'condition' && (severity === 'informational' || severity === 'low');

/** Groups in which a condition that ended may stand, likeliest first. */
export function groupsOfCondition(hostId: string, lineage: string): readonly string[] {
  return [`container/${lineage}`, 'posture', 'host'].map((scope) => group(hostId, scope).entity);
}

/** @param scope `container/<lineage>` | `host` | `posture` */
function group(hostId: string, scope: string): Group {
  return { entity: deriveId(hostId, scope), kind: scope === 'posture' ? 'posture' : 'incident' };
}

/** Findings of one rule about one thing are one line. Conditions name their subject; of an event its sentence says what it is about. */
export const lineKey = (finding: Finding): string =>
  deriveId(finding.rule.id, finding.nature, finding.subject ?? finding.summary);

/** Short name of a condition's subject, by which its end finds it again. */
export const subjectKey = (subject: string): string => deriveId('subject', subject).slice(0, 16);
