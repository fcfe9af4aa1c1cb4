import type { BusGap } from '../port.ts';
import type { LogReader, Position } from './log-reader.ts';

/**
 * Where to go on when the log has no record at a position, and what was lost. Before its beginning: retention was quicker. After its end: the
 * log was cut or made anew, so everything it has now may be unseen and is read from the oldest record.
 */
export async function recoverPosition(
  reader: Pick<LogReader, 'offsets'>,
  at: Position,
): Promise<{ offset: number; gap: BusGap }> {
  const { topic, partition, offset } = at;
  const oldest = (await reader.offsets(topic, 'oldest')).get(partition) ?? 0;
  const newest = (await reader.offsets(topic, 'newest')).get(partition) ?? 0;
  const [from, to] = offset < oldest ? [offset, oldest] : [newest, offset];
  return { offset: oldest, gap: { topic, partition, from, to } };
}
