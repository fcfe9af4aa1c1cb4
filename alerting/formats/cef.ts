import { clipBytes } from '../../shared/clip.ts';
import type { Severity } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import type { SyslogFacility } from '../../shared/syslog-facility.ts';
import { type Field, fitFields, headline, lineOf, visible } from './syslog-fields.ts';
import { isoTime, rfc3164Header, rfc5424Header } from './syslog-header.ts';

export interface CefOptions {
  readonly facility: SyslogFacility;
  /** Longest message with its syslog header; at least 1024, so that the ids always fit. */
  readonly maxBytes: number;
  readonly header: 'rfc5424' | 'rfc3164';
  /** Device version. */
  readonly version: string;
}

/** Low 0–3, medium 4–6, high 7–8, very high 9–10. */
const severityNumbers: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 3,
  medium: 5,
  high: 8,
  critical: 10,
};

interface Extension extends Field {
  readonly key: string;
  /** Custom fields say what they hold: `<key>Label`. */
  readonly label?: string;
}

/** Bytes that `msg` keeps when the other fields are long. */
const textBytes = 200;

/**
 * An incident update in the Common Event Format, version 0 (ArcSight, "Implementing ArcSight Common Event Format"), behind a syslog header.
 * Signature id: the catalogue row of the rule, else the rule's id. Lengths are those of the standard's dictionary, counted in bytes and after
 * escaping, so a value is never longer than a receiver takes; what was cut ends in `…`.
 */
export function cefMessage(update: IncidentUpdate, options: CefOptions): string {
  const { header, facility, maxBytes } = options;
  const begin = header === 'rfc5424' ? `${rfc5424Header(update, facility)}- ` : rfc3164Header(update, facility);
  const head = `${begin}${cefHeader(update, options)}`;
  const room = maxBytes - Buffer.byteLength(head);
  const text = { key: 'msg', value: headline(update), most: 1023 };
  const wanted = Buffer.byteLength(clipBytes(text.value, textBytes, escapeExtension)) + around(text);
  const facts = fitFields(extensionsOf(update), { bytes: room - wanted, written: escapeExtension }, around);
  const last = fitFields([text], { bytes: room - facts.bytes, written: escapeExtension }, around);
  const pairs = [...facts.kept, ...last.kept].map(({ field, text: value }) => `${before(field)}${value}`);
  return `${head}${pairs.join(' ')}`;
}

/** The seven fields up to the extension, each with its `|`. */
function cefHeader(update: IncidentUpdate, { maxBytes, version }: CefOptions): string {
  const line = lineOf(update);
  const share = Math.floor(maxBytes / 8);
  const fields: [string, number][] = [
    ['Moorwatch', 63],
    ['Moorwatch', 63],
    [version, 31],
    [line?.rule.catalogue[0] ?? line?.rule.id ?? update.incident.kind, Math.min(1023, share)],
    [line?.rule.title ?? update.incident.title, Math.min(512, share)],
    [String(severityNumbers[update.incident.severity]), 10],
  ];
  return `CEF:0|${fields.map(([value, most]) => `${clipBytes(value, most, escapeHeader)}|`).join('')}`;
}

/** What matters most comes first. Keys and lengths: the extension dictionary of the standard. */
function extensionsOf(update: IncidentUpdate): readonly Extension[] {
  const { incident } = update;
  const { container, host, workload } = incident;
  const line = lineOf(update);
  return [
    { key: 'rt', value: timestamp(update.at), most: 20 },
    { key: 'externalId', value: update.id, most: 40 },
    { key: 'act', value: update.change, most: 63 },
    { key: 'flexString1', label: 'incident', value: incident.id, most: 64 },
    { key: 'dvchost', value: host.name, most: 100 },
    { key: 'cat', value: incident.kind, most: 1023 },
    { key: 'cnt', value: integer(incident.count), most: 20 },
    { key: 'cn1', label: 'incident version', value: integer(incident.version), most: 20 },
    { key: 'cs1', label: 'container id', value: container?.id, most: 64 },
    { key: 'cs2', label: 'container name', value: container?.name, most: 255 },
    { key: 'cs5', label: 'rule id', value: line?.rule.id, most: 128 },
    { key: 'cs3', label: 'image', value: container?.image.name, most: 255 },
    { key: 'cs4', label: 'attack techniques', value: incident.techniques.join(','), most: 255 },
    { key: 'cs6', label: 'workload', value: workload?.name, most: 255 },
    { key: 'deviceExternalId', value: host.id, most: 255 },
    { key: 'start', value: timestamp(incident.openedAt), most: 20 },
    { key: 'end', value: incident.closedAt === undefined ? undefined : timestamp(incident.closedAt), most: 20 },
    { key: 'reason', value: update.reason ?? incident.closeReason, most: 255 },
    { key: 'suser', value: incident.closedBy ?? incident.acknowledgement?.by, most: 255 },
    { key: 'flexString2', label: 'attack tactics', value: incident.tactics.join(','), most: 255 },
    // The dictionary has no key for it, and the custom ones are taken: one of our own begins with vendor and product, as the standard wants it.
    { key: 'MoorwatchRaised', value: incident.raised && raisedText(incident.raised), most: 255 },
  ];
}

/** Milliseconds since the epoch. */
const timestamp = (ms: number): number | undefined => (isoTime(ms) === undefined ? undefined : Math.trunc(ms));

const integer = (value: number): number | undefined => (Number.isSafeInteger(value) ? value : undefined);

const before = ({ key, label }: Extension): string =>
  label === undefined ? `${key}=` : `${key}Label=${label} ${key}=`;

/** Key, label and the space between two pairs. */
const around = (field: Extension): number => before(field).length + 1;

/** Header fields: `|` and `\` behind a backslash; no line breaks, which are shown like other controlling characters. */
const escapeHeader = (character: string): string => visible(character).replace(/[|\\]/g, '\\$&');

/** Extension values: `=` and `\` behind a backslash, line breaks as `\n` and `\r`. */
function escapeExtension(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  return visible(character).replace(/[=\\]/g, '\\$&');
}
