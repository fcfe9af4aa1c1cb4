import { dropOldest } from '../../newest.ts';
import type { Entry } from './entries.ts';
import type { Looked } from './look.ts';

/** What the last diff of each container showed. Bounded: of containers the one whose diff is oldest goes, of paths the later ones are not kept. */
export interface SeenChanges {
  /** Size at the last look. */
  lastSize(container: string, path: string): number | undefined;
  /** By how many entries this diff is longer than the one before, beyond `most`. */
  grown(container: string, total: number, most: number): number;
  /** Takes over a diff; returns its entries that were not there, or are other ones now. */
  fresh<E extends SeenEntry>(container: string, entries: readonly E[]): readonly E[];
  forget(container: string): void;
  takeEvicted(): number;
}

export interface SeenEntry {
  readonly entry: Entry;
  readonly now: Looked | undefined;
}

const mostContainers = 500;
const mostPaths = 5_000;

/** What makes it another file than before; of a deletion there is nothing but that it is so. */
export const contentOf = ({ now }: SeenEntry): string =>
  now === undefined
    ? ''
    : [now.type, now.inode, now.mode.toString(8), now.uid, now.size, now.changedAt, now.target ?? ''].join(' ');

export function createSeenChanges(): SeenChanges {
  const seen = new Map<string, ReadonlyMap<string, { readonly mark: string; readonly size: number | undefined }>>();
  const totals = new Map<string, number>();
  let evicted = 0;
  return {
    lastSize: (container, path) => seen.get(container)?.get(path)?.size,
    grown: (container, total, most) => {
      const before = Math.max(most, totals.get(container) ?? 0);
      totals.set(container, total);
      return Math.max(0, total - before);
    },
    fresh: (container, entries) => {
      const before = seen.get(container);
      const marked = entries.map((one) => ({ one, mark: `${one.entry.change} ${contentOf(one)}` }));
      seen.delete(container);
      seen.set(
        container,
        new Map(
          marked.slice(0, mostPaths).map(({ one, mark }) => [one.entry.path, { mark, size: one.now?.size }] as const),
        ),
      );
      const oldest = dropOldest(seen, mostContainers);
      if (oldest !== undefined) {
        totals.delete(oldest);
        evicted += 1;
      }
      return marked.filter(({ one, mark }) => before?.get(one.entry.path)?.mark !== mark).map(({ one }) => one);
    },
    forget: (container) => {
      seen.delete(container);
      totals.delete(container);
    },
    takeEvicted: () => {
      const taken = evicted;
      evicted = 0;
      return taken;
    },
  };
}
