import { existsSync } from 'node:fs';
import { openSqliteToRead } from '../../shared/sqlite/open.ts';
import type { SpoolSize } from './store.ts';

/** What waits in a spool that another process may be using; undefined: there is none. @throws UserError when it cannot be opened */
export function lookIntoSpool(path: string): (SpoolSize & { readonly oldest?: number }) | undefined {
  if (!existsSync(path)) return undefined;
  const database = openSqliteToRead(path);
  try {
    const row = database
      .prepare<[], { records: number; bytes: number; oldest: number | null }>(
        'SELECT count(*) AS records, coalesce(sum(bytes), 0) AS bytes, min(put) AS oldest FROM spool',
      )
      .get();
    const { records = 0, bytes = 0, oldest = null } = row ?? {};
    return { records, bytes, ...(oldest === null ? {} : { oldest }) };
  } finally {
    database.close();
  }
}
