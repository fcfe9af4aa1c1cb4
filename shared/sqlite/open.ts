import { lstatSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { exitCode, messageOf, UserError } from '../errors.ts';

export type SqliteDatabase = Database.Database;

export interface SqliteOptions {
  readonly path: string;
  /** `normal`: a power loss may take the last commits, never the file's integrity. `full`: every commit survives it. */
  readonly synchronous: 'normal' | 'full';
}

/** How long a writer waits for another process's transaction; these take milliseconds. */
const busyTimeoutMs = 5_000;

/** Before 3.51.3 two connections that write and checkpoint at the same moment could corrupt the file (sqlite.org, "WAL reset bug"). */
const oldestVersion = '3.51.3';

/** File system magics (statfs(2)) of file systems whose locks or shared memory do not work as WAL needs. */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);

/** A write-ahead log that grew during a flood is cut back to this when it starts over. */
const keptWalBytes = 67_108_864;

/**
 * Opens the file in WAL mode, making it if needed.
 * @throws UserError when the file cannot be opened, or file system or library cannot keep the promises of the log
 */
export function openSqlite({ path, synchronous }: SqliteOptions): SqliteDatabase {
  const database = connect(path);
  try {
    const version = sqliteVersion(database);
    if (compareVersions(version, oldestVersion) < 0)
      throw new UserError(`SQLite ${version} has a bug that can corrupt the log`, {
        fix: `install better-sqlite3 with SQLite ${oldestVersion} or newer`,
      });
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${synchronous}`);
    database.pragma(`journal_size_limit = ${keptWalBytes}`);
    database.pragma('foreign_keys = ON');
    database.pragma('trusted_schema = OFF');
    return database;
  } catch (error) {
    database.close();
    throw explained(path, error);
  }
}

/**
 * Opens a file that is there for looking into it, also while others write. The file is not changed; beside it SQLite may leave an empty
 * write-ahead log.
 * @throws UserError when it cannot be opened
 */
export function openSqliteToRead(path: string): SqliteDatabase {
  return connect(path, { readonly: true, fileMustExist: true });
}

function connect(path: string, how: Database.Options = {}): SqliteDatabase {
  try {
    refuseNetworkFileSystem(path);
    refuseForeignLink(path);
    return new Database(path, { timeout: busyTimeoutMs, ...how });
  } catch (error) {
    throw explained(path, error);
  }
}

/** A state directory may belong to the account that root was given up for: a link that it put there would lead root elsewhere. */
function refuseForeignLink(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() !== true || found.uid === process.geteuid?.()) return;
  throw new UserError(`${path} is a symbolic link that another account made`, {
    fix: 'look who may write to its directory, and remove the link',
    code: exitCode.permission,
  });
}

/** The person who started us can mend a file that cannot be opened; what else may be wrong stays as it is. */
function explained(path: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^SQLITE_NOTADB|^SQLITE_CORRUPT/.test(code))
    return new UserError(`${path} is not a log: ${messageOf(error)}`, {
      fix: 'move the file away to begin a new log',
      code: exitCode.config,
      cause: error,
    });
  return new UserError(`${path} cannot be opened: ${messageOf(error)}`, {
    fix: 'check that its directory exists and that this user may write to both',
    code: exitCode.permission,
    cause: error,
  });
}

export function sqliteVersion(database: SqliteDatabase): string {
  const row = database.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get();
  return row?.version ?? '0';
}

/** Name of the network file system that the path is on, if it is on one. */
export function networkFileSystem(path: string): string | undefined {
  return networkFileSystems.get(statfsSync(dirname(path)).type >>> 0);
}

function refuseNetworkFileSystem(path: string): void {
  const name = networkFileSystem(path);
  if (name === undefined) return;
  throw new UserError(`${path} is on a network file system (${name}), where SQLite cannot keep the log safe`, {
    fix: 'set stateDir to a directory on a local disk, or use bus: kafka',
    code: exitCode.config,
  });
}

/** Negative when a is older than b; parts are compared as numbers. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
