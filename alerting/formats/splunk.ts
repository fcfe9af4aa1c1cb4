import type { Severity } from '../../shared/finding.ts';
import type { IncidentChange, IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import { parseTraceparent } from '../../shared/trace-context.ts';
import { techniquesOf } from './attack.ts';
import { shown } from './facts.ts';
import { type Field, fitFields, headline, lineOf, visible } from './syslog-fields.ts';
import { isoTime } from './syslog-header.ts';
import { integer, timeOf } from './values.ts';

export interface SplunkOptions {
  readonly source: string;
  readonly sourcetype: string;
  /** Default: the one of the token. */
  readonly index?: string | undefined;
}

/** Splunk cuts an event at 10,000 bytes unless it is told otherwise (TRUNCATE in props.conf). */
const eventBytes = 9_900;
/** An indexed field takes room in the index for every value that it ever had: only few, and short ones. */
const indexedBytes = 128;
const mostTechniques = 20;

/** Of the data model Alerts (Common Information Model): what calls for a person, and what people and time did about it. */
const types: Readonly<Record<IncidentChange, 'alert' | 'event'>> = {
  opened: 'alert',
  grown: 'alert',
  reopened: 'alert',
  acknowledged: 'event',
  closed: 'event',
  merged: 'event',
};

/** By the numbers of OCSF, as the data model has none. */
const severityNumbers: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};

interface Member extends Field {
  readonly key: string;
}

/**
 * An incident update as an event for Splunk's HTTP Event Collector: `time` in seconds, and a flat `event` whose names are those of the data
 * model Alerts where it has one. What is invisible or controlling is shown as `\u{…}`; what was cut ends in `…`.
 */
export function splunkEvent(update: IncidentUpdate, { source, sourcetype, index }: SplunkOptions): string {
  const { kept } = fitFields(membersOf(update), { bytes: eventBytes, written }, ({ key }) => `"${key}":"",`.length);
  const members = kept.map(
    ({ field, text }) => `"${field.key}":${typeof field.value === 'number' ? text : `"${text}"`}`,
  );
  const around = {
    // One that Splunk would not take for a time is left to it: then it is the time of arrival.
    ...(isoTime(update.at) !== undefined && update.at >= 0 && { time: Math.trunc(update.at) / 1_000 }),
    host: shown(update.incident.host.name, 255) || '-',
    source,
    sourcetype,
    ...(index !== undefined && { index }),
    fields: indexedFields(update),
  };
  return `${JSON.stringify(around).slice(0, -1)},"event":{${members.join(',')}}}`;
}

/** Flat, texts or lists of texts, none of them empty: anything else is an error 15. */
function indexedFields({ id, change, incident }: IncidentUpdate): Record<string, string | string[]> {
  const { techniques, subtechniques } = techniquesOf(incident.techniques);
  const mitre = [...techniques, ...subtechniques].slice(0, mostTechniques);
  return {
    update_id: shown(id, indexedBytes) || '-',
    incident_id: shown(incident.id, indexedBytes) || '-',
    change,
    severity: incident.severity,
    kind: incident.kind,
    ...(mitre.length > 0 && { mitre_technique_id: mitre }),
  };
}

/** What matters most comes first: the last ones are left out when there is no room. */
function membersOf(update: IncidentUpdate): readonly Member[] {
  const { incident } = update;
  const { container, workload, host, acknowledgement } = incident;
  const line = lineOf(update);
  const members: Readonly<Record<string, readonly [value: Field['value'], most: number]>> = {
    id: [update.id, 128],
    type: [types[update.change], 16],
    app: ['moorwatch', 16],
    change: [update.change, 16],
    severity: [incident.severity, 16],
    severity_id: [severityNumbers[incident.severity], 16],
    incident_id: [incident.id, 128],
    incident_version: [integer(incident.version), 24],
    kind: [incident.kind, 16],
    status: [incident.status, 16],
    dest: [host.name, 255],
    signature: [line?.rule.title, 512],
    signature_id: [line?.rule.catalogue[0] ?? line?.rule.id, 255],
    container_id: [container?.id, 128],
    container_name: [container?.name, 255],
    image: [container?.image.name, 512],
    workload: [workload?.name, 255],
    description: [headline(update), 1_024],
    rule_id: [line?.rule.id, 255],
    rule_kind: [line?.kind, 16],
    nature: [line?.nature, 16],
    finding_id: [line?.id, 128],
    finding_severity: [line?.severity, 16],
    finding_count: [integer(line?.count), 24],
    first_seen: [timeOf(line?.firstAt), 32],
    last_seen: [timeOf(line?.lastAt), 32],
    ended: [timeOf(line?.endedAt), 32],
    findings: [integer(incident.count), 24],
    techniques: [incident.techniques.join(','), 512],
    tactics: [incident.tactics.join(','), 512],
    raised: [incident.raised && raisedText(incident.raised), 512],
    opened: [timeOf(incident.openedAt), 32],
    closed: [timeOf(incident.closedAt), 32],
    reason: [update.reason ?? incident.closeReason, 512],
    closed_by: [incident.closedBy, 255],
    acknowledged_by: [acknowledgement?.by, 255],
    acknowledgement: [acknowledgement?.note, 512],
    merged_into: [incident.mergedInto, 128],
    reopened: [integer(incident.reopened), 24],
    suppressed: [integer(incident.suppressed), 24],
    unlisted: [incident.more > 0 ? integer(incident.more) : undefined, 24],
    host_id: [host.id, 255],
    workload_id: [workload?.id, 128],
    image_id: [container?.image.id, 128],
    lineage: [container?.lineage, 128],
    trace_id: [parseTraceparent(incident.traceparent)?.traceId, 32],
    catalogue: [line?.rule.catalogue.join(','), 255],
    title: [incident.title, 512],
    summary: [line?.summary, 1_024],
  };
  return Object.entries(members).map(([key, [value, most]]) => ({ key, value, most }));
}

/** As a part of a JSON string. */
const written = (character: string): string => visible(character).replace(/["\\]/g, '\\$&');
