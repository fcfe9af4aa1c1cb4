import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import type { Contestant } from '../rounds.ts';
import { answerTo, batchSize, fill, identityStage, specsOf, topicsOf, type Work } from './identity.ts';
import { countdown, outputRate } from './output-span.ts';

const group = 'bench';

/** Ours and the bare tables, each run on a new file under `dir`. */
export function sqliteContestants(dir: string, work: Work): readonly [ours: Contestant, bare: Contestant] {
  const onNewFile = (name: string, process: (path: string) => Promise<number>): Contestant => ({
    name,
    async run(round) {
      const path = join(dir, `${name}-${work.withState}-${round}.db`);
      const rate = await process(path);
      await Promise.all(['', '-wal', '-shm'].map((suffix) => rm(path + suffix, { force: true })));
      return rate;
    },
  });
  return [onNewFile('ours', (path) => processOurs(path, work)), onNewFile('bare', (path) => processBare(path, work))];
}

const openBus = (path: string, work: Work): ReturnType<typeof openSqliteBus> =>
  openSqliteBus({ path, synchronous: 'normal', topics: specsOf(work) });

async function processOurs(path: string, work: Work): Promise<number> {
  const bus = await openBus(path, work);
  await fill(bus, work);
  const { out } = topicsOf(work);
  const before = await bus.bounds(out);
  const { add, reached } = countdown(work.records);
  const processing = bus.process(group, topicsOf(work).in, identityStage(work, add));
  await reached;
  await processing.stop();
  const rate = await outputRate(bus, out, { before, expected: work.records });
  await bus.close();
  return rate;
}

interface Row {
  readonly id: number;
  readonly key: string;
  readonly value: string | null;
  readonly at: number;
}

/** A table a topic, a row for the position, one transaction a batch. */
async function processBare(path: string, work: Work): Promise<number> {
  const database = openBare(path);
  await fillBare(database, path, work);
  const turn = bareTurn(database, work);
  // As above, the first batch begins the measurement.
  const first = turn();
  const began = performance.now();
  let moved = 0;
  for (let more = turn(); more > 0; more = turn()) moved += more;
  const seconds = (performance.now() - began) / 1_000;
  const [arrived] = database.prepare<[], number>('SELECT count(*) FROM out').pluck().all();
  database.close();
  if (arrived !== work.records || first + moved !== work.records) throw new Error(`${arrived} records arrived`);
  return moved / seconds;
}

function openBare(path: string): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = normal');
  const columns = '(id INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT, headers TEXT, at INTEGER, logged INTEGER)';
  database.exec(`
    CREATE TABLE "in" ${columns};
    CREATE TABLE out ${columns};
    CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
    CREATE TABLE positions ("group" TEXT PRIMARY KEY, offset INTEGER NOT NULL);
    INSERT INTO positions VALUES ('${group}', 0);
  `);
  return database;
}

/** The same records, by way of our bus. */
async function fillBare(database: Database.Database, path: string, work: Work): Promise<void> {
  const source = `${path}-source`;
  const bus = await openBus(source, work);
  await fill(bus, work);
  const insert = database.prepare('INSERT INTO "in" (key, value, at, logged) VALUES (?, ?, ?, ?)');
  for await (const { records } of bus.read(topicsOf(work).in, { from: 'oldest', follow: false }))
    for (const { key, value, at, logged } of records) insert.run(key, value, at, logged);
  await bus.close();
  await Promise.all(['', '-wal', '-shm'].map((suffix) => rm(source + suffix, { force: true })));
}

/** Moves a batch; gives the number of its records. */
function bareTurn(database: Database.Database, work: Work): () => number {
  const position = database.prepare<[string], number>('SELECT offset FROM positions WHERE "group" = ?').pluck();
  const page = database.prepare<[number, number], Row>(
    'SELECT id, key, value, at FROM "in" WHERE id > ? ORDER BY id LIMIT ?',
  );
  const insert = database.prepare('INSERT INTO out (key, value, at, logged) VALUES (?, ?, ?, ?)');
  const keep = database.prepare('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const move = database.prepare('UPDATE positions SET offset = ? WHERE "group" = ?');
  const turn = database.transaction((): number => {
    const rows = page.all(position.get(group) ?? 0, batchSize);
    const { outputs, state } = answerTo(
      rows.map(({ key, value, at }) => ({ key, value, at, partition: 0 })),
      work.withState,
    );
    for (const { key, value, at } of outputs) insert.run(key, value, at, Date.now());
    for (const { key, value } of state) keep.run(key, value);
    move.run(rows.at(-1)?.id ?? position.get(group), group);
    return rows.length;
  });
  return () => turn.immediate();
}
