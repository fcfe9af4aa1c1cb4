import type { Book } from './book.ts';
import { expiryRecord } from './decide.ts';
import { closeEntry, type Entry } from './entry.ts';
import type { Suppressions } from './suppressions.ts';
import type { Teller } from './teller.ts';

/** What happens to incidents and suppressions by time, and because there are too many. */
export interface Upkeep {
  /** Does all that is due by that log time. */
  pass(logged: number): void;
  /** Makes room as the limits ask for it. */
  shrink(logged: number): void;
}

export function createUpkeep({
  book,
  teller,
  suppressions,
}: {
  readonly book: Book;
  readonly teller: Teller;
  readonly suppressions: Suppressions;
}): Upkeep {
  const close = ({ group: { entity } }: Entry, closing: { at: number; reason: string }): void => {
    const entry = teller.told(entity);
    if (entry === undefined) return;
    const closed = closeEntry(entry, closing);
    teller.tell(closed, { change: 'closed', at: closed.head.updatedAt, logged: closing.at });
  };
  const tellMore = ({ group: { entity } }: Entry, at: number): void => {
    const entry = teller.told(entity);
    if (entry?.isUntold === true) teller.tell(entry, { change: 'grown', at: entry.head.updatedAt, logged: at });
  };
  const shrink = (logged: number): void => {
    for (let due = book.surplus(); due !== undefined; due = book.surplus()) {
      if (due.what === 'forget') book.remove(due.entry.group.entity);
      else close(due.entry, { at: logged, reason: 'more incidents are open than are kept' });
    }
  };
  return {
    pass: (logged) => {
      for (const suppression of suppressions.expire(logged)) teller.put(expiryRecord(suppression));
      // What closes may be due to be forgotten by the same time.
      for (let dues = book.due(logged); dues.length > 0; dues = book.due(logged)) {
        for (const { entry, what, at } of dues) {
          if (what === 'forget') book.remove(entry.group.entity);
          else if (what === 'tell') tellMore(entry, at);
          else close(entry, { at, reason: closeReason(entry) });
        }
      }
      shrink(logged);
    },
    shrink,
  };
}

const closeReason = (entry: Entry): string =>
  entry.endedAt !== undefined && entry.endedAt >= entry.activeAt ? 'its last condition ended and it is quiet' : 'quiet';
