import { messageOf, UserError } from '../../shared/errors.ts';
import { openSqlite, sqliteVersion } from '../../shared/sqlite/open.ts';
import { type Finding, fail, ok } from './check.ts';

/** The SQLite that came with the installation: its native part loads, and it is free of the WAL reset bug. */
export function checkSqlite(): readonly Finding[] {
  try {
    const database = openSqlite({ path: ':memory:', synchronous: 'normal' });
    const version = sqliteVersion(database);
    database.close();
    return [ok('SQLite', version)];
  } catch (error) {
    const fix =
      error instanceof UserError ? error.fix : 'run `npm rebuild better-sqlite3` (needs python3, make and g++)';
    return [fail('SQLite', messageOf(error), fix)];
  }
}
