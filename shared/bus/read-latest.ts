import type { Bus, BusRecord, ReadRange } from './port.ts';

/** One pass is enough where nobody writes; each further one is as short as the one before took time. */
const mostPasses = 10;

/**
 * The newest record of each key of a compacted topic; keys that were deleted are left out. Whoever reads one while it is written misses the
 * keys that are written meanwhile: the record before is gone, the new one lies behind the end that was. So it is read on from there until
 * nothing more comes.
 *
 * @param options.wanted keys of other kinds are left out
 * @throws what the bus throws
 */
export async function readLatest(
  bus: Pick<Bus, 'read'>,
  topic: string,
  { wanted = () => true, signal }: { wanted?(key: string): boolean; readonly signal?: AbortSignal } = {},
): Promise<ReadonlyMap<string, BusRecord>> {
  const latest = new Map<string, BusRecord>();
  let from: ReadRange['from'] = 'oldest';
  for (let pass = 0; pass < mostPasses; pass += 1) {
    let next: ReadonlyMap<number, number> | undefined;
    for await (const page of bus.read(topic, { from, follow: false, ...(signal && { signal }) })) {
      for (const record of page.records) {
        if (!wanted(record.key)) continue;
        if (record.value === null) latest.delete(record.key);
        else latest.set(record.key, record);
      }
      if (page.records.length > 0) next = page.next;
    }
    if (next === undefined) break;
    from = { offsets: next };
  }
  return latest;
}
