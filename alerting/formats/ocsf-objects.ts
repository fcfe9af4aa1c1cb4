import type { Incident, IncidentUpdate } from '../../shared/incident.ts';
import { raisedText } from '../../shared/raised.ts';
import type { Attack } from './ocsf-attack.ts';
import { analyticCodes, type Coded, type Cutter, integer, timestamp } from './ocsf-values.ts';

/** A member that is undefined is not written. */
export type OcsfObject = Readonly<Record<string, unknown>>;
export type Line = Incident['findings'][number];

/** Most bytes of a value. */
export const caps = { id: 128, name: 255, title: 512, text: 1_024 };

/** An enumeration's number and its sibling, under the names of the schema. */
export const coded = (name: string, sibling: string, [id, caption]: Coded): OcsfObject => ({
  [name]: id,
  [sibling]: caption,
});

/** `finding_info` of a line. @param attacks of the incident: a line does not keep its own */
export function findingInfo(line: Line, { text }: Cutter, attacks?: readonly Attack[]): OcsfObject {
  const [typeId, type] = analyticCodes[line.kind];
  return {
    uid: text(line.id, caps.id),
    title: text(line.rule.title, caps.title),
    desc: text(line.summary, caps.text),
    types: [line.kind, line.nature],
    analytic: {
      type_id: typeId,
      type,
      uid: text(line.rule.id, caps.id),
      name: text(line.rule.title, caps.title),
      category: line.rule.catalogue[0] === undefined ? undefined : text(line.rule.catalogue[0], caps.id),
    },
    attacks: attacks === undefined || attacks.length === 0 ? undefined : attacks,
    created_time: timestamp(line.firstAt),
    first_seen_time: timestamp(line.firstAt),
    last_seen_time: timestamp(line.lastAt),
    modified_time: timestamp(line.endedAt ?? line.lastAt),
    product: { name: 'Moorwatch', vendor_name: 'Moorwatch' },
  };
}

/** The host, with the container that it is about on it. Type 0: what kind of machine it is nobody has told us. */
export function deviceOf({ host, container }: Incident, cutter: Cutter): OcsfObject {
  return {
    type_id: 0,
    type: 'Unknown',
    uid: cutter.text(host.id, caps.id),
    hostname: cutter.text(host.name, caps.name),
    name: cutter.text(host.name, caps.name),
    container: container === undefined ? undefined : containerOf(container, cutter),
  };
}

export const containerOf = ({ id, name, image }: NonNullable<Incident['container']>, { text }: Cutter): OcsfObject => ({
  uid: text(id, caps.id),
  name: text(name, caps.name),
  image: { uid: text(image.id, caps.id), name: text(image.name, caps.name) },
  runtime: 'docker',
});

/** What is affected: container, workload, host. */
export function resourcesOf({ container, workload, host }: Incident, { text }: Cutter): readonly OcsfObject[] {
  return [
    ...(container === undefined
      ? []
      : [{ type: 'container', uid: text(container.id, caps.id), name: text(container.name, caps.name) }]),
    ...(workload === undefined
      ? []
      : [{ type: 'workload', uid: text(workload.id, caps.id), name: text(workload.name, caps.name) }]),
    { type: 'host', uid: text(host.id, caps.id), name: text(host.name, caps.name) },
  ];
}

/** What to search by, each under the attribute it stands in. Names of attributes are the same in both classes. */
export function observablesOf({ container, host }: Incident, { text }: Cutter): readonly OcsfObject[] {
  const hostname = { name: 'device.hostname', type_id: 1, type: 'Hostname', value: text(host.name, caps.name) };
  if (container === undefined) return [hostname];
  const uid = { type_id: 10, type: 'Resource UID', value: text(container.id, caps.id) };
  return [hostname, { name: 'device.container.uid', ...uid }];
}

/** Facts of the incident that the schema has no place for. */
export function unmappedOf({ change, incident }: IncidentUpdate, { text, list }: Cutter): OcsfObject {
  const optional = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : text(value, caps.name);
  return {
    incident_uid: text(incident.id, caps.id),
    incident_version: integer(incident.version),
    incident_kind: incident.kind,
    change,
    findings: integer(incident.count),
    findings_not_listed: integer(incident.more),
    findings_suppressed: integer(incident.suppressed),
    reopened: integer(incident.reopened),
    raised: incident.raised && text(raisedText(incident.raised), caps.text),
    merged_into: optional(incident.mergedInto),
    merged: incident.merged && list(incident.merged, 20).map((id) => text(id, caps.id)),
    closed_by: optional(incident.closedBy),
    workload_uid: optional(incident.workload?.id),
    workload: optional(incident.workload?.name),
    lineage: optional(incident.container?.lineage),
  };
}
