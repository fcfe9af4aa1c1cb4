import type { NewRecord } from '../port.ts';
import { recordBytes } from '../record-size.ts';

/** What a stored record counts for in the size of its topic: key and value in UTF-8. SQLite knows both without reading them. */
export const storedBytes = 'octet_length(key) + ifnull(octet_length(value), 0)';

/** The same before it is stored. @throws MalformedError if the log does not take it. */
export function bytesToStore(record: NewRecord, topic: string): number {
  const bytes = recordBytes(record, topic);
  if (record.headers === undefined) return bytes;
  return Buffer.byteLength(record.key) + (record.value === null ? 0 : Buffer.byteLength(record.value));
}
