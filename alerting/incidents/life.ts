import { clip } from '../../shared/clip.ts';
import { type Finding, type Severity, severityRank } from '../../shared/finding.ts';
import { isNeverHidden } from '../../shared/never-hidden.ts';
import { type Entry, withHidden } from './entry.ts';
import type { IncidentLimits } from './limits.ts';
import { hasRule } from './lines.ts';
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

/** What came into an incident. */
export interface News {
  /** How grave the incident is with it. */
  readonly severity: Severity;
  readonly logged: number;
  readonly found: readonly {
    readonly rule: Pick<Finding['rule'], 'id' | 'title' | 'catalogue'>;
    readonly severity: Severity;
  }[];
}

/**
 * Why an incident opens again with that; undefined when it does not. Who acknowledged it knows the rules that it had: what is critical or can never
 * be hidden, and of another rule, may be as grave and is not what they work on.
 */
export function reopenReason(entry: Entry, { severity, logged, found }: News): string | undefined {
  const { head, closedLogged } = entry;
  if (closedLogged !== undefined) return `something was found ${minutes(logged - closedLogged)} after it was closed`;
  if (head.status !== 'acknowledged') return undefined;
  const before = judged(entry).severity;
  if (severityRank(severity) > severityRank(before))
    return `it was acknowledged and got worse: ${before} before, ${severity} now`;
  const other = found.find((one) => isGrave(one) && !hasRule(entry.lines, one.rule.id));
  return other && `it was acknowledged, and something else was found since: ${clip(other.rule.title, 200)}`;
}

const isGrave = ({ rule, severity }: News['found'][number]): boolean =>
  severity === 'critical' || isNeverHidden(rule.catalogue, severity);

const minutes = (ms: number): string => {
  const count = Math.round(Math.max(0, ms) / 60_000);
  return count === 0 ? 'within a minute' : count === 1 ? '1 minute' : `${count} minutes`;
};
