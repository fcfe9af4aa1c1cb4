import type { Book } from './book.ts';
import { expiryRecord } from './decide.ts';
import { closeEntry, type Entry } from './entry.ts';
import type { HiddenConditions } from './hidden.ts';
import type { IncidentLimits } from './limits.ts';
import type { Suppressions } from './suppressions.ts';
import type { Teller } from './teller.ts';
import { createUncover, type Uncover } from './uncover.ts';

/** What happens to incidents and suppressions by time, and because there are too many. */
export interface Upkeep {
  /** Does all that is due by that log time. */
  pass(logged: number): void;
  /** Makes room as the limits ask for it. */
  shrink(logged: number): void;
  readonly uncover: Uncover;
}

export function createUpkeep({
  book,
  teller,
  suppressions,
  hidden,
  limits,
}: {
  readonly book: Book;
  readonly teller: Teller;
  readonly suppressions: Suppressions;
  readonly hidden: HiddenConditions;
  readonly limits: IncidentLimits;
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
  const uncover = createUncover({ book, teller, limits }, { suppressions, hidden, shrink });
  const settle = (until: number): void => {
    // What closes may be due to be forgotten by the same time.
    for (let dues = book.due(until); dues.length > 0; dues = book.due(until)) {
      for (const { entry, what, at } of dues) {
        if (what === 'forget') book.remove(entry.group.entity);
        else if (what === 'tell') tellMore(entry, at);
        else close(entry, { at, reason: closeReason(entry) });
      }
    }
  };
  return {
    pass: (logged) => {
      for (let over = suppressions.expire(logged); over !== undefined; over = suppressions.expire(logged)) {
        // What a suppression hid finds the incidents as they were when it ended, however late that is noticed.
        settle(over.expiresAt);
        teller.put(expiryRecord(over, uncover(over, over.expiresAt)));
      }
      settle(logged);
      shrink(logged);
    },
    shrink,
    uncover,
  };
}

const closeReason = (entry: Entry): string =>
  entry.endedAt !== undefined && entry.endedAt >= entry.activeAt ? 'its last condition ended and it is quiet' : 'quiet';
