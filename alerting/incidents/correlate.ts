import { type Batch, type BusRecord, busGapHeader, type Commit, isTick, type Output } from '../../shared/bus/port.ts';
import { placeOf, rejection } from '../../shared/bus/rejection.ts';
import { topic } from '../../shared/bus/topics.ts';
import { type CanaryRecord, canaryHeader } from '../../shared/canary.ts';
import { decisionHeader, incidentDecisionSchema } from '../../shared/decision.ts';
import { readDecision } from '../../shared/decision-record.ts';
import { MalformedError, messageOf } from '../../shared/errors.ts';
import { type Finding, type FindingRecord, findingRecordSchema } from '../../shared/finding.ts';
import type { Book } from './book.ts';
import { decide } from './decide.ts';
import { type Entry, endCondition, hasOpen } from './entry.ts';
import { groupOf, groupsOfCondition } from './grouping.ts';
import type { HiddenConditions } from './hidden.ts';
import type { IdMemory } from './ids.ts';
import type { IncidentLimits } from './limits.ts';
import { type Means, place } from './place.ts';
import type { Suppressions } from './suppressions.ts';
import { createTeller } from './teller.ts';
import { createUpkeep } from './upkeep.ts';

export interface CorrelateOptions {
  readonly book: Book;
  readonly ids: IdMemory;
  readonly suppressions: Suppressions;
  readonly hidden: HiddenConditions;
  readonly limits: IncidentLimits;
  /** Called for every digest: it opens nothing and is only counted. */
  readonly onDigest: () => void;
  /** Called for every finding that a suppression keeps out of incidents. */
  readonly onSuppressed: () => void;
  /** Called for every record that is no finding; it goes to `rejected`. */
  readonly onRejected: (rejected: MalformedError) => void;
}

type Ended = Extract<FindingRecord, { type: 'ended' }>;

/**
 * Takes a batch of finding records and decisions to a commit. Record time (`logged`) moves the timers, record by record, so the same log gives
 * the same incidents however it is cut into batches. What an incident gathers within one batch is told in one update.
 */
export function createCorrelator(options: CorrelateOptions): (batch: Batch) => Commit {
  const { book, ids, suppressions, hidden, limits } = options;
  const teller = createTeller(book, limits);
  const upkeep = createUpkeep({ book, teller, suppressions, hidden, limits });

  let canaries: CanaryRecord[] = [];

  const found = (finding: Finding, logged: number): void => {
    if (finding.digest === true) {
      options.onDigest();
      return;
    }
    if (!ids.isNew(finding.id)) return;
    const by = suppressions.hide(finding);
    if (by !== undefined) {
      options.onSuppressed();
      if (!isTold(book, finding)) hidden.take(finding, by);
      noteHidden(book, finding);
      return;
    }
    hidden.drop(finding.host.id, finding.subject);
    place({ finding, logged }, { book, teller, limits });
    upkeep.shrink(logged);
  };
  const decided = (record: BusRecord): void => {
    const decision = readDecision(record, incidentDecisionSchema);
    if (!ids.isNew(`decision/${decision.id}`)) return;
    decide(decision, { ...options, teller, uncover: upkeep.uncover, now: record.logged });
    upkeep.shrink(record.logged);
  };
  const ended = (record: Ended, logged: number): void => {
    hidden.drop(record.host.id, record.subject);
    noteEnd(record, logged, { book, teller });
  };
  const read = (record: BusRecord): void => {
    if (record.headers[decisionHeader] !== undefined) {
      decided(record);
      return;
    }
    const { logged } = record;
    const value = readFinding(record);
    if (value.type === 'ended') ended(value, logged);
    // What became of a decision about baselines is no finding (feed/decision-board.ts reads it).
    else if (value.type === 'finding') found(value.finding, logged);
    else if (value.type === 'canary') canaries.push(value);
  };
  /** The record in `rejected` when it could not be read. */
  const take = (record: BusRecord): readonly Output[] => {
    upkeep.pass(record.logged);
    if (isTick(record) || record.headers[busGapHeader] !== undefined) return [];
    try {
      read(record);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      options.onRejected(error);
      return [rejection(record, error)];
    }
    upkeep.pass(record.logged);
    return [];
  };

  return (batch) => {
    const rejected = batch.records.flatMap(take);
    const outputs = [...teller.drain(batch.records.at(-1)?.logged ?? 0), ...canaries.map(passedOn), ...rejected];
    canaries = [];
    const state = [...book.changes(), ...ids.changes(), ...suppressions.changes(), ...hidden.changes()];
    const nextWake = Math.min(book.nextDue() ?? never, suppressions.nextExpiry() ?? never);
    return { outputs, state, done: batch.records.length, ...(nextWake < never && { nextWake }) };
  };
}

function noteEnd(record: Ended, logged: number, { book, teller }: Pick<Means, 'book' | 'teller'>): void {
  const end = endOf(book, record, logged);
  if (end === undefined) return;
  const { entry, isListed } = end;
  const reason = isListed ? {} : { reason: 'a condition that has no line of its own is no longer so' };
  // Of what is closed nobody hears until it is open again.
  if (entry.closedLogged !== undefined) book.put(entry);
  else teller.note(entry, { change: 'grown', at: record.at, logged, ...reason });
}

/** It shows that incidents would arrive, and is none. */
const passedOn = (canary: CanaryRecord): Output => ({
  topic: topic.incidents,
  record: { key: canary.host.id, value: JSON.stringify(canary), headers: { [canaryHeader]: canary.id }, at: canary.at },
});

const never = Number.POSITIVE_INFINITY;

/** What is suppressed is counted with what makes its incident grow next, so that nobody is told of it. */
function noteHidden(book: Book, finding: Finding): void {
  const entry = book.get(groupOf(finding).entity);
  if (entry !== undefined) book.put({ ...entry, hidden: entry.hidden + 1 });
}

/** Whether people know of that condition already: it stands open in the incident of its group. */
const isTold = (book: Book, finding: Finding): boolean => {
  const entry = book.get(groupOf(finding).entity);
  return entry !== undefined && finding.subject !== undefined && hasOpen(entry, finding.subject);
};

/** The first of the groups in which that condition stands open, with the condition ended. */
function endOf(
  book: Book,
  ended: Ended,
  logged: number,
): { readonly entry: Entry; readonly isListed: boolean } | undefined {
  for (const entity of groupsOfCondition(ended.host.id, ended.lineage)) {
    const entry = book.get(entity);
    const changed = entry && endCondition(entry, { subject: ended.subject, at: ended.at, logged });
    if (changed !== undefined) return { entry: changed, isListed: changed.lines !== entry?.lines };
  }
  return undefined;
}

/** @throws MalformedError when it is none */
function readFinding(record: BusRecord): FindingRecord {
  const where = placeOf(record);
  const value = parseJson(record.value);
  if (value instanceof Error) throw new MalformedError(`not JSON: ${value.message}`, { place: where, cause: value });
  const parsed = findingRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new MalformedError(`not a finding: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`, {
    place: where,
  });
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    return new Error(messageOf(error));
  }
}
