import type { Message } from 'kafkajs';
import type { BusRecord, NewRecord } from '../port.ts';
import { IncompatibleRecordError, isReadable, schemaHeader, schemaText } from '../record-schema.ts';
import { recordBytes } from '../record-size.ts';
import { placeOf } from '../rejection.ts';
import type { RawRecord } from './committed.ts';

/** `at` travels in a header: the timestamp of a record is the broker's append time (LogAppendTime), which is `logged`. */
const atHeader = 'moorwatch-at';

/** The broker refuses a record batch of more than 1 MiB (`message.max.bytes`). Above `maxRecordBytes`, so every record fits one. */
const maxBatchBytes = 1_000_000;

export type PlacedMessage = Message & { readonly partition: number };

/** @throws MalformedError if the record is larger than a log takes. */
export function encodeRecord(record: NewRecord, place: { topic: string; partition: number }): PlacedMessage {
  recordBytes(record, place.topic);
  return {
    key: record.key,
    value: record.value,
    headers: { ...record.headers, [atHeader]: String(record.at), [schemaHeader]: schemaText },
    partition: place.partition,
  };
}

/** @throws IncompatibleRecordError if a newer program wrote it and says that we would misread it. */
export function decodeRecord(raw: RawRecord, place: { topic: string; partition: number }): BusRecord {
  const {
    [atHeader]: at,
    [schemaHeader]: schema,
    ...headers
  } = Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name, text(value)]));
  if (!isReadable(schema))
    throw new IncompatibleRecordError(placeOf({ ...place, offset: Number(raw.offset) }), schema ?? '');
  const logged = Number(raw.timestamp);
  return {
    ...place,
    offset: Number(raw.offset),
    key: raw.key?.toString() ?? '',
    value: raw.value?.toString() ?? null,
    headers,
    at: at === undefined ? logged : Number(at),
    logged,
  };
}

/** Cuts messages into sends that no partition's record batch outgrows, keeping their order. */
export function sends(messages: readonly PlacedMessage[]): PlacedMessage[][] {
  const slices: PlacedMessage[][] = [];
  let slice: PlacedMessage[] = [];
  let bytes = new Map<number, number>();
  for (const message of messages) {
    const size = sizeOf(message) + (bytes.get(message.partition) ?? 0);
    if (size > maxBatchBytes) {
      slices.push(slice);
      slice = [];
      bytes = new Map();
    }
    slice.push(message);
    bytes.set(message.partition, size > maxBatchBytes ? sizeOf(message) : size);
  }
  return slice.length > 0 ? [...slices, slice] : slices;
}

/** Upper bound of a record's bytes in a batch (record header and lengths: at most 40 bytes, 10 per record header). */
function sizeOf(message: Message): number {
  const headers = Object.entries(message.headers ?? {});
  return [...headers.flatMap(([name, value]) => [name, text(value)]), text(message.key), text(message.value)].reduce(
    (bytes, part) => bytes + Buffer.byteLength(part) + 10,
    40,
  );
}

function text(value: Buffer | string | (Buffer | string)[] | null | undefined): string {
  return (Array.isArray(value) ? value.at(-1) : value)?.toString() ?? '';
}
