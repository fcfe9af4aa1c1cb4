import { clip } from '../../shared/clip.ts';
import { type Finding, severityRank, worstSeverity } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import type { Incident } from '../../shared/incident.ts';
import { isHostWorkload } from '../../shared/workload.ts';
import { withContainer } from './containers.ts';
import { type Group, subjectKey } from './grouping.ts';
import type { IncidentLimits } from './limits.ts';
import { addLine, countOf, endLine, type Line, openLines, openSubjects } from './lines.ts';
import { judged, type Weight, weighed, weightless } from './severity.ts';
import { type Subject, titleOf } from './title.ts';
import { withWorkloadsOf } from './workloads.ts';

/** An incident that is open, or was closed lately, as the stage keeps it. Values are never changed; every step gives a new one. */
export interface Entry extends Subject {
  readonly group: Group;
  /** All of the incident but its lines; its severity is that of its worst finding, as nothing raised it. */
  readonly head: Omit<Incident, 'findings' | 'raised'>;
  readonly lines: readonly Line[];
  /** Subjects of open conditions that have no line. */
  readonly unlisted: readonly string[];
  /** Log time of its newest finding, ms. */
  readonly activeAt: number;
  /** Log time at which its last condition ended, ms. */
  readonly endedAt?: number;
  /** Log time at which it was closed, ms; until it is forgotten a finding of its groups opens it again. */
  readonly closedLogged?: number;
  /** Groups whose findings it takes besides its own. */
  readonly members: readonly string[];
  /** Ids of its containers, and of those that made them or ran something in them; bounded, the oldest leave. `head` names fewer. */
  readonly containers: readonly string[];
  readonly creators: readonly string[];
  /** What may raise it above its worst finding. */
  readonly weight: Weight;
  /** Suppressed findings since it last grew, which `head.suppressed` does not count yet. */
  readonly hidden: number;
  /** Log time of its newest update, ms. */
  readonly toldLogged?: number;
  /** It has counted more since. */
  readonly isUntold?: boolean;
}

/** A finding together with the log time of its record, ms. */
export interface Arrival {
  readonly finding: Finding;
  readonly logged: number;
  /** A condition that a suppression hid until `logged`. */
  readonly isUncovered?: boolean;
}

/** When it became known: a condition that was hidden may be so for long. */
export const knownAt = ({ finding, logged, isUncovered = false }: Arrival): number =>
  isUncovered ? Math.max(finding.at, logged) : finding.at;

/** Caps of what one incident gathers besides lines. */
export const caps = { name: 256, text: 64, techniques: 100, tactics: 30, ruleSets: 20 };

/** An incident that holds nothing yet; `grow` puts the finding in. */
export function openEntry(group: Group, arrival: Arrival): Entry {
  const { finding, logged } = arrival;
  return {
    group,
    head: {
      id: deriveId(group.entity, finding.id),
      version: 0,
      kind: group.kind,
      status: 'open',
      title: '',
      severity: 'informational',
      openedAt: knownAt(arrival),
      updatedAt: knownAt(arrival),
      host: shortened(finding.host),
      more: 0,
      count: 0,
      techniques: [],
      tactics: [],
      ruleSets: [],
    },
    lines: [],
    worst: '',
    unlisted: [],
    activeAt: logged,
    members: [],
    containers: [],
    creators: [],
    weight: weightless,
    hidden: 0,
  };
}

