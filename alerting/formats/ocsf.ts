import { deriveId } from '../../shared/hash.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import type { OcsfClass } from '../../shared/message-format.ts';
import { attacksOf } from './ocsf-attack.ts';
import {
  caps,
  coded,
  containerOf,
  deviceOf,
  findingInfo,
  type Line,
  type OcsfObject,
  observablesOf,
  resourcesOf,
  unmappedOf,
} from './ocsf-objects.ts';
import {
  type Activity,
  activity,
  type Cutter,
  confidenceCodes,
  createCutter,
  detectionStatusCodes,
  incidentActivities,
  incidentStatusCodes,
  integer,
  lineActivities,
  severityCodes,
  timestamp,
} from './ocsf-values.ts';

export interface OcsfOptions {
  readonly ocsfClass: OcsfClass;
  /** Of Moorwatch. */
  readonly version: string;
}

export interface OcsfEvent {
  /** `metadata.uid`. */
  readonly id: string;
  readonly event: OcsfObject;
}

const schemaVersion = '1.8.0';
/** Lines that an Incident Finding lists, and findings that one update tells. */
const mostLines = 100;

/**
 * An incident update as events of the Open Cybersecurity Schema Framework 1.8: the findings that it is about, or that are no longer so, each a Detection Finding (2004), and the incident itself an Incident Finding (2005). `metadata.correlation_uid` is the id of the
 * incident in all of them. At most 512 KiB an event; `metadata.is_truncated` says that something was cut.
 */
export function ocsfEvents(update: IncidentUpdate, { ocsfClass, version }: OcsfOptions): readonly OcsfEvent[] {
  return [
    ...(ocsfClass === 'incident' ? [] : detectionsIn(update).map((told) => detectionFinding(update, told, version))),
    ...(ocsfClass === 'detection' ? [] : [incidentFinding(update, version)]),
  ];
}

interface Detection {
  readonly line: Line;
  readonly activity: Activity;
}

/** All findings that opened an incident, later those that are new, that came again or that are no longer so. */
function detectionsIn(update: IncidentUpdate): readonly Detection[] {
  const { findings } = update.incident;
  if (update.change === 'opened')
    return findings.slice(0, mostLines).map((line) => ({ line, activity: activity.create }));
  if (update.lines === undefined) return detectionsNamed(update);
  const changes = new Map(update.lines.map(({ id, how }) => [id, lineActivities[how]]));
  const changed = findings.flatMap((line) => {
    const its = changes.get(line.id);
    return its === undefined ? [] : [{ line, activity: its }];
  });
  return changed.slice(0, mostLines);
}

/** Of an update of an older version the one that it names; one that names none tells the conditions that ended with it. */
function detectionsNamed({ incident: { findings }, finding, at }: IncidentUpdate): readonly Detection[] {
  if (finding === undefined) {
    const ended = findings.filter(({ endedAt }) => endedAt === at).slice(0, mostLines);
    return ended.map((line) => ({ line, activity: activity.close }));
  }
  const first = findings.find(({ id }) => id === finding);
  // Equal findings are counted in one line, which has the id of the first: of those that follow it is the line that was last seen.
  const line = first ?? findings.toSorted((a, b) => b.lastAt - a.lastAt)[0];
  return line === undefined ? [] : [{ line, activity: first?.count === 1 ? activity.create : activity.update }];
}

