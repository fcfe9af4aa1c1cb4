import type { Output } from '../../shared/bus/port.ts';
import { severityRank } from '../../shared/finding.ts';
import type { Book } from './book.ts';
import type { Entry } from './entry.ts';
import type { IncidentLimits } from './limits.ts';
import { type Change, tell } from './updates.ts';

/** Gathers what a batch changed and tells it: one update per incident that opened or grew, one more for each other change. */
export interface Teller {
  /** It changed, and may change more before it is told. */
  note(entry: Entry, change: Change): void;
  /** The incident with all that was noted of it told. */
  told(entity: string): Entry | undefined;
  /** The incident with told what does not wait at that log time: what a batch holds besides changes nothing about that. */
  settled(entity: string, logged: number): Entry | undefined;
  /** It changed, and that is told of itself; what was noted of it must be told before. */
  tell(entry: Entry, change: Change): void;
  /** Puts something in between. */
  put(output: Output): void;
  /**
   * All updates since it was last asked, in the order in which they became known. What only counts more of the same waits when its incident was told
   * of just before: it is due later.
   */
  drain(logged: number): readonly Output[];
}

export function createTeller(book: Book, { pauseMs }: Pick<IncidentLimits, 'pauseMs'>): Teller {
  const untold = new Map<string, Change>();
  let outputs: Output[] = [];

  const publish = (entry: Entry, change: Change): void => {
    const told = tell(entry, change);
    book.put(told.entry);
    outputs.push(told.output);
  };
  const flush = (entity: string): void => {
    const change = untold.get(entity);
    const entry = book.get(entity);
    untold.delete(entity);
    if (change !== undefined && entry !== undefined) publish(entry, change);
  };
  const settle = (entity: string, logged: number): void => {
    const entry = book.get(entity);
    const isMore = untold.get(entity)?.isMore === true;
    const waits = isMore && entry?.toldLogged !== undefined && logged < entry.toldLogged + pauseMs;
    if (!waits) flush(entity);
    else {
      untold.delete(entity);
      if (entry.isUntold !== true) book.put({ ...entry, isUntold: true });
    }
  };

  return {
    note: (entry, change) => {
      const { entity } = entry.group;
      const before = untold.get(entity);
      untold.set(entity, before === undefined ? change : both(before, change));
      book.put(entry);
    },
    told: (entity) => {
      flush(entity);
      return book.get(entity);
    },
    settled: (entity, logged) => {
      settle(entity, logged);
      return book.get(entity);
    },
    tell: publish,
    put: (output) => void outputs.push(output),
    drain: (logged) => {
      for (const entity of untold.keys()) settle(entity, logged);
      const told = outputs;
      outputs = [];
      return told;
    },
  };
}

/** What is told for the first time, or again, says so; else the newest that is more than one more of the same. It names the worst finding of both. */
function both(before: Change, change: Change): Change {
  const { finding: _, ...told } = weight(before) < 2 && weight(change) >= weight(before) ? change : before;
  const finding = worseOf(before, change);
  return { ...told, ...(finding !== undefined && { finding }) };
}

const weight = ({ change, isMore }: Change): number => (change !== 'grown' ? 2 : isMore === true ? 0 : 1);

/** Of equally bad ones one that is not only one more of the same, then the newer one. */
function worseOf(before: Change, { finding, isMore }: Change): Change['finding'] {
  if (before.finding === undefined || finding === undefined) return finding ?? before.finding;
  const worse = severityRank(finding.severity) - severityRank(before.finding.severity);
  const isNewer = isMore !== true || before.isMore === true;
  return worse > 0 || (worse === 0 && isNewer) ? finding : before.finding;
}
