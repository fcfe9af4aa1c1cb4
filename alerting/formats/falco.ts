import { clipBytes } from '../../shared/clip.ts';
import type { Severity } from '../../shared/finding.ts';
import type { Incident, IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import { type Field, fitFields, headline, lineOf, visible } from './syslog-fields.ts';
import { isoTime } from './syslog-header.ts';

/** Falco's priorities. */
const priorities: Readonly<Record<Severity, string>> = {
  informational: 'Informational',
  low: 'Notice',
  medium: 'Warning',
  high: 'Error',
  critical: 'Critical',
};

/** falcosidekick cuts the fields of what is longer than 4096 bytes with its own members, of which `uuid` is always 36. */
const mostBytes = 4_096 - 64;
const most = { output: 768, rule: 200, name: 255, tag: 64, tags: 20 };

interface OutputField extends Field {
  readonly key: string;
}

/**
 * An incident update as Falco writes an alert in JSON, for falcosidekick and whatever else reads those. At most 4,032 bytes, so that nobody
 * has to cut it; what matters least is left out. Controlling and invisible characters are shown as `\u{…}`.
 */
export function falcoAlert(update: IncidentUpdate): string {
  const head = [
    ...uuidOf(update.id),
    `"output":${quoted(outputOf(update), most.output)}`,
    `"priority":"${priorities[update.incident.severity]}"`,
    `"rule":${quoted(ruleOf(update), most.rule)}`,
    `"time":"${nanoseconds(update.at)}"`,
    '"source":"moorwatch"',
    `"tags":[${tagsOf(update.incident).join(',')}]`,
    `"hostname":${quoted(update.incident.host.name, most.name)}`,
  ].join(',');
  const room = mostBytes - Buffer.byteLength(`{${head},"output_fields":{}}`);
  const { kept } = fitFields(fieldsOf(update), { bytes: room, written: escaped }, around);
  const fields = kept.map(
    ({ field, text }) => `"${field.key}":${typeof field.value === 'number' ? text : `"${text}"`}`,
  );
  return `{${head},"output_fields":{${fields.join(',')}}}`;
}

/** Names of Falco where it has one, others under `moorwatch.`; the last ones are left out first. `container.id` has 12 digits there. */
function fieldsOf(update: IncidentUpdate): readonly OutputField[] {
  const { incident } = update;
  const { container, workload } = incident;
  const line = lineOf(update);
  const image = container === undefined ? undefined : imageOf(container.image.name);
  return [
    { key: 'moorwatch.update', value: update.id, most: 64 },
    { key: 'moorwatch.incident', value: incident.id, most: 64 },
    { key: 'moorwatch.version', value: integer(incident.version), most: 24 },
    { key: 'moorwatch.findings', value: integer(incident.count), most: 24 },
    { key: 'moorwatch.change', value: update.change, most: 16 },
    { key: 'moorwatch.status', value: incident.status, most: 16 },
    { key: 'moorwatch.kind', value: incident.kind, most: 16 },
    { key: 'container.id', value: container?.id.slice(0, 12) ?? 'host', most: 36 },
    { key: 'container.name', value: container?.name ?? 'host', most: most.name },
    { key: 'container.full_id', value: container?.id, most: 64 },
    { key: 'moorwatch.catalogue', value: line?.rule.catalogue.join(','), most: 128 },
    { key: 'moorwatch.rule', value: line?.rule.id, most: 128 },
    { key: 'container.image.repository', value: image?.repository, most: most.name },
    { key: 'container.image.tag', value: image?.tag, most: 128 },
    { key: 'container.image.digest', value: image?.digest, most: 80 },
    { key: 'container.image.id', value: container?.image.id, most: 80 },
    { key: 'moorwatch.workload', value: workload?.name, most: most.name },
    { key: 'moorwatch.host', value: incident.host.id, most: 64 },
    { key: 'moorwatch.raised', value: incident.raised && raisedText(incident.raised), most: most.name },
    { key: 'moorwatch.ended', value: line?.endedAt === undefined ? undefined : isoTime(line.endedAt), most: 24 },
    { key: 'moorwatch.reason', value: update.reason ?? incident.closeReason, most: most.name },
  ];
}

/** What changed, where it is not a finding; as Falco does, the text says it all. Never empty: falcosidekick would refuse it. */
function outputOf(update: IncidentUpdate): string {
  const { change } = update;
  const text = headline(update) || ruleOf(update);
  return change === 'opened' || change === 'grown' ? text : `${change}: ${text}`;
}

/** Never empty, and never the name by which falcosidekick knows its own test. */
function ruleOf(update: IncidentUpdate): string {
  const title = lineOf(update)?.rule.title ?? update.incident.kind;
  return title === '' || title === 'Test rule' ? `Moorwatch: ${title}` : title;
}

/** As in Falco's own rules: `container`, `mitre_privilege_escalation`, `T1611`. */
function tagsOf({ container, tactics, techniques }: Incident): readonly string[] {
  const mitre = tactics.map((tactic) => `mitre_${tactic.replaceAll('-', '_')}`);
  const tags = [container === undefined ? 'host' : 'container', 'moorwatch', ...mitre, ...techniques];
  return tags.slice(0, most.tags).map((tag) => quoted(tag, most.tag));
}

/** RFC 3339 with nine digits behind the point. Falco's time cannot be absent. */
const nanoseconds = (ms: number): string => (isoTime(ms) ?? isoTime(0) ?? '').replace('Z', '000000Z');

/** `registry:5000/shop/web:4@sha256:…`; what is not there is undefined. */
function imageOf(name: string): { repository: string; tag: string | undefined; digest: string | undefined } {
  const [before = '', digest] = name.split('@', 2);
  const colon = before.lastIndexOf(':');
  if (colon <= before.lastIndexOf('/')) return { repository: before, tag: undefined, digest };
  return { repository: before.slice(0, colon), tag: before.slice(colon + 1), digest };
}

/** Our ids are 128 bits, as a UUID is. */
function uuidOf(id: string): readonly string[] {
  const parts = /^([\da-f]{8})([\da-f]{4})([\da-f]{4})([\da-f]{4})([\da-f]{12})$/.exec(id)?.slice(1);
  return parts === undefined ? [] : [`"uuid":"${parts.join('-')}"`];
}

const integer = (value: number): number | undefined => (Number.isSafeInteger(value) ? value : undefined);

/** Key, its quotes and colon, the quotes of the value, a comma. */
const around = ({ key }: OutputField): number => key.length + 6;

const quoted = (text: string, bytes: number): string => `"${clipBytes(text, bytes, escaped)}"`;

/** A character as it stands in a JSON string. */
const escaped = (character: string): string => visible(character).replace(/["\\]/g, '\\$&');
