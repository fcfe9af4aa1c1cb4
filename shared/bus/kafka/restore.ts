import { UnavailableError } from '../../errors.ts';
import type { LogReader } from './log-reader.ts';

/** Twice the time after which a broker ends transactions of ours. */
const stuckMs = 60_000;

/**
 * The latest value per key of a compacted partition, tombstones left out. Reads to the end that exists at the first fetch and, because
 * markers and open transactions can stand before it, measures by position: the reader's position passes every offset, seen or not.
 */
export async function restoreState(
  reader: LogReader,
  place: { readonly topic: string; readonly partition: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const { topic, partition, signal } = place;
  const state = new Map<string, string>();
  let offset = (await reader.offsets(topic, 'oldest')).get(partition) ?? 0;
  // A leader that is new knows for a moment less of what is committed than its predecessor said. This question is refused until it knows.
  const newest = (await reader.offsets(topic, 'newest')).get(partition) ?? 0;
  let target: number | undefined;
  let moved = performance.now();
  while (target === undefined || offset < target) {
    signal.throwIfAborted();
    const fetched = await reader.fetch({ topic, partition, offset }, target === undefined ? 0 : 500);
    if (fetched === 'out-of-range') throw new Error(`the state in ${topic}/${partition} was cut while it was read`);
    target ??= Math.max(fetched.end, newest);
    for (const record of fetched.records) {
      if (record.value === null) state.delete(record.key);
      else state.set(record.key, record.value);
    }
    if (fetched.next > offset) moved = performance.now();
    else if (performance.now() - moved > stuckMs)
      throw new UnavailableError(
        `a transaction that nobody ends holds up the state in ${topic}/${partition} at ${offset}`,
      );
    offset = fetched.next;
  }
  return state;
}
