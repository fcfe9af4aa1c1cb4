import { exitCode, UserError } from '../../errors.ts';
import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { TopicSpec } from '../topics.ts';

const schemaVersion = 1;

const tables = `
  CREATE TABLE IF NOT EXISTS topic (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, compact INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS log (
    topic INTEGER NOT NULL, part INTEGER NOT NULL, next INTEGER NOT NULL, oldest INTEGER NOT NULL, logged INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (topic, part)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS record (
    topic INTEGER NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, headers TEXT, at REAL NOT NULL,
    logged INTEGER NOT NULL, PRIMARY KEY (topic, part, off)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS latest (
    topic INTEGER NOT NULL, part INTEGER NOT NULL, key TEXT NOT NULL, off INTEGER NOT NULL, PRIMARY KEY (topic, part, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS member (
    grp TEXT NOT NULL, topic INTEGER NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (grp, topic, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS position (
    grp TEXT NOT NULL, topic INTEGER NOT NULL, part INTEGER NOT NULL, off INTEGER NOT NULL, epoch INTEGER NOT NULL, owner TEXT, until INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, part)
  ) STRICT, WITHOUT ROWID;
`;

/** A topic as it is in the file. */
export interface StoredTopic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
  readonly compact: boolean;
}

/** Makes what is missing. @throws UserError when the file was made by a newer version, or with another number of partitions. */
export function prepareSchema(
  database: SqliteDatabase,
  topics: readonly TopicSpec[],
): ReadonlyMap<string, StoredTopic> {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > schemaVersion) {
    throw new UserError(
      `the log was written by a newer Moorwatch (schema ${version}, this one reads ${schemaVersion})`,
      {
        fix: 'start the newer version again, or name another state directory',
        code: exitCode.config,
      },
    );
  }
  database
    .transaction(() => {
      if (version < schemaVersion) {
        database.exec(tables);
        database.pragma(`user_version = ${schemaVersion}`);
      }
      for (const topic of topics) addTopic(database, topic);
    })
    .immediate();
  return storedTopics(database, topics);
}

function addTopic(database: SqliteDatabase, topic: TopicSpec): void {
  const added = database
    .prepare('INSERT INTO topic (name, partitions, compact) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING')
    .run(topic.name, topic.partitions, topic.cleanup === 'compact' ? 1 : 0);
  if (added.changes === 0) return;
  const log = database.prepare('INSERT INTO log (topic, part, next, oldest, logged, bytes) VALUES (?, ?, 0, 0, 0, 0)');
  for (let part = 0; part < topic.partitions; part += 1) log.run(added.lastInsertRowid, part);
}

function storedTopics(database: SqliteDatabase, topics: readonly TopicSpec[]): ReadonlyMap<string, StoredTopic> {
  const rows = database
    .prepare<[], { id: number; name: string; partitions: number; compact: number }>(
      'SELECT id, name, partitions, compact FROM topic',
    )
    .all();
  const stored = new Map(rows.map((row) => [row.name, { ...row, compact: row.compact === 1 }]));
  for (const { name, partitions } of topics) {
    const found = stored.get(name)?.partitions ?? partitions;
    if (found === partitions) continue;
    throw new UserError(
      `topic ${name} has ${found} partitions, the configuration says ${partitions}; the number never changes`,
      {
        fix: `set log.partitions to ${found}, or name a new state directory`,
        code: exitCode.config,
      },
    );
  }
  return stored;
}
