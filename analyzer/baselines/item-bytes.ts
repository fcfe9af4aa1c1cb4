import type { StoredItem } from '../../shared/baseline-state.ts';

/**
 * What one sighting takes at most: names of its fields, and numbers of sixteen digits and times of eighteen. It is counted so from the first on, as it grows
 * in place.
 */
const sightingBytes = 210;
/** The number of the partition before a key. */
const partitionBytes = 6;

/** What an item takes at most as it is stored, with its key, in bytes. It never changes but when the item is made anew. */
export function bytesOf(key: string, { startup, steady, ...rest }: StoredItem): number {
  const sightings = Number(startup !== undefined) + Number(steady !== undefined);
  return partitionBytes + key.length + Buffer.byteLength(JSON.stringify(rest)) + sightings * sightingBytes;
}

type Owner = Pick<StoredItem, 'host' | 'workload' | 'feature'>;

/** How many bytes the items of each workload take, and those of each of its features, kept up as they come and go. */
export interface ItemBytes {
  changed(key: string, before: StoredItem | undefined, after: StoredItem | undefined): void;
  of(owner: Pick<Owner, 'host' | 'workload'>): number;
  ofFeature(owner: Owner): number;
}

export function createItemBytes(all: Iterable<readonly [key: string, item: StoredItem]>): ItemBytes {
  const hosts = new Map<string, Map<string, Map<string, number>>>();
  // Asked for twice, when it comes and when it goes.
  const known = new WeakMap<StoredItem, number>();
  const sizeOf = (key: string, item: StoredItem): number => {
    const size = known.get(item) ?? bytesOf(key, item);
    known.set(item, size);
    return size;
  };
  const add = ({ host, workload, feature }: Owner, bytes: number): void => {
    const workloads = hosts.get(host) ?? new Map<string, Map<string, number>>();
    const features = workloads.get(workload) ?? new Map<string, number>();
    const sum = (features.get(feature) ?? 0) + bytes;
    if (sum > 0) features.set(feature, sum);
    else features.delete(feature);
    if (features.size > 0) workloads.set(workload, features);
    else workloads.delete(workload);
    if (workloads.size > 0) hosts.set(host, workloads);
    else hosts.delete(host);
  };
  for (const [key, item] of all) add(item, sizeOf(key, item));
  return {
    changed(key, before, after) {
      // Most are seen again, and counted in place.
      if (before === after) return;
      if (before !== undefined) add(before, -sizeOf(key, before));
      if (after !== undefined) add(after, sizeOf(key, after));
    },
    of({ host, workload }) {
      let sum = 0;
      for (const bytes of hosts.get(host)?.get(workload)?.values() ?? []) sum += bytes;
      return sum;
    },
    ofFeature: ({ host, workload, feature }) => hosts.get(host)?.get(workload)?.get(feature) ?? 0,
  };
}
