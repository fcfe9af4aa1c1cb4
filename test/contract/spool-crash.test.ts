import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSpooledLog, type SpooledLog } from '../../collector/spool/spooled-log.ts';
import { createSpoolStore } from '../../collector/spool/store.ts';
import { openSqlite, type SqliteDatabase } from '../../shared/sqlite/open.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { faulty } from '../support/bus/faulty.ts';
import { type Brokers, createBrokers } from '../support/collector/brokers.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-spool-crash-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const openOn = (brokers: Brokers, database: SqliteDatabase): Promise<SpooledLog> =>
  openSpooledLog({
    connect: () => Promise.resolve(brokers.bus),
    store: createSpoolStore({ database, bytes: 1_000_000, room: () => Number.POSITIVE_INFINITY }),
    mostMs: 60_000,
    patienceMs: 5,
    telemetry: noTelemetry,
    now: () => 1,
  });

/** Appends until the process is dead; returns what was acknowledged. */
async function observe(log: SpooledLog, ids: readonly string[]): Promise<string[]> {
  const acknowledged: string[] = [];
  for (const id of ids) {
    const taken = await log
      .append('observations', [{ key: 'H', value: id, at: 1 }])
      .then(() => log.append('collector-state', [{ key: 'H/cursor', value: id, at: 1, partition: 0 }]))
      .then(
        () => true,
        () => false,
      );
    if (!taken) break;
    acknowledged.push(id);
  }
  return acknowledged;
}

const once = (values: readonly (string | null)[]): (string | null)[] => [...new Set(values)];

it('a process that dies at any step of an outage has lost nothing that was acknowledged, and the next goes on in order', async () => {
  let survived = false;
  let deaths = 0;
  const endings: Promise<void>[] = [];
  for (let at = 1; !survived; at += 1) {
    const path = join(directory, `${at}.db`);
    const { database, faults } = faulty(openSqlite({ path, synchronous: 'normal' }));
    const brokers = createBrokers();
    const log = await openOn(brokers, database);
    faults.dieAt(at);
    const before = await observe(log, ['1']);
    brokers.leave();
    const during = await observe(log, ['2', '3', '4']);
    brokers.comeBack();
    const after = await observe(log, ['5']);
    // A dead one has nobody who waits for its end.
    const ended = log.close().catch(() => undefined);
    if (!faults.dead) await ended;
    endings.push(ended);
    survived = !faults.dead;
    if (!survived) deaths += 1;

    const next = await openOn(brokers, openSqlite({ path, synchronous: 'normal' }));
    await expect.poll(() => next.status().spooled, { interval: 2 }).toBe(0);
    await observe(next, ['6']);
    const acknowledged = [...before, ...during, ...after, '6'];
    const arrived = once(brokers.values('observations'));
    expect(
      arrived.filter((id) => acknowledged.includes(id ?? '')),
      `dead at step ${at}`,
    ).toEqual(acknowledged);
    expect(brokers.values('collector-state').at(-1)).toBe('6');
    await next.close();
  }
  await Promise.all(endings);
  // The copy of the state, what was late, what went straight to the disk, what was sent from there.
  expect(deaths).toBeGreaterThan(20);
});
