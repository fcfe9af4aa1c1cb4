import { closeSync, constants, existsSync, openSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { openSqlite } from '../../shared/sqlite/open.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Lost } from './expired.ts';
import { createMendingStore } from './mending-store.ts';
import { createSpoolStore, type SpoolStore } from './store.ts';

/**
 * Opens the spool's file, open to its owner alone. A damaged one, now or later, is moved aside in place of one that was moved there before, and
 * a gap tells of what waited in it. @throws UserError when the file cannot be used for another reason
 */
export function openSpoolStore(options: {
  readonly path: string;
  readonly bytes: number;
  now(): number;
  readonly telemetry: Telemetry;
}): SpoolStore {
  const { path, bytes, now, telemetry } = options;
  const open = (after = 0): SpoolStore => {
    ownFile(path);
    const database = openSqlite({ path, synchronous: 'normal' });
    try {
      return createSpoolStore({ database, bytes, room: () => freeBytes(path), after });
    } catch (error) {
      database.close();
      throw error;
    }
  };
  const renew = (error: unknown, after = 0): SpoolStore => {
    const aside = `${path}.damaged`;
    // Not there when an earlier attempt came so far and no farther.
    if (existsSync(path)) renameSync(path, aside);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    telemetry.happened({ name: 'spoolDamaged', aside, reason: messageOf(error) });
    return open(after);
  };
  let first: SpoolStore;
  let lost: Lost | undefined;
  try {
    first = open();
  } catch (error) {
    if (!isDamaged(error)) throw error;
    // Whatever waited was put there before this.
    const from = statSync(path).mtimeMs;
    first = renew(error);
    lost = { from, to: now(), count: 0 };
  }
  return createMendingStore({ first, lost, isDamage: isDamaged, renew, now });
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

/** Made here, so that its rights do not depend on the umask of who calls; SQLite gives its other files the same. */
function ownFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  } catch {
    // SQLite meets the same trouble, and it is explained there.
  }
}

function isDamaged(error: unknown): boolean {
  if (error instanceof UserError) return error.code === exitCode.config && isDamaged(error.cause);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(NOTADB|CORRUPT)/.test(code);
}
