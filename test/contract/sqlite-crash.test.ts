import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../shared/sqlite/open.ts';
import { type Faults, faulty } from '../support/bus/faulty.ts';
import { openSqliteUnderTest, type SqliteUnderTest } from '../support/bus/sqlite.ts';
import { all, chain, counted, counting, firstValues, noticeBoard, numbers, values } from '../support/bus/stages.ts';

const minute = 60_000;

/** A log with an instance on it that can be made to die, and another opened later whose clock says that every lease has run out. */
async function scene(): Promise<{ log: SqliteUnderTest; later: SqliteUnderTest; faults: () => Faults }> {
  let made: Faults | undefined;
  const log = await openSqliteUnderTest({
    openDatabase: (how) => {
      const { database, faults } = faulty(openSqlite(how));
      made = faults;
      return database;
    },
  });
  const later = await openSqliteUnderTest({ path: log.path, clock: () => Date.now() + minute });
  const faults = (): Faults => {
    if (made === undefined) throw new Error('nothing was opened');
    return made;
  };
  return { log, later, faults };
}

function returns(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

describe('an embedded log whose process dies at any step', () => {
  it('of a stage loses nothing and doubles nothing', { timeout: 110_000 }, async () => {
    let survived = false;
    let deaths = 0;
    for (let at = 1; !survived; at += 1) {
      const { log, later, faults } = await scene();
      const { bus } = await log.open({ topics: chain() });
      await bus.append('in', numbers(0, 6));
      const board = noticeBoard();
      faults().dieAt(at);
      // The very first steps come before the call returns, where a process that dies has nobody to tell.
      const started = returns(() => bus.process('g', 'in', counting({ batchSize: 2, notice: board.notice })));
      expect(started || faults().dead).toBe(true);
      if (!faults().dead)
        await Promise.race([board.until('session-lost'), firstValues(bus, 'out', 6).catch(() => undefined)]);
      survived = !faults().dead;
      if (!survived) deaths += 1;
      const { bus: next } = await later.open({ topics: chain() });
      next.process('g', 'in', counting({ batchSize: 4 }));
      await firstValues(next, 'out', 6);
      await next.append('in', numbers(6, 8));
      await firstValues(next, 'out', 8);
      expect(await values(next, 'out'), `dead at step ${at}`).toEqual(counted(0, 8));
      expect((await all(next, 'state')).map(({ value }) => value)).toEqual(['8']);
      await log.destroy();
      await later.destroy();
    }
    // Join, take, restore, three batches and their commits.
    expect(deaths).toBeGreaterThan(30);
  });

  it('of an append has appended all of it or nothing, and all if it was acknowledged', async () => {
    let acknowledged = false;
    for (let at = 1; !acknowledged; at += 1) {
      const { log, later, faults } = await scene();
      const { bus } = await log.open({ topics: chain(2) });
      faults().dieAt(at);
      const append = bus.append('in', [...numbers(0, 3), ...numbers(3, 5).map((one) => ({ ...one, key: 'other' }))]);
      acknowledged = await append.then(
        () => true,
        () => false,
      );
      const { bus: next } = await later.open({ topics: chain(2) });
      const found = await values(next, 'in');
      expect(found.length === 5 || (found.length === 0 && !acknowledged), `${found.length} at step ${at}`).toBe(true);
      await log.destroy();
      await later.destroy();
    }
  });
});
