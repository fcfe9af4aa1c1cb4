import { type Batch, type BusRecord, busGapHeader, type Commit, isTick, type Output } from '../../shared/bus/port.ts';
import { placeOf, rejection } from '../../shared/bus/rejection.ts';
import { MalformedError, messageOf } from '../../shared/errors.ts';
import { type Finding, type FindingRecord, findingRecordSchema } from '../../shared/finding.ts';
import type { Book } from './book.ts';
import { type Entry, endCondition, grow, openEntry } from './entry.ts';
import { groupOf, groupsOfCondition } from './grouping.ts';
import type { IdMemory } from './ids.ts';
import type { IncidentLimits } from './limits.ts';
import { createTeller } from './teller.ts';

export interface CorrelateOptions {
  readonly book: Book;
  readonly ids: IdMemory;
  readonly limits: IncidentLimits;
  /** Called for every digest: it opens nothing and is only counted. */
  readonly onDigest: () => void;
  /** Called for every record that is no finding; it goes to `rejected`. */
  readonly onRejected: (rejected: MalformedError) => void;
}

type Ended = Extract<FindingRecord, { type: 'ended' }>;

/**
 * Takes a batch of finding records to a commit. Record time (`logged`) moves the timers, record by record, so the same log gives the
 * same incidents however it is cut into batches. What an incident gathers within one batch is told in one update.
 */
export function createCorrelator(options: CorrelateOptions): (batch: Batch) => Commit {
  const { book, ids, limits } = options;
  const teller = createTeller(book);

  const found = (finding: Finding, logged: number): void => {
    if (finding.digest === true) {
      options.onDigest();
      return;
    }
    if (ids.has(finding.id)) return;
    ids.add(finding.id);
    const arrival = { finding, logged };
    const group = groupOf(finding);
    const known = book.get(group.entity);
    const entry = grow(known ?? openEntry(group, arrival), arrival, limits);
    teller.note(entry, { change: known === undefined ? 'opened' : 'grown', at: finding.at, finding, logged });
    closeSurplus(logged);
  };
  const ended = (record: Ended, logged: number): void => {
    const entry = endOf(book, record, logged);
    if (entry !== undefined) teller.note(entry, { change: 'grown', at: record.at, logged });
  };
  const closeSurplus = (logged: number): void => {
    for (let entry = book.surplus(); entry !== undefined; entry = book.surplus()) {
      teller.close(entry.group.entity, { at: logged, reason: 'more incidents are open than are kept' });
    }
  };
  const closeDue = (logged: number): void => {
    for (const { entry, at } of book.due(logged)) teller.close(entry.group.entity, { at, reason: closeReason(entry) });
  };
  /** The record in `rejected` when it could not be read. */
  const take = (record: BusRecord): readonly Output[] => {
    closeDue(record.logged);
    if (isTick(record) || record.headers[busGapHeader] !== undefined) return [];
    const read = readFinding(record);
    if (read instanceof MalformedError) {
      options.onRejected(read);
      return [rejection(record, read)];
    }
    if (read.type === 'ended') ended(read, record.logged);
    // What became of a decision is no finding (feed/decisions.ts reads it).
    else if (read.type === 'finding') found(read.finding, record.logged);
    closeDue(record.logged);
    return [];
  };

  return (batch) => {
    const rejected = batch.records.flatMap(take);
    const outputs = [...teller.drain(), ...rejected];
    const nextWake = book.nextDue();
    return {
      outputs,
      state: [...book.changes(), ...ids.changes()],
      done: batch.records.length,
      ...(nextWake === undefined ? {} : { nextWake }),
    };
  };
}

/** The first of the groups in which that condition stands open, with the condition ended. */
function endOf(book: Book, ended: Ended, logged: number): Entry | undefined {
  for (const entity of groupsOfCondition(ended.host.id, ended.lineage)) {
    const entry = book.get(entity);
    const changed = entry && endCondition(entry, { subject: ended.subject, at: ended.at, logged });
    if (changed !== undefined) return changed;
  }
  return undefined;
}

const closeReason = (entry: Entry): string =>
  entry.endedAt !== undefined && entry.endedAt >= entry.activeAt ? 'its last condition ended and it is quiet' : 'quiet';

function readFinding(record: BusRecord): FindingRecord | MalformedError {
  const place = placeOf(record);
  const value = parseJson(record.value);
  if (value instanceof Error) return new MalformedError(`not JSON: ${value.message}`, { place, cause: value });
  const parsed = findingRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return new MalformedError(`not a finding: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`, {
    place,
  });
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    return new Error(messageOf(error));
  }
}
