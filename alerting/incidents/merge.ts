import { worstSeverity } from '../../shared/finding.ts';
import { withContainersOf } from './containers.ts';
import { caps, closeEntry, type Entry, remember, union, withHidden, withUnlisted } from './entry.ts';
import { reopen, reopenReason } from './life.ts';
import type { IncidentLimits } from './limits.ts';
import { countOf, mergeLines, openSubjects } from './lines.ts';
import { judged, unitedWeight } from './severity.ts';
import { titleOf } from './title.ts';
import { withWorkloadsOf } from './workloads.ts';

export interface Merged {
  readonly older: Entry;
  /** Closed; its groups are the older one's from now on. */
  readonly younger: Entry;
  /** Why the older one is open again. */
  readonly reopened?: string;
}

/** Which of two goes on in the other: the one that began later. */
export const byAge = (a: Entry, b: Entry): number =>
  a.head.openedAt - b.head.openedAt || (a.head.id < b.head.id ? -1 : 1);

export const roomFor = (entry: Entry, more: number, limits: IncidentLimits): boolean =>
  entry.members.length + more <= limits.members;

/**
 * Two incidents become the older one: lines, counts, tactics and notes are put together, the worst severity stays. An acknowledgement of the
 * younger one becomes a note. Both must be at hand as they are, with nothing of them untold.
 */
export function merge(
  [older, younger]: readonly [Entry, Entry],
  { logged, limits }: { readonly logged: number; readonly limits: IncidentLimits },
): Merged {
  const both = united(older, younger, limits);
  // What neither was alone they may be together, and what nobody acknowledged is not what somebody did.
  const found = younger.head.status === 'open' ? younger.lines.map(({ told }) => told) : [];
  const reason = reopenReason(older, { severity: judged(both).severity, logged, found });
  const closing = { at: logged, reason: `it goes on in incident ${older.head.id}` };
  const closed = closeEntry(younger, closing);
  return {
    older: reason === undefined ? both : reopen(both),
    younger: { ...closed, head: { ...closed.head, mergedInto: older.head.id } },
    ...(reason !== undefined && { reopened: reason }),
  };
}

function united(older: Entry, younger: Entry, limits: IncidentLimits): Entry {
  const a = withHidden(older);
  const b = withHidden(younger);
  const { lines, left } = mergeLines(older.lines, younger.lines, limits);
  const severity = worstSeverity(a.severity, b.severity);
  // One that was closed is about what goes on in it now.
  const isOlders = severity === a.severity && (older.closedLogged === undefined || severity !== b.severity);
  const { worst, worstIn } = isOlders ? older : younger;
  const ended = Math.max(older.endedAt ?? 0, younger.endedAt ?? 0);
  const suppressed = (a.suppressed ?? 0) + (b.suppressed ?? 0);
  const head: Entry['head'] = {
    ...a,
    severity,
    updatedAt: Math.max(a.updatedAt, b.updatedAt),
    more: a.more + b.more + countOf(left),
    count: a.count + b.count,
    techniques: union(a.techniques, b.techniques, caps.techniques),
    tactics: union(a.tactics, b.tactics, caps.tactics),
    ruleSets: union(a.ruleSets, b.ruleSets, caps.ruleSets),
    ...withContainersOf(older, younger, limits),
    ...withWorkloadsOf(a, b, limits),
    merged: [...(a.merged ?? []), ...(b.merged ?? []), b.id].slice(-limits.members),
    ...notesOf(a, b, limits),
    ...(suppressed > 0 && { suppressed }),
  };
  const unlisted = withUnlisted(older.unlisted, [...younger.unlisted, ...openSubjects(left)], limits);
  const { worstIn: _, ...rest } = older;
  const subject = { worst, ...(worstIn !== undefined && { worstIn }) };
  return {
    ...rest,
    ...subject,
    head: { ...head, title: titleOf(head, subject, lines.length + head.more) },
    lines,
    unlisted,
    activeAt: Math.max(older.activeAt, younger.activeAt),
    ...(ended > 0 && { endedAt: ended }),
    members: [...older.members, younger.group.entity, ...younger.members],
    containers: younger.containers.reduce((all, id) => remember(all, id, limits.members), older.containers),
    creators: younger.creators.reduce((all, id) => remember(all, id, limits.members), older.creators),
    weight: unitedWeight(older.weight, younger.weight),
    hidden: 0,
  };
}

function notesOf(a: Entry['head'], b: Entry['head'], limits: IncidentLimits): Pick<Entry['head'], 'notes'> {
  const taken = b.acknowledgement === undefined ? [] : [b.acknowledgement];
  const notes = [...(a.notes ?? []), ...(b.notes ?? []), ...taken].sort((x, y) => x.at - y.at);
  return notes.length === 0 ? {} : { notes: notes.slice(-limits.notes) };
}
