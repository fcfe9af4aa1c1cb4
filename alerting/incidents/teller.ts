import type { Output } from '../../shared/bus/port.ts';
import type { Book } from './book.ts';
import { closeEntry, type Entry } from './entry.ts';
import { type Change, tell } from './updates.ts';

/** Gathers what a batch changed and tells it: one update per incident that opened or grew, one more when it closed. */
export interface Teller {
  note(entry: Entry, change: Change): void;
  close(entity: string, closing: { readonly at: number; readonly reason: string }): void;
  /** All updates since it was last asked, in the order in which they became known. */
  drain(): readonly Output[];
}

export function createTeller(book: Book): Teller {
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

  return {
    note: (entry, change) => {
      const { entity } = entry.group;
      // An incident that is told for the first time names the finding that opened it.
      if (untold.get(entity)?.change !== 'opened') untold.set(entity, change);
      book.put(entry);
    },
    close: (entity, { at, reason }) => {
      flush(entity);
      const entry = book.get(entity);
      if (entry === undefined) return;
      const closed = closeEntry(entry, at, reason);
      publish(closed, { change: 'closed', at: closed.head.updatedAt, logged: at });
      book.remove(entity);
    },
    drain: () => {
      for (const entity of untold.keys()) flush(entity);
      const told = outputs;
      outputs = [];
      return told;
    },
  };
}
