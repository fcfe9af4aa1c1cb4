import { clipBytes } from '../../shared/clip.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import type { SyslogFacility } from '../../shared/syslog-facility.ts';
import { type Field, fitFields, headline, type Kept, lineOf, visible } from './syslog-fields.ts';
import { isoTime, rfc5424Header } from './syslog-header.ts';

export interface SyslogOptions {
  readonly facility: SyslogFacility;
  /** Longest message; at least 1024, so that the ids always fit. */
  readonly maxBytes: number;
  /** Private enterprise number behind the names of our elements (RFC 5424 §7.2.2). */
  readonly enterpriseNumber: number;
  /** Of Moorwatch, for the element `origin` (RFC 5424 §7.2). */
  readonly version: string;
}

interface Param extends Field {
  readonly element: Element;
  readonly name: string;
}
type Element = 'incident' | 'finding' | 'container' | 'origin';

/** Bytes that the text keeps when the structured data are long. */
const textBytes = 300;
const truncated = ' truncated="true"';

/**
 * An incident update as a message of RFC 5424: header, structured data `[incident@… …][finding@… …][container@… …][origin …]`, and the title
 * with the summary as UTF-8 without a byte order mark (MSG-ANY). At most `maxBytes` bytes; what was cut ends in `…`, and then
 * `truncated="true"` stands in `incident`. Controlling and invisible characters are shown as `\u{…}`, so a message is one line.
 */
export function syslogMessage(update: IncidentUpdate, options: SyslogOptions): string {
  const header = rfc5424Header(update, options.facility);
  const params = paramsOf(update, options.version);
  const elements = [...new Set(params.map(({ element }) => element))];
  const frames = elements.map((element) => `[${elementId(element, options)}] `).join('').length;
  const room = options.maxBytes - header.length - frames - truncated.length;
  const text = headline(update);
  const data = fitFields(
    params,
    { bytes: room - Math.min(textBytes, byteLength(escapeControl(text))), written: escapeValue },
    ({ name }) => ` ${name}=""`.length,
  );
  const message = clipBytes(text, room - data.bytes, visible);
  const isWhole = data.isWhole && message === escapeControl(text);
  const structured = elements.map((element) => elementText(element, data.kept, { options, isWhole })).join('');
  return `${header}${structured} ${message}`;
}

function elementText(
  element: Element,
  kept: readonly Kept<Param>[],
  { options, isWhole }: { options: SyslogOptions; isWhole: boolean },
): string {
  const params = kept.filter(({ field }) => field.element === element);
  if (params.length === 0) return '';
  const texts = params.map(({ field, text }) => ` ${field.name}="${text}"`).join('');
  return `[${elementId(element, options)}${texts}${element === 'incident' && !isWhole ? truncated : ''}]`;
}

const elementId = (element: Element, { enterpriseNumber }: SyslogOptions): string =>
  element === 'origin' ? element : `${element}@${enterpriseNumber}`;

/** What matters most comes first: the ids always fit, the rest as long as there is room. */
function paramsOf(update: IncidentUpdate, version: string): readonly Param[] {
  const { incident } = update;
  const { host, workload, container } = incident;
  const line = lineOf(update);
  const of = (element: Element, params: Readonly<Record<string, [Field['value'], number]>>): Param[] =>
    Object.entries(params).map(([name, [value, most]]) => ({ element, name, value, most }));
  return [
    ...of('incident', {
      update: [update.id, 64],
      id: [incident.id, 64],
      version: [incident.version, 24],
      change: [update.change, 16],
      kind: [incident.kind, 16],
      status: [incident.status, 16],
      severity: [incident.severity, 16],
      count: [incident.count, 24],
    }),
    ...of('container', { id: [container?.id, 64], name: [container?.name, 255] }),
    ...of('finding', {
      rule: [line?.rule.id, 128],
      catalogue: [line?.rule.catalogue.join(','), 128],
      title: [line?.rule.title, 255],
      severity: [line?.severity, 16],
      kind: [line?.kind, 16],
      nature: [line?.nature, 16],
    }),
    ...of('container', { image: [container?.image.name, 255] }),
    ...of('incident', {
      techniques: [incident.techniques.join(','), 255],
      tactics: [incident.tactics.join(','), 255],
      raised: [incident.raised && raisedText(incident.raised), 255],
      hostId: [host.id, 128],
      workload: [workload?.name, 255],
      opened: [isoTime(incident.openedAt), 24],
      closed: [incident.closedAt === undefined ? undefined : isoTime(incident.closedAt), 24],
      closeReason: [incident.closeReason, 255],
      closedBy: [incident.closedBy, 255],
      acknowledgedBy: [incident.acknowledgement?.by, 255],
      acknowledgement: [incident.acknowledgement?.note, 255],
      mergedInto: [incident.mergedInto, 64],
      reason: [update.reason, 255],
    }),
    ...of('finding', {
      id: [line?.id, 64],
      count: [line?.count, 24],
      first: [line === undefined ? undefined : isoTime(line.firstAt), 24],
      last: [line === undefined ? undefined : isoTime(line.lastAt), 24],
      ended: [line?.endedAt === undefined ? undefined : isoTime(line.endedAt), 24],
    }),
    ...of('container', { imageId: [container?.image.id, 128], lineage: [container?.lineage, 64] }),
    ...of('incident', { workloadId: [workload?.id, 64], unlisted: [incident.more || undefined, 24] }),
    ...of('origin', { software: ['moorwatch', 48], swVersion: [version, 32] }),
    ...of('finding', { summary: [line?.summary, 1024] }),
    ...of('incident', { title: [incident.title, 1024] }),
  ];
}

/** PARAM-VALUE (RFC 5424 §6.3.3): `"`, `\` and `]` behind a backslash. */
const escapeValue = (character: string): string => visible(character).replace(/["\\\]]/g, '\\$&');

const byteLength = (text: string): number => Buffer.byteLength(text);
