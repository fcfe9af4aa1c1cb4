import type { Severity } from '../../shared/finding.ts';
import type { IncidentChange, IncidentUpdate } from '../../shared/incident.ts';
import { factsByKey, shown } from './facts.ts';
import { byGravity, headline, sentenceOf } from './syslog-fields.ts';
import { isoTime } from './syslog-header.ts';

type Action = 'trigger' | 'acknowledge' | 'resolve';

/** An event of PagerDuty's Events API v2, without its routing key. */
export interface PagerdutyEvent {
  readonly event_action: Action;
  readonly dedup_key: string;
  readonly client: string;
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'error' | 'warning' | 'info';
    readonly timestamp?: string;
    readonly component?: string;
    readonly group?: string;
    readonly class?: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
}

const severityNames: Readonly<Record<Severity, PagerdutyEvent['payload']['severity']>> = {
  informational: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
};

const actions: Readonly<Record<IncidentChange, Action>> = {
  opened: 'trigger',
  grown: 'trigger',
  reopened: 'trigger',
  acknowledged: 'acknowledge',
  closed: 'resolve',
  merged: 'resolve',
};

/**
 * The alert that an incident is there. One that was opened again is another: PagerDuty calls nobody for an alert that somebody acknowledged or that
 * it knows as open, whatever it is told of it.
 */
const alertOf = (id: string, reopened: number): string =>
  reopened === 0 ? shown(id, 255) : `${shown(id, 240)}/${reopened}`;

/** Lines of an incident that are told one by one. */
const mostLines = 20;

/** The end of the alert that an incident was before it was opened again; undefined where it was not. */
export function formerAlertEnd(update: IncidentUpdate): PagerdutyEvent | undefined {
  const { id, reopened = 0 } = update.incident;
  if (update.change !== 'reopened' || reopened === 0) return undefined;
  return { ...pagerdutyEvent(update), event_action: 'resolve', dedup_key: alertOf(id, reopened - 1) };
}

/**
 * An incident update as an event: all of one incident, until it is opened again, have one `dedup_key`, so they are one alert there. Lengths are in bytes, at most those
 * that PagerDuty takes (summary 1024, dedup_key 255, the event 512 KB).
 */
export function pagerdutyEvent(update: IncidentUpdate): PagerdutyEvent {
  const { incident, change } = update;
  const { container, workload, severity, findings } = incident;
  const timestamp = isoTime(update.at);
  const lines = findings
    .toSorted(byGravity)
    .slice(0, mostLines)
    .map((line) => ({
      rule: shown(line.rule.title, 256),
      severity: line.severity,
      count: line.count,
      summary: shown(sentenceOf(line), 512),
    }));
  const unlisted = findings.length - lines.length + incident.more;
  return {
    // A note on a closed incident is a change, too; it must not call anybody.
    event_action: incident.status === 'closed' ? 'resolve' : actions[change],
    dedup_key: alertOf(incident.id, incident.reopened ?? 0),
    client: 'Moorwatch',
    payload: {
      summary: shown(headline(update), 1_024) || '-',
      source: shown(incident.host.name, 255) || '-',
      severity: severityNames[severity],
      ...(timestamp !== undefined && { timestamp }),
      ...(container !== undefined && { component: shown(container.name, 255) }),
      ...(workload !== undefined && { group: shown(workload.name, 255) }),
      class: incident.kind,
      custom_details: { change, severity, ...factsByKey(update), lines, unlisted },
    },
  };
}
