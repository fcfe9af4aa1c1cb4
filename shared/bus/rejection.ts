import { messageOf } from '../errors.ts';
import { type BusGap, type BusRecord, busGapHeader, type Output } from './port.ts';
import { topic } from './topics.ts';

/** A rejected record larger than this as JSON is cut: its envelope must fit where the record itself just did. */
const longestEnvelope = 800_000;
const cutValue = 100_000;
const cutKey = 1_000;

/** What topic `rejected` says of a record: where it stood, the record itself and why. JSON of {topic, partition, offset, key, value, headers, reason, sink?, cut?}. */
export function rejection(record: BusRecord, error: unknown, by: { readonly sink?: string } = {}): Output {
  const { topic: from, partition, offset, key, value, headers } = record;
  const reason = messageOf(error).slice(0, 2_000);
  const whole = JSON.stringify({ ...by, topic: from, partition, offset, key, value, headers, reason });
  const fits = Buffer.byteLength(whole) <= longestEnvelope;
  const shortKey = key.slice(0, cutKey);
  const envelope = fits
    ? whole
    : JSON.stringify({
        ...by,
        topic: from,
        partition,
        offset,
        key: shortKey,
        value: value?.slice(0, cutValue) ?? null,
        headers: {},
        reason,
        cut: value?.length ?? 0,
      });
  return { topic: topic.rejected, record: { key: fits ? key : shortKey, value: envelope, at: record.at } };
}

/** `observations/3@17`: how a record's place is written everywhere. */
export const placeOf = (record: Pick<BusRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${record.topic}/${record.partition}@${record.offset}`;

/** The record that stands for a gap, right before the first record after it; it takes that record's times. */
export function gapRecord(gap: BusGap, first: BusRecord): BusRecord {
  return {
    topic: gap.topic,
    partition: gap.partition,
    offset: gap.to - 1,
    key: 'gap',
    value: JSON.stringify(gap),
    headers: { [busGapHeader]: '1' },
    at: first.at,
    logged: first.logged,
  };
}
