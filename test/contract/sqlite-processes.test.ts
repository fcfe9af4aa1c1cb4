import { describe, expect, it, onTestFinished } from 'vitest';
import type { BusRecord } from '../../shared/bus/port.ts';
import { type Child, spawnWorker, type WorkerOrder } from '../support/bus/child.ts';
import { openSqliteUnderTest } from '../support/bus/sqlite.ts';
import { all, chain, counted, counting, firstRecords, firstValues, numbers, values } from '../support/bus/stages.ts';

async function scene(partitions = 1) {
  const log = await openSqliteUnderTest({ leaseMs: 1_000 });
  const children: Child[] = [];
  onTestFinished(async () => {
    for (const child of children) child.signal('SIGKILL');
    await log.destroy();
  });
  const { bus } = await log.open({ topics: chain(partitions) });
  const spawn = (order: Partial<WorkerOrder>): Child => {
    const child = spawnWorker({ path: log.path, does: 'count', leaseMs: 1_000, partitions, ...order });
    children.push(child);
    return child;
  };
  return { bus, spawn };
}

describe('an embedded log shared by processes', () => {
  it('keeps order and blocks when all append at once', async () => {
    const { bus, spawn } = await scene();
    const names = ['a', 'b', 'c'];
    const appending = names.map((name) => spawn({ does: 'append', name, records: 200 }));
    const found = await firstValues(bus, 'in', 600);
    await Promise.all(appending.map(({ exited }) => exited));
    for (const name of names) {
      const own = Array.from({ length: 200 }, (_, index) => `${name}/${index}`);
      expect(found.filter((value) => value?.startsWith(name))).toEqual(own);
    }
    const whole = await all(bus, 'in');
    for (let index = 0; index < 600; index += 2)
      expect(whole[index + 1]?.value?.split('/')[0]).toBe(whole[index]?.value?.split('/')[0]);
    const logged = whole.map((one) => one.logged);
    expect(logged).toEqual([...logged].sort((a, b) => a - b));
  });

  it('loses and doubles nothing when its workers are killed, and the next one need not wait for the lease', async () => {
    const { bus, spawn } = await scene();
    const rounds = 5;
    const perRound = 40;
    // Far longer than the test may take: only seeing that the process has ended can free the partition.
    const leaseMs = 600_000;
    for (let round = 0; round < rounds; round += 1) {
      const child = spawn({ leaseMs });
      await child.said(/assigned/);
      for (let index = 0; index < perRound; index += 1)
        await bus.append('in', numbers(round * perRound + index, round * perRound + index + 1));
      await child.said(/batch/, 1 + round * 2);
      child.signal('SIGKILL');
      await child.exited;
    }
    const last = spawn({ leaseMs });
    expect(await firstValues(bus, 'out', rounds * perRound)).toEqual(counted(0, rounds * perRound));
    last.signal('SIGTERM');
    await last.said(/closed/);
    expect(await values(bus, 'out')).toEqual(counted(0, rounds * perRound));
  });

  it('fences a process that was stopped, and takes it back when it goes on', async () => {
    const { bus, spawn } = await scene();
    const zombie = spawn({});
    await zombie.said(/assigned/);
    await bus.append('in', numbers(0, 5));
    await firstValues(bus, 'out', 5);
    zombie.signal('SIGSTOP');
    await bus.append('in', numbers(5, 8));
    const processing = bus.process('g', 'in', counting());
    expect(await firstValues(bus, 'out', 8)).toEqual(counted(0, 8));
    zombie.signal('SIGCONT');
    await zombie.said(/session-lost/);
    await bus.append('in', numbers(8, 10));
    expect(await firstValues(bus, 'out', 10)).toEqual(counted(0, 10));
    await processing.stop();
    await zombie.said(/assigned/, 2);
    await bus.append('in', numbers(10, 12));
    expect(await firstValues(bus, 'out', 12)).toEqual(counted(0, 12));
  });

  it('loses and doubles nothing while workers come, are killed, and leave', async () => {
    const partitions = 4;
    const { bus, spawn } = await scene(partitions);
    let sent = 0;
    const appendFor = async (ms: number): Promise<void> => {
      for (const until = Date.now() + ms; Date.now() < until; sent += 1) {
        for (let partition = 0; partition < partitions; partition += 1)
          await bus.append(
            'in',
            numbers(sent, sent + 1).map((one) => ({ ...one, partition })),
          );
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const workers = [spawn({ partitions }), spawn({ partitions })];
    for (const end of ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const) {
      const newcomer = spawn({ partitions });
      const [oldest] = workers.splice(0, 1);
      workers.push(newcomer);
      await Promise.all([appendFor(400), newcomer.said(/assigned/)]);
      oldest?.signal(end);
    }
    await appendFor(400);
    const found = await firstRecords(bus, 'out', sent * partitions);
    for (let partition = 0; partition < partitions; partition += 1)
      expect(found.filter((one) => one.partition === partition).map(({ value }) => value)).toEqual(counted(0, sent));
    expect(sent).toBeGreaterThan(100);
  });

  it('shares out the partitions of a group between processes', async () => {
    const { bus, spawn } = await scene(4);
    const [first, second] = [spawn({}), spawn({})];
    await Promise.all([first.said(/assigned/, 2), second.said(/assigned/, 2)]);
    for (const partition of [0, 1, 2, 3])
      await bus.append(
        'in',
        numbers(0, 9).map((one) => ({ ...one, partition })),
      );
    const found = await firstRecords(bus, 'out', 36);
    const of = (partition: number): BusRecord[] => found.filter((one) => one.partition === partition);
    for (const partition of [0, 1, 2, 3]) expect(of(partition).map(({ value }) => value)).toEqual(counted(0, 9));
  });
});
