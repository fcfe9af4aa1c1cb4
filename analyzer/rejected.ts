import type { BusRecord, Output } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';

/** Longest part of a refused value that is kept beside the reason, in UTF-16 units. */
const keptValue = 32_768;

/** `observations/3@17`: how a record's place is written everywhere. */
export const placeOf = (record: Pick<BusRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${record.topic}/${record.partition}@${record.offset}`;

/** What the `rejected` topic says of a record that is no observation: where it stood, why it was refused, and the record itself. */
export function rejectedOutput(record: BusRecord, reason: string): Output {
  const value = {
    reason,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    value: record.value === null ? null : record.value.slice(0, keptValue),
  };
  return { topic: topic.rejected, record: { key: record.key, value: JSON.stringify(value), at: record.at } };
}
