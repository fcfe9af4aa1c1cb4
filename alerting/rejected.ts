import type { BusRecord, Output } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';

/** Longest part of a refused value that is kept beside the reason, in UTF-16 units. */
const keptValue = 32_768;

/** What the `rejected` topic says of a record: where it stood, why it was refused, and the record itself (shortened when huge). */
export function rejectedOutput(record: BusRecord, reason: string, more: { readonly sink?: string } = {}): Output {
  const value = {
    ...more,
    reason,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    value: record.value === null ? null : record.value.slice(0, keptValue),
  };
  return {
    topic: topic.rejected,
    record: { key: record.key, value: JSON.stringify(value), at: record.at },
  };
}

/** `findings/3@17`: how a record's place is written everywhere. */
export const placeOf = (record: Pick<BusRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${record.topic}/${record.partition}@${record.offset}`;
