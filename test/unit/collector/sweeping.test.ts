import { firstValueFrom, Subject, take, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { type SweepOptions, type SweepTurn, sweeping } from '../../../collector/sweeping.ts';
import type { Observation } from '../../../shared/observation.ts';
import { restless, swept } from '../../support/collector/sweeps.ts';
import { fakeProcfs } from '../../support/procfs.ts';

const web = swept('web', 10);
const observation: Observation = {
  id: 'o',
  kind: 'process',
  at: 0,
  event: { source: 'procfs', action: 'x' },
  host: restless.host(),
};

/** The first turns, each of which tells one observation after a while. */
async function turnsOf(count: number, more: Partial<SweepOptions>): Promise<readonly SweepTurn[]> {
  const procfs = fakeProcfs();
  const turns: SweepTurn[] = [];
  let atOnce = 0;
  const options = { ...restless, procfs: procfs.procfs, containers: () => [web], now: () => 200_000, ...more };
  const told$ = sweeping(options, async (turn) => {
    atOnce += 1;
    expect(atOnce).toBe(1);
    turns.push(turn);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce -= 1;
    return [observation];
  });
  await firstValueFrom(told$.pipe(take(count), toArray()));
  procfs.remove();
  return turns;
}

it('turns come one after the other, with what is due', async () => {
  const [first, second] = await turnsOf(2, { slowMs: 100_000 });
  expect(first).toMatchObject({ host: restless.host(), now: 200_000, containers: [web], due: new Set(['web']) });
  expect(second?.due).toEqual(new Set());
});

it('a container in which something began is due in the next turn', async () => {
  const stirred$ = new Subject<string>();
  let asked = 0;
  const turns = await turnsOf(3, {
    slowMs: 100_000,
    stirred$,
    containers: () => {
      asked += 1;
      if (asked === 2) stirred$.next('web');
      return [web];
    },
  });
  expect(turns.map(({ due }) => due.size)).toEqual([1, 1, 1]);
});

it('there is no turn before the host is known', async () => {
  let asked = 0;
  const host = () => {
    asked += 1;
    return asked < 4 ? undefined : restless.host();
  };
  expect(await turnsOf(1, { host })).toHaveLength(1);
  expect(asked).toBe(4);
});

it('it fails when /proc is there no more, so that its sensor is not taken for one that sees nothing', async () => {
  const procfs = fakeProcfs();
  let now = 200_000;
  let turns = 0;
  const told$ = sweeping({ ...restless, procfs: procfs.procfs, containers: () => [web], now: () => now }, async () => {
    turns += 1;
    if (turns === 1) procfs.remove();
    now += 2_000;
    return [observation];
  });
  await expect(firstValueFrom(told$.pipe(toArray()))).rejects.toThrow('/proc is gone from');
  // Asked each five seconds.
  expect(turns).toBe(3);
});
