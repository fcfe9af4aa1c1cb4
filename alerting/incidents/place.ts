import type { Finding } from '../../shared/finding.ts';
import type { Book } from './book.ts';
import { type Arrival, type Entry, grow, knownAt, openEntry } from './entry.ts';
import { type Group, groupOf } from './grouping.ts';
import { reopen, reopenReason } from './life.ts';
import type { IncidentLimits } from './limits.ts';
import type { Line } from './lines.ts';
import { byAge, merge, roomFor } from './merge.ts';
import { judged } from './severity.ts';
import type { Teller } from './teller.ts';

/** With what a finding is placed. */
export interface Means {
  readonly book: Book;
  readonly teller: Teller;
  readonly limits: IncidentLimits;
}

/** Puts a finding where it belongs: into the incident of its group, into one that it is linked to, or into a new one. */
export function place(arrival: Arrival, means: Means): void {
  const { book, teller, limits } = means;
  const { finding, logged } = arrival;
  const group = groupOf(finding);
  const known = book.get(group.entity) ?? joined(group, finding, means);
  const why = arrival.isUncovered === true ? uncoveredText(finding) : undefined;
  const about = { at: knownAt(arrival), finding, logged, ...(why !== undefined && { reason: why }) };
  if (known === undefined) {
    teller.note(grow(openEntry(group, arrival), arrival, limits), { ...about, change: 'opened' });
    return;
  }
  const grown = grow(known, arrival, limits);
  const reason = reopenReason(known, { severity: judged(grown).severity, logged, found: [finding] });
  const entry = reason === undefined ? grown : reopen(grown);
  if (reason === undefined) teller.note(entry, { ...about, change: 'grown', isMore: isOnlyMore(known, entry) });
  else teller.note(entry, { ...about, change: 'reopened', reason: why ?? reason });
  if (group.kind === 'incident') mergeLinked(entry, arrival, means);
}

const uncoveredText = ({ at }: Finding): string =>
  `it began ${new Date(at).toISOString()} while a suppression hid it, which is over; it is still so`;

/** Whether nothing but counts and times differs. */
const isOnlyMore = (before: Entry, after: Entry): boolean =>
  judged(before).severity === judged(after).severity &&
  before.worst === after.worst &&
  before.lines.length === after.lines.length &&
  after.lines.every((line, i) => line === before.lines[i] || isAlike(line.told, before.lines[i]?.told));

const isAlike = (a: Line['told'], b: Line['told'] | undefined): boolean =>
  a.id === b?.id && a.severity === b.severity && a.endedAt === b.endedAt;

/** A group without an incident of its own joins one that is linked to it: nobody has heard of another yet. */
function joined(group: Group, finding: Finding, { book, limits }: Means): Entry | undefined {
  if (group.kind === 'posture') return undefined;
  const linked = book.linked(finding).find((entry) => roomFor(entry, 1, limits));
  if (linked === undefined) return undefined;
  const entry = { ...linked, members: [...linked.members, group.entity] };
  book.put(entry);
  return entry;
}

/** Incidents that this finding links become one, the oldest of them. */
function mergeLinked(grown: Entry, arrival: Arrival, { book, teller, limits }: Means): void {
  const { finding, logged } = arrival;
  let { entity } = grown.group;
  for (const other of book.linked(finding)) {
    if (other.group.entity === entity) continue;
    const ours = book.get(entity);
    const theirs = book.get(other.group.entity);
    // What went on in ours meanwhile is ours.
    if (ours === undefined || theirs === undefined || ours.group.entity === theirs.group.entity) continue;
    const [older, younger] = byAge(ours, theirs) < 0 ? [ours, theirs] : [theirs, ours];
    if (!roomFor(older, 1 + younger.members.length, limits)) continue;
    const tellable = [teller.told(older.group.entity), teller.told(younger.group.entity)] as const;
    const [first, second] = tellable;
    if (first === undefined || second === undefined) continue;
    const merged = merge([first, second], { logged, limits });
    const about = { at: knownAt(arrival), logged };
    const into = `it goes on in incident ${first.head.id}`;
    teller.tell(merged.younger, { ...about, change: 'merged', reason: into });
    book.remove(second.group.entity);
    const why = merged.reopened ?? `incident ${second.head.id} goes on in this one`;
    teller.note(merged.older, {
      ...about,
      change: merged.reopened === undefined ? 'grown' : 'reopened',
      finding,
      reason: why,
    });
    entity = first.group.entity;
  }
}
