import type { StoredItem } from '../../shared/baseline-state.ts';
import { storedBytes } from '../../shared/item-text.ts';

/** What an item takes beside its texts: names of its fields, ids, times and counts, as they are stored. */
const besideTexts = 200;

/** About what an item takes as it is stored, in bytes. It never changes but with its texts. */
export const bytesOf = ({ text, example = '' }: StoredItem): number =>
  besideTexts + storedBytes(text) + storedBytes(example);

/** How many bytes the items of each workload take, kept up as they come and go. */
export interface ItemBytes {
  changed(before: StoredItem | undefined, after: StoredItem | undefined): void;
  of(host: string, workload: string): number;
}

export function createItemBytes(all: Iterable<StoredItem>): ItemBytes {
  const hosts = new Map<string, Map<string, number>>();
  const add = ({ host, workload }: StoredItem, bytes: number): void => {
    const workloads = hosts.get(host) ?? new Map<string, number>();
    const sum = (workloads.get(workload) ?? 0) + bytes;
    if (sum > 0) workloads.set(workload, sum);
    else workloads.delete(workload);
    if (workloads.size > 0) hosts.set(host, workloads);
    else hosts.delete(host);
  };
  for (const item of all) add(item, bytesOf(item));
  return {
    changed(before, after) {
      // Most are seen again, and counted in place.
      if (before === after) return;
      if (before !== undefined) add(before, -bytesOf(before));
      if (after !== undefined) add(after, bytesOf(after));
    },
    of: (host, workload) => hosts.get(host)?.get(workload) ?? 0,
  };
}
