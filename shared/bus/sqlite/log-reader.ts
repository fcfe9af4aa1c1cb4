import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { BusRecord } from '../port.ts';
import type { LogTable } from './log-table.ts';
import { offsetOf, recordId } from './record-id.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Reads records in short pages; never holds a read transaction open between them. */
export interface LogReader {
  /** Records in [from, to), at most `size` and some 4 MB. */
  page(place: Place, range: { readonly from: number; readonly to: number; readonly size: number }): BusRecord[];
  /** Offset of the first record logged at or after a time (ms); the end if there is none. */
  firstLogged(place: Place, logged: number): number;
}

const pageCharacters = 4_000_000;
/** Rows fetched at once, so that a page of large records is not much larger than its limit. */
const sliceRows = 100;
const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

type Row = [id: number, key: string, value: string | null, headers: string | null, at: number, logged: number];

export function createLogReader(database: SqliteDatabase, table: LogTable): LogReader {
  const slice = database
    .prepare<[number, number, number], Row>(
      'SELECT id, key, value, headers, at, logged FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?',
    )
    .raw();
  const next = database.prepare<[number, number], { id: number; logged: number }>(
    'SELECT id, logged FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT 1',
  );
  const logOf = ({ topic, partition }: Place): number => table.logOf(table.topic(topic), partition);

  return {
    page(place, { from, to, size }) {
      const log = logOf(place);
      const end = recordId(log, to);
      const records: BusRecord[] = [];
      let characters = 0;
      let position = recordId(log, from);
      while (records.length < size && characters < pageCharacters) {
        const limit = Math.min(sliceRows, size - records.length);
        const rows = slice.all(position, end, limit);
        for (const row of rows) {
          characters += row[2]?.length ?? 0;
          records.push(recordOf(row, place));
        }
        if (rows.length < limit) break;
        position = recordId(log, (records.at(-1)?.offset ?? 0) + 1);
      }
      return records;
    },
    firstLogged(place, logged) {
      const log = logOf(place);
      const { oldest, end } = table.state(log);
      // `logged` never decreases within a log, so the place is found by halving; offsets without record stand for the next one.
      let [low, high] = [oldest, end];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const row = next.get(recordId(log, middle), recordId(log, end));
        if (row === undefined || row.logged >= logged) high = middle;
        else low = offsetOf(row.id) + 1;
      }
      return low;
    },
  };
}

function recordOf(row: Row, { topic, partition }: Place): BusRecord {
  const [id, key, value, headers, at, logged] = row;
  return { topic, partition, offset: offsetOf(id), key, value, headers: parseHeaders(headers), at, logged };
}

function parseHeaders(text: string | null): Readonly<Record<string, string>> {
  // The column is written by log-writer.ts alone, from a record of strings.
  return text === null ? noHeaders : (JSON.parse(text) as Record<string, string>);
}