function detectionFinding(update: IncidentUpdate, told: Detection, version: string): OcsfEvent {
  const cutter = createCutter();
  const { incident } = update;
  const { line } = told;
  const id = deriveId(update.id, line.id);
  const status = line.endedAt === undefined ? incident.status : 'closed';
  const event = {
    ...classOf(2004, 'Detection Finding', told.activity),
    time: timestamp(update.at) ?? 0,
    start_time: timestamp(line.firstAt),
    end_time: timestamp(line.lastAt),
    count: integer(line.count),
    ...coded('severity_id', 'severity', severityCodes[line.severity]),
    ...coded('status_id', 'status', detectionStatusCodes[status]),
    ...coded('confidence_id', 'confidence', confidenceCodes[line.kind]),
    is_alert: true,
    message: cutter.text(`${incident.title}: ${line.summary}`, caps.text),
    finding_info: findingInfo(line, cutter, attacksOf(incident, cutter)),
    device: deviceOf(incident, cutter),
    resources: resourcesOf(incident, cutter),
    evidences: [evidenceOf(update, line, cutter)],
    observables: observablesOf(incident, cutter),
    unmapped: unmappedOf(update, cutter),
  };
  return { id, event: withMetadata(event, update, { id, version, cutter, profiles: ['container', 'host'] }) };
}

function evidenceOf({ incident }: IncidentUpdate, line: Line, cutter: Cutter): OcsfObject {
  const { container } = incident;
  return {
    data: {
      summary: cutter.text(line.summary, caps.text),
      catalogue: cutter.list(line.rule.catalogue, 20).map((row) => cutter.text(row, caps.id)),
    },
    container: container === undefined ? undefined : containerOf(container, cutter),
  };
}

function incidentFinding(update: IncidentUpdate, version: string): OcsfEvent {
  const cutter = createCutter();
  const { incident } = update;
  const attacks = attacksOf(incident, cutter);
  const detail = update.reason ?? incident.closeReason;
  const note = incident.acknowledgement?.note;
  const event = {
    ...classOf(2005, 'Incident Finding', incidentActivities[update.change]),
    time: timestamp(update.at) ?? 0,
    start_time: timestamp(incident.openedAt),
    end_time: timestamp(incident.closedAt ?? incident.updatedAt),
    count: integer(incident.count),
    ...coded('severity_id', 'severity', severityCodes[incident.severity]),
    ...coded('status_id', 'status', incidentStatusCodes[incident.status]),
    status_detail: detail === undefined ? undefined : cutter.text(detail, caps.text),
    ...assigneeOf(update, cutter),
    comment: note === undefined ? undefined : cutter.text(note, caps.text),
    desc: cutter.text(incident.title, caps.title),
    message: cutter.text(incident.title, caps.text),
    attacks: attacks.length === 0 ? undefined : attacks,
    finding_info_list: cutter.list(incident.findings, mostLines).map((line) => findingInfo(line, cutter)),
    device: deviceOf(incident, cutter),
    observables: observablesOf(incident, cutter),
    unmapped: unmappedOf(update, cutter),
  };
  const profiles = ['container', 'host', 'incident'];
  return { id: update.id, event: withMetadata(event, update, { id: update.id, version, cutter, profiles }) };
}

/** The schema wants one of the two; who acknowledged it works on it. */
const assigneeOf = ({ incident }: IncidentUpdate, { text }: Cutter): OcsfObject =>
  incident.acknowledgement === undefined
    ? { assignee_group: { name: 'unassigned' } }
    : { assignee: { name: text(incident.acknowledgement.by, caps.name) } };

const classOf = (uid: number, name: string, [id, caption]: Activity): OcsfObject => ({
  activity_id: id,
  activity_name: caption,
  category_uid: 2,
  category_name: 'Findings',
  class_uid: uid,
  class_name: name,
  type_uid: uid * 100 + id,
  type_name: `${name}: ${caption}`,
});

/** Last, because only now it is known whether anything was cut. */
function withMetadata(
  event: OcsfObject,
  { incident }: IncidentUpdate,
  of: { id: string; version: string; cutter: Cutter; profiles: readonly string[] },
): OcsfObject {
  const { id, version, cutter, profiles } = of;
  const uids = { uid: cutter.text(id, caps.id), correlation_uid: cutter.text(incident.id, caps.id) };
  const product = { name: 'Moorwatch', vendor_name: 'Moorwatch', version };
  const metadata = { version: schemaVersion, product, profiles, ...uids, is_truncated: cutter.isCut || undefined };
  return { metadata, ...event };
}
