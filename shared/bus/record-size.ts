import { MalformedError } from '../errors.ts';
import type { NewRecord } from './port.ts';

/** The largest record a log takes, so that what fits one bus fits the other (a Kafka broker's default for a batch is 1 MiB). */
export const maxRecordBytes = 900_000;

/** Bytes of key, value and headers in UTF-8. @throws MalformedError if no log would take the record. */
export function recordBytes(record: NewRecord, topic: string): number {
  let bytes = Buffer.byteLength(record.key) + (record.value === null ? 0 : Buffer.byteLength(record.value));
  for (const name in record.headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(record.headers[name] ?? '');
  if (bytes <= maxRecordBytes) return bytes;
  throw new MalformedError(`a record of ${bytes} bytes is more than the log takes (${maxRecordBytes})`, {
    place: `${topic} key ${record.key.slice(0, 100)}`,
  });
}
