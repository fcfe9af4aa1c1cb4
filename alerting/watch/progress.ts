import type { Waiting } from '../../shared/bus/port.ts';

/** What was seen of one partition of a group until now. */
export interface Progress {
  /** The record that waited first when the group was first seen at its position; absent: none. */
  readonly waits?: Waiting;
  /** When that was, ms. */
  readonly seenAt: number;
  /** For how many looks in a row the group was not where it was at the look before. */
  readonly moves: number;
}

/** By partition. */
export type GroupProgress = ReadonlyMap<number, Progress>;

/** So many looks in a row that find the group further on say that it works, though more waits than it is to be. */
const movesToTrust = 3;

/** What one look more tells. @param now of the process that looks, ms: it is only compared with itself */
export function lookedAgain(before: GroupProgress, waiting: ReadonlyMap<number, Waiting>, now: number): GroupProgress {
  return new Map(
    [...new Set([...before.keys(), ...waiting.keys()])].map((partition): [number, Progress] => {
      const last = before.get(partition);
      const waits = waiting.get(partition);
      // Not by the record: where retention takes it there is another, though nobody works. What is told is of the first, so that it stays one.
      if (waits !== undefined && waits.committed === last?.waits?.committed) return [partition, { ...last, moves: 0 }];
      const moves = last === undefined ? 0 : Math.min(last.moves + 1, movesToTrust);
      return [partition, { ...(waits !== undefined && { waits }), seenAt: now, moves }];
    }),
  );
}

/** Where a group stands. */
export interface Standing extends Waiting {
  readonly partition: number;
}

/**
 * Of the partitions in which the group was seen at one position for longer than the bound though something waits, the one whose record is the oldest. That a record is old says nothing: it
 * may have waited for this very process.
 */
export function standingLongest(progress: GroupProgress, now: number, boundMs: number): Standing | undefined {
  return [...progress]
    .flatMap(([partition, { waits, seenAt }]) =>
      waits !== undefined && now - seenAt > boundMs ? [{ partition, ...waits }] : [],
    )
    .sort((a, b) => a.logged - b.logged || a.partition - b.partition)[0];
}

/** Whether nothing waits in any of the partitions, or what does not is being worked on. */
export const isMoving = (progress: GroupProgress): boolean =>
  [...progress.values()].every(({ waits, moves }) => waits === undefined || moves >= movesToTrust);
