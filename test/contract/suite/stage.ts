import { describe, expect, it } from 'vitest';
import {
  all,
  chain,
  commitOf,
  counted,
  counting,
  firstRecords,
  firstValues,
  noticeBoard,
  numbers,
  processorOf,
  record,
  values,
} from '../../support/bus/stages.ts';
import type { OpenBusUnderTest } from '../suite.ts';
import { within } from './within.ts';

/** Stages: batches, commits, poison. */
export function stageCases(open: OpenBusUnderTest): void {
  describe('a stage', () => {
    it(
      'sees what is there and what comes, in order, with its state',
      within(open, chain(), async ({ bus }) => {
        await bus.append('in', numbers(0, 10));
        const processing = bus.process('g', 'in', counting({ batchSize: 4 }));
        await processing.ready;
        await bus.append('in', numbers(10, 20));
        expect(await firstValues(bus, 'out', 20)).toEqual(counted(0, 20));
        await processing.stop();
        expect((await all(bus, 'state')).at(-1)?.value).toBe('20');
      }),
    );

    it(
      'gets at most batchSize records, never an empty batch, and one batch at a time',
      within(open, chain(), async ({ bus }) => {
        const sizes: number[] = [];
        let inside = 0;
        await bus.append('in', numbers(0, 25));
        const stage = processorOf(
          async (batch) => {
            inside += 1;
            expect(inside).toBe(1);
            sizes.push(batch.records.length);
            await new Promise((resolve) => setImmediate(resolve));
            inside -= 1;
            return commitOf(batch);
          },
          { batchSize: 10 },
        );
        bus.process('g', 'in', stage);
        expect(await firstValues(bus, 'out', 25)).toEqual(numbers(0, 25).map(({ value }) => value));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(25);
      }),
    );

    it(
      'gets again what it did not finish, and only that',
      within(open, chain(), async ({ bus }) => {
        const firsts: (string | null | undefined)[] = [];
        await bus.append('in', numbers(0, 5));
        const stage = processorOf((batch) => {
          firsts.push(batch.records[0]?.value);
          return commitOf(
            { ...batch, records: batch.records.slice(0, 2) },
            { done: Math.min(2, batch.records.length) },
          );
        });
        bus.process('g', 'in', stage);
        expect(await firstValues(bus, 'out', 5)).toEqual(['0', '1', '2', '3', '4']);
        expect(firsts).toEqual(['0', '2', '4']);
      }),
    );

    it(
      'of every group gets every record, each at its own pace',
      within(open, chain(), async ({ bus }) => {
        await bus.append('in', numbers(0, 3));
        const tagged = (tag: string) => processorOf((batch) => commitOf(batch, { out: ({ value }) => tag + value }));
        bus.process('a', 'in', tagged('a'));
        bus.process('b', 'in', tagged('b'));
        const found = await firstValues(bus, 'out', 6);
        expect(found.filter((value) => value?.startsWith('a'))).toEqual(['a0', 'a1', 'a2']);
        expect(found.filter((value) => value?.startsWith('b'))).toEqual(['b0', 'b1', 'b2']);
      }),
    );

    it(
      'runs on every partition, each with its own state, and its outputs go where they say',
      within(open, chain(4), async ({ bus }) => {
        for (const partition of [0, 1, 2, 3]) {
          await bus.append(
            'in',
            numbers(0, 5).map((one) => ({ ...one, partition })),
          );
        }
        bus.process('g', 'in', counting({ batchSize: 2 }));
        const found = await firstRecords(bus, 'out', 20);
        for (const partition of [0, 1, 2, 3])
          expect(found.filter((one) => one.partition === partition).map(({ value }) => value)).toEqual(counted(0, 5));
      }),
    );

    it(
      'that throws is given the batch again on the state that was committed',
      within(open, chain(), async ({ bus }) => {
        const board = noticeBoard();
        let throws = 2;
        const stage = counting({
          notice: board.notice,
          batchSize: 5,
          before: (batch) => {
            if (batch.records.some(({ value }) => value === '7') && throws > 0) {
              throws -= 1;
              throw new Error('not now');
            }
          },
        });
        await bus.append('in', numbers(0, 10));
        bus.process('g', 'in', stage);
        expect(await firstValues(bus, 'out', 10)).toEqual(counted(0, 10));
        expect(board.all.filter(({ kind }) => kind === 'batch-failed')).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
        expect(board.all.filter(({ kind }) => kind === 'rejected')).toEqual([]);
      }),
    );

    it(
      'loses only the records that make it throw: they go to `rejected` with the reason',
      within(open, chain(), async ({ bus }) => {
        const board = noticeBoard();
        const stage = counting({
          attempts: 2,
          notice: board.notice,
          before: (batch) => {
            if (batch.records.some(({ value }) => value?.startsWith('poison'))) throw new Error('cannot digest this');
          },
        });
        const poison = record('poison', { key: 'host', headers: { trace: '1' }, at: 77 });
        await bus.append('in', [...numbers(0, 3), poison, ...numbers(3, 5), record('poison too'), ...numbers(5, 6)]);
        bus.process('g', 'in', stage);
        expect(await firstValues(bus, 'out', 6)).toEqual(counted(0, 6));
        const rejected = await firstRecords(bus, 'rejected', 2);
        const [place] = (await all(bus, 'in')).filter(({ value }) => value === 'poison');
        expect(JSON.parse(rejected[0]?.value ?? '')).toEqual({
          topic: 'in',
          partition: 0,
          offset: place?.offset,
          key: 'host',
          value: 'poison',
          headers: { trace: '1' },
          reason: 'cannot digest this',
        });
        expect(rejected[0]).toMatchObject({ key: 'host', at: 77 });
        expect(rejected).toHaveLength(2);
        expect(board.all.filter(({ kind }) => kind === 'rejected')).toHaveLength(2);
      }),
    );

    it(
      'that breaks the rule of one commit per batch, or of `done`, fails that batch and no other',
      within(open, chain(), async ({ bus }) => {
        await bus.append('in', numbers(0, 4));
        const stage = processorOf((batch) => commitOf(batch, batch.records[0]?.value === '2' ? { done: 9 } : {}), {
          attempts: 1,
          batchSize: 1,
        });
        bus.process('g', 'in', stage);
        expect(await firstValues(bus, 'out', 3)).toEqual(['0', '1', '3']);
        expect(await firstValues(bus, 'rejected', 1)).toMatchObject([expect.stringContaining('9 of 1')]);
      }),
    );

    it(
      'whose output can never be written is to blame, not the bus',
      within(open, chain(), async ({ bus }) => {
        await bus.append('in', numbers(0, 3));
        const out = ({ value }: { value: string | null }): string =>
          value === '1' ? 'x'.repeat(1_100_000) : `${value}`;
        bus.process(
          'g',
          'in',
          processorOf((batch) => commitOf(batch, { out }), { attempts: 1 }),
        );
        expect(await firstValues(bus, 'out', 2)).toEqual(['0', '2']);
        expect(await firstValues(bus, 'rejected', 1)).toMatchObject([expect.stringContaining('"value":"1"')]);
      }),
    );

    it(
      'is done with its batch when it is stopped, and another goes on where it stopped',
      within(open, chain(), async ({ bus, another }) => {
        await bus.append('in', numbers(0, 6));
        let reached: () => void = () => undefined;
        const inside = new Promise<void>((resolve) => {
          reached = resolve;
        });
        let finish: () => void = () => undefined;
        const held = new Promise<void>((resolve) => {
          finish = resolve;
        });
        const slow = processorOf(
          async (batch) => {
            reached();
            await held;
            return commitOf(batch);
          },
          { batchSize: 3 },
        );
        const processing = bus.process('g', 'in', slow);
        await inside;
        const stopped = processing.stop();
        finish();
        await stopped;
        expect(await values(bus, 'out')).toEqual(['0', '1', '2']);
        const { bus: next } = await another();
        next.process(
          'g',
          'in',
          processorOf((batch) => commitOf(batch)),
        );
        expect(await firstValues(next, 'out', 6)).toEqual(['0', '1', '2', '3', '4', '5']);
      }),
    );

    it(
      'that never answers does not hold up close',
      within(open, chain(), async ({ bus }) => {
        await bus.append('in', numbers(0, 1));
        let reached: () => void = () => undefined;
        const inside = new Promise<void>((resolve) => {
          reached = resolve;
        });
        bus.process(
          'g',
          'in',
          processorOf(() => {
            reached();
            return new Promise(() => undefined);
          }),
        );
        await inside;
        const began = Date.now();
        await bus.close();
        expect(Date.now() - began).toBeLessThan(10_000);
      }),
    );
  });
}
