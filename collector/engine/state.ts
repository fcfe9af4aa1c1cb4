import { partitionOf } from '../../shared/bus/murmur2.ts';
import type { Bus, NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { isRecord } from '../../shared/observation.ts';
import type { Checkpoint, Cursor } from './feed.ts';
import type { KnownContainer } from './inventory.ts';

/** What a collector left in the log to go on from. */
export interface CollectorState {
  readonly cursor?: Cursor;
  readonly containers: readonly KnownContainer[];
  /** When the collector last said that it lives, ms. */
  readonly lastBeat?: number;
}

/** All of one host is in one partition; the parts of the key are the host's id and what the value is. */
const cursorKey = (host: string): string => `${host}/cursor`;
const containerKey = (host: string, id: string): string => `${host}/container/${id}`;

/** Records for the topic collector-state. The cursor stands last: when it is there, all that it rests on is. */
export function checkpointRecords(
  { hostId, cursor, containers }: Checkpoint,
  options: { at: number; partitions: number },
): readonly NewRecord[] {
  const place = { at: options.at, partition: partitionOf(hostId, options.partitions) };
  return [
    ...[...containers].map(([id, known]) => ({
      key: containerKey(hostId, id),
      value: known === null ? null : JSON.stringify(known),
      ...place,
    })),
    { key: cursorKey(hostId), value: JSON.stringify({ ...cursor, beat: options.at }), ...place },
  ];
}

/** Reads what the last collector of this host left. */
export async function readState(bus: Bus, hostId: string): Promise<CollectorState> {
  const latest = new Map<string, string>();
  for await (const { records } of bus.read(topic.collectorState, { from: 'oldest', follow: false })) {
    for (const { key, value } of records) {
      if (!key.startsWith(`${hostId}/`)) continue;
      if (value === null) latest.delete(key);
      else latest.set(key, value);
    }
  }
  const cursor = cursorOf(latest.get(cursorKey(hostId)));
  // Written by checkpointRecords from KnownContainer.
  const containers = [...latest]
    .filter(([key]) => key.includes('/container/'))
    .map(([, value]) => JSON.parse(value) as KnownContainer);
  return { containers, ...cursor };
}

function cursorOf(text: string | undefined): Pick<CollectorState, 'cursor' | 'lastBeat'> {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isRecord(value) || typeof value.nano !== 'string') return {};
  return {
    cursor: { nano: value.nano, event: value.event === true },
    ...(typeof value.beat === 'number' ? { lastBeat: value.beat } : {}),
  };
}
