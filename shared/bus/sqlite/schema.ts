import { exitCode, UserError } from '../../errors.ts';
import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { TopicSpec } from '../topics.ts';

/** Raised with the layout of the tables, and with the major version of what records say (record-schema.ts). */
const schemaVersion = 1;

/**
 * One row of `logs` a topic partition. The id of a record is log id and offset in one integer (see record-id.ts): the table's own B-tree
 * is then the only one there is, and pages of a partition lie together. `latest` finds the record of a key in compacted topics.
 */
const tables = `
  CREATE TABLE topics (name TEXT PRIMARY KEY, cleanup TEXT NOT NULL, partitions INTEGER NOT NULL) STRICT;
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    oldest INTEGER NOT NULL, end INTEGER NOT NULL, logged INTEGER NOT NULL, bytes INTEGER NOT NULL,
    UNIQUE (topic, partition)
  ) STRICT;
  CREATE TABLE records (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT, headers TEXT, at NUMERIC NOT NULL, logged INTEGER NOT NULL
  );
  CREATE TABLE latest (log INTEGER NOT NULL, key TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (log, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE instances (id TEXT PRIMARY KEY, expires INTEGER NOT NULL, process TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE members (
    "group" TEXT NOT NULL, topic TEXT NOT NULL, member TEXT NOT NULL, instance TEXT NOT NULL,
    PRIMARY KEY ("group", topic, member)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE positions (
    "group" TEXT NOT NULL, log INTEGER NOT NULL, offset INTEGER NOT NULL, epoch INTEGER NOT NULL, member TEXT,
    PRIMARY KEY ("group", log)
  ) STRICT, WITHOUT ROWID;
`;

/** Makes tables and topics that are missing. @throws UserError if the file or a topic is not as asked for. */
export function ensureSchema(database: SqliteDatabase, topics: readonly TopicSpec[]): void {
  // Mostly everything is there, and a reader should not have to wait for the write lock.
  if (isComplete(database, topics)) return;
  const ensure = database.transaction(() => {
    const version: unknown = database.pragma('user_version', { simple: true });
    if (version === 0) {
      database.exec(tables);
      database.pragma(`user_version = ${schemaVersion}`);
    } else requireVersion(database);
    for (const topic of topics) ensureTopic(database, topic);
  });
  ensure.immediate();
}

/** @throws UserError if the file is a log of another version, or none */
export function requireVersion(database: SqliteDatabase): void {
  const version: unknown = database.pragma('user_version', { simple: true });
  if (version === schemaVersion) return;
  throw new UserError(`${database.name} is a log of version ${String(version)}, this program knows ${schemaVersion}`, {
    fix: 'use the program that made it, or move the file away to begin a new log',
    code: exitCode.config,
  });
}

function isComplete(database: SqliteDatabase, topics: readonly TopicSpec[]): boolean {
  if (database.pragma('user_version', { simple: true }) !== schemaVersion) return false;
  return topics.every(({ name, cleanup, partitions }) => {
    const found = findTopic(database, name);
    return found !== undefined && found.cleanup === cleanup && found.partitions === partitions;
  });
}

function findTopic(database: SqliteDatabase, name: string): { cleanup: string; partitions: number } | undefined {
  return database
    .prepare<[string], { cleanup: string; partitions: number }>('SELECT cleanup, partitions FROM topics WHERE name = ?')
    .get(name);
}

function ensureTopic(database: SqliteDatabase, { name, cleanup, partitions }: TopicSpec): void {
  const found = findTopic(database, name);
  if (found === undefined) {
    database.prepare('INSERT INTO topics (name, cleanup, partitions) VALUES (?, ?, ?)').run(name, cleanup, partitions);
    const add = database.prepare(
      'INSERT INTO logs (topic, partition, oldest, end, logged, bytes) VALUES (?, ?, 0, 0, 0, 0)',
    );
    for (let partition = 0; partition < partitions; partition += 1) add.run(name, partition);
  } else if (found.partitions !== partitions || found.cleanup !== cleanup) {
    throw new UserError(
      `topic ${name} has ${found.partitions} partitions (${found.cleanup}) instead of ${partitions} (${cleanup})`,
      {
        fix: `set log.partitions to ${found.partitions}, or move ${database.name} away to begin a new log`,
        code: exitCode.config,
      },
    );
  }
}
