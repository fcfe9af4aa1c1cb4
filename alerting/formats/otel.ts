import { clip } from '../../shared/clip.ts';
import type { Severity } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import { headline, lineOf } from './syslog-fields.ts';

/** An incident update as an OpenTelemetry log record, in our words; the sink turns it into the SDK's. */
export interface IncidentLogRecord {
  readonly eventName: string;
  /** When it happened, ms since the epoch. */
  readonly timestamp: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number | string[]>>;
  readonly traceparent?: string;
}

/** Severity numbers of the logs data model: INFO, INFO2, WARN, ERROR, FATAL. */
const severityNumbers: Readonly<Record<Severity, number>> = {
  informational: 9,
  low: 10,
  medium: 13,
  high: 17,
  critical: 21,
};

/**
 * Semantic conventions 1.44: `container.*`, `host.*`, `security_rule.*` (development); `moorwatch.*` for what has no convention. The event
 * name has low cardinality, the id of the update is the idempotency key.
 */
export function incidentLogRecord(update: IncidentUpdate): IncidentLogRecord {
  const { incident } = update;
  const line = lineOf(update);
  return {
    eventName: `moorwatch.incident.${update.change}`,
    timestamp: update.at,
    severityNumber: severityNumbers[incident.severity],
    severityText: incident.severity.toUpperCase(),
    body: written(headline(update)),
    attributes: writtenAll({
      'moorwatch.update.id': update.id,
      'moorwatch.incident.id': incident.id,
      'moorwatch.incident.version': incident.version,
      'moorwatch.incident.kind': incident.kind,
      'moorwatch.incident.status': incident.status,
      'moorwatch.incident.title': incident.title,
      'moorwatch.incident.severity': incident.severity,
      ...(incident.raised === undefined ? {} : { 'moorwatch.incident.raised': raisedText(incident.raised) }),
      'moorwatch.incident.findings': incident.count,
      ...lifeAttributes(update),
      'moorwatch.attack.techniques': incident.techniques,
      'moorwatch.attack.tactics': incident.tactics,
      'host.id': incident.host.id,
      'host.name': incident.host.name,
      ...ruleAttributes(line),
      ...containerAttributes(incident),
    }),
    ...(incident.traceparent === undefined ? {} : { traceparent: incident.traceparent }),
  };
}

/** UTF-16 units of one text, and texts of one list. */
const most = { text: 4_096, list: 50 } as const;

/** A text as somebody wrote it, whose half surrogate pairs, which no UTF-8 has, are U+FFFD. */
const written = (text: string): string => clip(text, most.text).replace(/\p{Cs}/gu, '\ufffd');

/** All numbers are counts: one that is none, which a receiver may refuse the whole for, is left out. */
const writtenAll = (attributes: IncidentLogRecord['attributes']): IncidentLogRecord['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]): [string, string | number | string[]][] => {
      if (typeof value === 'number') return Number.isSafeInteger(value) ? [[name, value]] : [];
      return [[name, typeof value === 'string' ? written(value) : value.slice(0, most.list).map(written)]];
    }),
  );

/** Who did what, and why; members that there are not are left out. */
function lifeAttributes({ incident, reason }: IncidentUpdate): Record<string, string> {
  const { acknowledgement, closedBy, closeReason, mergedInto } = incident;
  return {
    ...(reason !== undefined && { 'moorwatch.update.reason': reason }),
    ...(acknowledgement !== undefined && {
      'moorwatch.incident.acknowledged_by': acknowledgement.by,
      'moorwatch.incident.acknowledgement': acknowledgement.note,
    }),
    ...(closedBy !== undefined && { 'moorwatch.incident.closed_by': closedBy }),
    ...(closeReason !== undefined && { 'moorwatch.incident.close_reason': closeReason }),
    ...(mergedInto !== undefined && { 'moorwatch.incident.merged_into': mergedInto }),
  };
}

function ruleAttributes(line: IncidentUpdate['incident']['findings'][number] | undefined) {
  if (line === undefined) return {};
  return {
    'security_rule.uuid': line.rule.id,
    'security_rule.name': line.rule.title,
    'security_rule.category': line.kind,
    'moorwatch.rule.catalogue': line.rule.catalogue,
    'moorwatch.finding.id': line.id,
    'moorwatch.finding.nature': line.nature,
    'moorwatch.finding.summary': line.summary,
  };
}

function containerAttributes({ container, workload }: IncidentUpdate['incident']) {
  return {
    ...(container === undefined
      ? {}
      : {
          'container.id': container.id,
          'container.name': container.name,
          'container.image.name': container.image.name,
          'container.image.id': container.image.id,
          'container.runtime.name': 'docker',
        }),
    ...(workload === undefined
      ? {}
      : { 'moorwatch.workload.id': workload.id, 'moorwatch.workload.name': workload.name }),
  };
}
