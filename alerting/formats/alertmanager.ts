import { type Severity, severities, severityRank } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { factsByKey, shown } from './facts.ts';
import { headline } from './syslog-fields.ts';

/** The labels of an alert are its identity: one with other labels is another alert. */
export type AlertLabels = Readonly<Record<string, string>>;

/** An alert of Alertmanager's API v2. */
export interface Alert {
  readonly labels: AlertLabels;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface AlertOptions {
  /** ms since the epoch. */
  readonly now: number;
  /** How long an open alert fires without another update, ms. */
  readonly holdMs: number;
  /** Labels under which the incident was told last; undefined: not known any more. */
  readonly before: AlertLabels | undefined;
}

/**
 * Ends are told so much too early, ms. An end that is still to come by Alertmanager's clock would be no end: it keeps the later one of the two it
 * was told, and that is the one of the firing alert.
 */
const clockDifference = 60_000;

/** An incident that is not closed, as its change tells it. */
export const isFiring = ({ change, incident }: IncidentUpdate): boolean =>
  incident.status !== 'closed' && change !== 'closed' && change !== 'merged';

/** What the alert of an incident is called. No part of it changes while the incident lives, but severity and a workload that was not known. */
export function alertLabels({ incident }: IncidentUpdate): AlertLabels {
  const workload = incident.workload === undefined ? '' : shown(incident.workload.name, 255);
  return {
    alertname: incident.kind === 'posture' ? 'MoorwatchPosture' : 'MoorwatchIncident',
    severity: incident.severity,
    host: shown(incident.host.name, 255),
    ...(workload !== '' && { workload }),
    incident: shown(incident.id, 255),
  };
}

/**
 * The alerts that tell an update: the incident's own, firing for `holdMs` from now on or ended, and the end of those that it had under other labels,
 * so that none stays behind when its severity rises.
 */
export function alertsOf(update: IncidentUpdate, { now, holdMs, before }: AlertOptions): readonly Alert[] {
  const labels = alertLabels(update);
  const annotations = annotationsOf(update);
  const startsAt = Math.min(Math.max(finite(update.incident.openedAt), 0), now);
  const endsAt = Math.max(0, Math.min(finite(update.at), now) - clockDifference);
  const ended = { annotations, startsAt: iso(Math.min(startsAt, endsAt)), endsAt: iso(endsAt) };
  const own = isFiring(update)
    ? { labels, annotations, startsAt: iso(startsAt), endsAt: iso(now + holdMs) }
    : { labels, ...ended };
  const others = before === undefined ? formerLabels(update) : [before];
  const former = others.filter((other) => !areSame(other, labels)).map((other) => ({ labels: other, ...ended }));
  return [own, ...former];
}

/** All labels that an earlier version may have had. Severity only rises, and never was below that of the mildest line. */
function formerLabels(update: IncidentUpdate): readonly AlertLabels[] {
  if (update.incident.version <= 1) return [];
  const { workload, ...without } = alertLabels(update);
  return possibleSeverities(update.incident).flatMap((severity) => [
    { ...without, severity },
    ...(workload === undefined ? [] : [{ ...without, workload, severity }]),
  ]);
}

function possibleSeverities({ severity, findings, more }: IncidentUpdate['incident']): readonly Severity[] {
  const ranks = findings.map((line) => severityRank(line.severity));
  const least = more > 0 ? 0 : Math.min(...ranks, severityRank(severity));
  return severities.slice(least, severityRank(severity) + 1);
}

const areSame = (a: AlertLabels, b: AlertLabels): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => a[name] === b[name]);

const annotationsOf = (update: IncidentUpdate): Record<string, string> => ({
  summary: shown(update.incident.title, 1_024),
  description: shown(headline(update), 2_048),
  change: update.change,
  ...factsByKey(update),
});

const finite = (ms: number): number => (Number.isFinite(ms) ? ms : 0);
const iso = (ms: number): string => new Date(ms).toISOString();
