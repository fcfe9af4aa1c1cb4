import { clip } from '../../shared/clip.ts';
import { type Finding, severityRank } from '../../shared/finding.ts';
import { type Entry, withHidden } from './entry.ts';
import type { IncidentLimits } from './limits.ts';
import { judged } from './severity.ts';

/** What a person said: when (log time, ms), who and what. */
export interface Remark {
  readonly at: number;
  readonly by: string;
  readonly note: string;
}

/** `by`: a name that a client gave, and after it its token (feed/decision-request.ts), which no long name may push out. */
const longest = { by: 200, note: 500 };

/** Bounded, and on one line: control characters would make a stored value six times as long. */
export const remarkOf = ({ at, by, note }: Remark): Remark => ({
  at,
  by: clip(by.replace(/\p{Cc}/gu, ' '), longest.by),
  note: clip(note.replace(/\p{Cc}/gu, ' '), longest.note),
});

/** Somebody works on it. */
export function acknowledge(entry: Entry, remark: Remark): Entry {
  const head = { ...withHidden(entry), status: 'acknowledged' as const, acknowledgement: remark };
  return { ...entry, head: { ...head, updatedAt: Math.max(head.updatedAt, remark.at) }, hidden: 0 };
}

export function addNote(entry: Entry, remark: Remark, limits: IncidentLimits): Entry {
  const head = withHidden(entry);
  const notes = [...(head.notes ?? []), remark].slice(-limits.notes);
  return { ...entry, head: { ...head, notes, updatedAt: Math.max(head.updatedAt, remark.at) }, hidden: 0 };
}

/** Open again, as if nobody had closed or acknowledged it. */
export function reopen(entry: Entry): Entry {
  const { closedAt: _at, closeReason: _why, closedBy: _by, acknowledgement: _ack, ...head } = entry.head;
  const { closedLogged: _closed, ...rest } = entry;
  return { ...rest, head: { ...head, status: 'open', reopened: (head.reopened ?? 0) + 1 } };
}

/** Why an incident that is of that severity now opens again; undefined when it does not. */
export function reopenReason(
  entry: Entry,
  { severity, logged }: { readonly severity: Finding['severity']; readonly logged: number },
): string | undefined {
  const { head, closedLogged } = entry;
  if (closedLogged !== undefined) return `something was found ${minutes(logged - closedLogged)} after it was closed`;
  const before = judged(entry).severity;
  if (head.status !== 'acknowledged' || severityRank(severity) <= severityRank(before)) return undefined;
  return `it was acknowledged and got worse: ${before} before, ${severity} now`;
}

const minutes = (ms: number): string => {
  const count = Math.round(Math.max(0, ms) / 60_000);
  return count === 0 ? 'within a minute' : count === 1 ? '1 minute' : `${count} minutes`;
};
