import { describe, expect, it } from 'vitest';
import { openSqliteUnderTest, type SqliteUnderTest } from '../support/bus/sqlite.ts';
import {
  all,
  chain,
  commitOf,
  counting,
  firstRecords,
  firstValues,
  numbers,
  processorOf,
  record,
  spec,
} from '../support/bus/stages.ts';
import { busContract } from './suite.ts';

// The lease of the instances is 600 ms.
busContract('sqlite', openSqliteUnderTest, { longMs: 1_500 });

const within = async (log: SqliteUnderTest, act: () => Promise<void>): Promise<void> => {
  try {
    await act();
  } finally {
    await log.destroy();
  }
};

describe('the embedded log', () => {
  it('tells what grew, and looks at once when told: without polling', async () => {
    const minute = 60_000;
    const told: string[][] = [];
    const log = await openSqliteUnderTest({ pollMs: minute, onAppended: (topics) => void told.push([...topics]) });
    await within(log, async () => {
      const { bus } = await log.open({ topics: chain() });
      const { bus: other } = await log.open({ topics: chain() });
      await bus.process('g', 'in', counting()).ready;
      const found = firstValues(other, 'out', 1);
      const began = performance.now();
      await other.append('in', numbers(0, 1));
      bus.wake(['in']);
      await firstValues(bus, 'out', 1);
      other.wake(['out']);
      expect(await found).toEqual(['0#1']);
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(told).toEqual([['in'], ['out', 'state']]);
    });
  });

  it('finds what others appended also when nobody says so', async () => {
    const log = await openSqliteUnderTest({ pollMs: 20 });
    await within(log, async () => {
      const { bus } = await log.open({ topics: chain() });
      const { bus: other } = await log.open({ topics: chain() });
      const found = firstValues(bus, 'in', 1);
      await other.append('in', numbers(0, 1));
      expect(await found).toEqual(['0']);
    });
  });

  it('keeps what topics keep while it runs, and a group that was slower is told', async () => {
    const small = [
      ...chain().filter(({ name }) => name !== 'in'),
      spec('in', { retention: { ms: 3_600_000, bytes: 1_000 } }),
    ];
    const log = await openSqliteUnderTest({ maintainMs: 20 });
    await within(log, async () => {
      const { bus } = await log.open({ topics: small });
      await bus.append('in', numbers(0, 3));
      const early = bus.process(
        'g',
        'in',
        processorOf((batch) => commitOf(batch)),
      );
      await firstRecords(bus, 'out', 3);
      await early.stop();
      for (let index = 0; index < 30; index += 1) await bus.append('in', [record(String(index).padEnd(100, '.'))]);
      const trimmed = async (): Promise<number> => (await bus.bounds('in'))[0]?.oldest ?? 0;
      while ((await trimmed()) < 20) await new Promise((resolve) => setTimeout(resolve, 10));
      bus.process(
        'g',
        'in',
        processorOf((batch) => commitOf(batch, { out: ({ key, value }) => `${key} ${value}` })),
      );
      const [gap] = (await firstRecords(bus, 'out', 4)).slice(3);
      expect(gap?.value).toBe(`gap ${JSON.stringify({ topic: 'in', partition: 0, from: 3, to: await trimmed() })}`);
      expect((await all(bus, 'in')).length).toBeLessThanOrEqual(9);
    });
  });

  it('told to go on behind its end, as after the file was made anew, says so and begins with what there is', async () => {
    const log = await openSqliteUnderTest();
    await within(log, async () => {
      const { bus } = await log.open({ topics: [spec('t')] });
      await bus.append('t', numbers(0, 3));
      const pages = [];
      for await (const page of bus.read('t', { from: { offsets: new Map([[0, 99]]) }, follow: false }))
        pages.push(page);
      expect(pages.flatMap(({ gaps }) => gaps)).toEqual([{ topic: 't', partition: 0, from: 3, to: 99 }]);
      expect(pages.flatMap(({ records }) => records.map(({ value }) => value))).toEqual(['0', '1', '2']);
    });
  });

  it('closes once, and refuses what comes after', async () => {
    const log = await openSqliteUnderTest();
    await within(log, async () => {
      const { bus } = await log.open({ topics: chain() });
      await Promise.all([bus.close(), bus.close()]);
      await expect(bus.append('in', numbers(0, 1))).rejects.toThrow();
    });
  });
});
