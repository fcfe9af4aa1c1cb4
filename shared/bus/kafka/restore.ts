import type { LogReader } from './log-reader.ts';

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
  let target: number | undefined;
  while (target === undefined || offset < target) {
    signal.throwIfAborted();
    const fetched = await reader.fetch({ topic, partition, offset }, target === undefined ? 0 : 500);
    if (fetched === 'out-of-range') throw new Error(`the state in ${topic}/${partition} was cut while it was read`);
    target ??= fetched.end;
    for (const record of fetched.records) {
      if (record.value === null) state.delete(record.key);
      else state.set(record.key, record.value);
    }
    offset = fetched.next;
  }
  return state;
}