/** The incident with one finding more. The finding must not be in it already. */
export function grow(entry: Entry, arrival: Arrival, limits: IncidentLimits): Entry {
  const { finding, logged } = arrival;
  const placed = addLine(entry.lines, finding, { limits, version: entry.head.version + 1 });
  const { head } = entry;
  const owner = ownerOf(head, arrival);
  const subject = isWorst(entry, finding) ? subjectOf(finding) : entry;
  const counted: Entry['head'] = {
    ...withHidden(entry),
    ...owner,
    ...(head.kind === 'posture' ? {} : withContainer(entry, finding, limits)),
    ...(head.kind === 'posture' ? {} : withWorkloadsOf({ ...owner, ...head }, { workload: finding.workload }, limits)),
    severity: head.count === 0 ? finding.severity : worstSeverity(head.severity, finding.severity),
    updatedAt: Math.max(head.updatedAt, knownAt(arrival)),
    more: head.more + countOf(placed.left),
    count: head.count + 1,
    techniques: union(head.techniques, finding.rule.techniques, caps.techniques),
    tactics: union(head.tactics, finding.rule.tactics, caps.tactics),
    ruleSets: union(head.ruleSets, [finding.ruleSet], caps.ruleSets),
  };
  const { worstIn: _, ...rest } = entry;
  return {
    ...rest,
    head: { ...counted, title: titleOf(counted, subject, placed.lines.length + counted.more) },
    lines: placed.lines,
    worst: subject.worst,
    ...(subject.worstIn !== undefined && { worstIn: subject.worstIn }),
    unlisted: withUnlisted(entry.unlisted, openSubjects(placed.left), limits),
    activeAt: Math.max(entry.activeAt, logged),
    ...linksOf(entry, finding, limits),
    weight: weighed(entry.weight, finding),
    hidden: 0,
  };
}

/** Whether an incident is about this finding now: the first one of its severity, or since it was closed one as bad as all before. */
function isWorst({ head, closedLogged }: Entry, { severity }: Finding): boolean {
  const worse = severityRank(severity) - severityRank(head.severity);
  return head.count === 0 || worse > 0 || (worse === 0 && closedLogged !== undefined);
}

const subjectOf = ({ rule, container }: Finding): Subject => ({
  worst: clip(rule.title, 160),
  ...(container !== undefined && { worstIn: shortened({ name: container.name, lineage: container.lineage }) }),
});

/** The incident with the condition of that subject ended, or undefined when no such condition is open in it. */
export function endCondition(entry: Entry, ended: { subject: string; at: number; logged: number }): Entry | undefined {
  const subject = subjectKey(ended.subject);
  const lines = endLine(entry.lines, { subject, at: ended.at, version: entry.head.version + 1 });
  const unlisted = entry.unlisted.filter((other) => other !== subject);
  if (lines === undefined && unlisted.length === entry.unlisted.length) return undefined;
  const head = { ...entry.head, updatedAt: Math.max(entry.head.updatedAt, ended.at) };
  return { ...entry, head, lines: lines ?? entry.lines, unlisted, endedAt: ended.logged };
}

/** Whether the condition of that subject stands open in it. */
export function hasOpen({ lines, unlisted }: Entry, subject: string): boolean {
  const key = subjectKey(subject);
  return unlisted.includes(key) || openSubjects(lines).includes(key);
}

/** What time alone does to it next, and when, as log time. */
export function dueOf(
  entry: Entry,
  { quietMs, reopenMs, pauseMs }: Times,
): { readonly what: 'tell' | 'close' | 'forget'; readonly at: number } | undefined {
  if (entry.closedLogged !== undefined) return { what: 'forget', at: entry.closedLogged + reopenMs };
  const at = closeDue(entry, quietMs);
  const tellAt = entry.isUntold === true ? (entry.toldLogged ?? 0) + pauseMs : undefined;
  if (tellAt !== undefined && tellAt < (at ?? Number.POSITIVE_INFINITY)) return { what: 'tell', at: tellAt };
  return at === undefined ? undefined : { what: 'close', at };
}

/** All in ms of log time. */
export interface Times {
  /** Without a finding until it closes. */
  readonly quietMs: number;
  /** From there until it is forgotten. */
  readonly reopenMs: number;
  /** From an update to one that only counts more. */
  readonly pauseMs: number;
}

/** When it is to be closed, as log time: once nothing is still so and nothing was found for `quietMs`. Undefined while a condition is open. */
function closeDue(entry: Entry, quietMs: number): number | undefined {
  if (openLines(entry.lines) + entry.unlisted.length > 0) return undefined;
  return Math.max(entry.activeAt + quietMs, entry.endedAt ?? 0);
}

