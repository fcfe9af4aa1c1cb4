import type { Severity } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { type SyslogFacility, syslogFacilities } from '../../shared/syslog-facility.ts';

/** Severities of RFC 5424 §6.2.1, table 2: informational, notice, warning, error, critical. */
const severityNumbers: Readonly<Record<Severity, number>> = {
  informational: 6,
  low: 5,
  medium: 4,
  high: 3,
  critical: 2,
};

/**
 * The header of RFC 5424 §6.2 with the space behind it: `<131>1 2026-01-01T00:00:00.000Z host moorwatch - incident.opened `. HOSTNAME is the
 * host that the incident is about, TIMESTAMP the time of the update. At most 330 bytes.
 */
export function rfc5424Header(update: IncidentUpdate, facility: SyslogFacility): string {
  const { change, incident } = update;
  return `<${priority(incident.severity, facility)}>1 ${isoTime(update.at) ?? '-'} ${hostname(update)} moorwatch - incident.${change} `;
}

/**
 * The header of RFC 3164 §4.1 with the space behind it: `<131>Jan  1 00:00:00 host `. It has no year and no zone; the time is UTC. What follows
 * begins with the tag (`CEF:`).
 */
export function rfc3164Header(update: IncidentUpdate, facility: SyslogFacility): string {
  const [, , month = '01', day = '01', time = '00:00:00'] =
    /^(\d{4})-(\d\d)-(\d\d)T([\d:]{8})/.exec(isoTime(update.at) ?? '') ?? [];
  const shown = `${months[Number(month) - 1] ?? 'Jan'} ${String(Number(day)).padStart(2)} ${time}`;
  return `<${priority(update.incident.severity, facility)}>${shown} ${hostname(update)} `;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const priority = (severity: Severity, facility: SyslogFacility): number =>
  syslogFacilities.indexOf(facility) * 8 + severityNumbers[severity];

/** RFC 3339 in UTC; undefined for a number that is no time of the years 1 to 9999. */
export function isoTime(ms: number): string | undefined {
  const date = new Date(ms);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
}

/** Printable ASCII without spaces, at most 255; anything else becomes `_`. */
const hostname = ({ incident }: IncidentUpdate): string =>
  incident.host.name.slice(0, 255).replace(/[^\x21-\x7e]/g, '_') || '-';
