import { renameSync, rmSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { openSqlite } from '../../shared/sqlite/open.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createSpoolStore, type SpoolStore } from './store.ts';

/**
 * Opens the spool's file. A damaged one is moved aside: what waited in it is lost to the log, and the collector tells a gap from the last
 * state that the brokers know of it. @throws UserError when the file cannot be used for another reason
 */
export function openSpoolStore(options: {
  readonly path: string;
  readonly bytes: number;
  readonly now: number;
  readonly telemetry: Telemetry;
}): SpoolStore {
  const { path, bytes, now, telemetry } = options;
  const open = (): SpoolStore => {
    const database = openSqlite({ path, synchronous: 'normal' });
    try {
      return createSpoolStore({ database, bytes });
    } catch (error) {
      database.close();
      throw error;
    }
  };
  try {
    return open();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    const aside = `${path}.damaged-${now}`;
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    telemetry.happened({ name: 'spoolDamaged', aside, reason: messageOf(error) });
    return open();
  }
}

function isDamaged(error: unknown): boolean {
  if (error instanceof UserError) return error.code === exitCode.config && isDamaged(error.cause);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(NOTADB|CORRUPT)/.test(code);
}