/** @param by the person who closes it */
export function closeEntry(
  entry: Entry,
  { at, reason, by }: { readonly at: number; readonly reason: string; readonly by?: string },
): Entry {
  const closedAt = Math.max(at, entry.head.updatedAt);
  const closing = { closedAt, closeReason: reason, ...(by !== undefined && { closedBy: by }) };
  const head = { ...withHidden(entry), status: 'closed' as const, updatedAt: closedAt, ...closing };
  return { ...entry, head, closedLogged: at, hidden: 0 };
}

/** The head with the suppressed findings that it does not count yet. */
export function withHidden({ head, hidden }: Pick<Entry, 'head' | 'hidden'>): Entry['head'] {
  return hidden === 0 ? head : { ...head, suppressed: (head.suppressed ?? 0) + hidden };
}

/** An order that does not depend on how the entries came. */
export const byEntity = (a: Entry, b: Entry): number => (a.group.entity < b.group.entity ? -1 : 1);

export const incidentOf = (entry: Entry): Incident => ({
  ...entry.head,
  ...judged(entry),
  findings: entry.lines.map((line) => line.told),
});

/** The list with that item, without the oldest when it is too long; the same list when it has it. */
export function remember(list: readonly string[], item: string | undefined, most: number): readonly string[] {
  return item === undefined || list.includes(item) ? list : [...list, item].slice(-most);
}

/** By which incidents of containers that made each other find together; the posture of a host is nobody's doing. */
function linksOf(entry: Entry, { container, creator }: Finding, limits: IncidentLimits): Partial<Entry> {
  if (entry.group.kind === 'posture') return {};
  return {
    containers: remember(entry.containers, container?.id, limits.members),
    creators: remember(entry.creators, creator, limits.members),
  };
}

/**
 * Names are the newest ones: a container that replaced another continues its lineage under its own id. What merged into it is not what it is
 * about.
 */
function ownerOf(head: Entry['head'], { finding, isUncovered }: Arrival): Partial<Entry['head']> {
  const trace = head.traceparent ?? finding.traceparent;
  const traced = trace === undefined ? {} : { traceparent: clip(trace, caps.text) };
  if (head.kind === 'posture') return traced;
  const { workload, container } = finding;
  // What was hidden may be older than what is there.
  if (head.container !== undefined && (isUncovered === true || head.container.lineage !== container?.lineage))
    return traced;
  return {
    ...traced,
    ...(workload === undefined ? {} : { workload: workloadOf(head.workload, shortened(workload)) }),
    ...(container === undefined ? {} : { container: placeOf(container) }),
  };
}

/** The first that was found; but of a container's incident the host is not the workload, once the container's own is known. */
const workloadOf = (known: Incident['workload'], found: NonNullable<Incident['workload']>): Incident['workload'] =>
  known === undefined || (isHostWorkload(known) && !isHostWorkload(found)) ? found : known;

function placeOf({ id, name, image, lineage }: NonNullable<Finding['container']>): Incident['container'] {
  return { ...shortened({ id, name, lineage }), image: shortened(image) };
}

/** Names come from outside and have no length limit of their own. */
function shortened<T extends Readonly<Record<string, unknown>>>(thing: T): T {
  const entries = Object.entries(thing).map(([k, v]) => [k, typeof v === 'string' ? clip(v, caps.name) : v]);
  // Same members, and of the same types.
  return Object.fromEntries(entries) as T;
}

/** The open conditions without a line, with those of lines that are none any more. */
export function withUnlisted(
  known: readonly string[],
  more: readonly string[],
  limits: IncidentLimits,
): readonly string[] {
  if (more.length === 0) return known;
  return [...new Set([...known, ...more])].slice(0, limits.unlistedConditions);
}

export function union(known: readonly string[], more: readonly string[], max: number): string[] {
  return [...new Set([...known, ...more.map((item) => clip(item, caps.text))])].slice(0, max);
}
