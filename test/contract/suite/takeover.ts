import { pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  all,
  chain,
  commitOf,
  counted,
  counting,
  firstRecords,
  firstValues,
  holdAfter,
  noticeBoard,
  numbers,
  processorOf,
  spec,
  values,
} from '../../support/bus/stages.ts';
import type { OpenBusUnderTest } from '../suite.ts';
import { within } from './within.ts';

/** Several instances: sharing, crashing, taking over, being fenced; state. */
export function takeoverCases(open: OpenBusUnderTest): void {
  describe('instances of one group', () => {
    it(
      'share the partitions, and each partition has one owner',
      within(open, chain(4), async ({ bus, another }) => {
        const { bus: other } = await another();
        const owners = new Map<number, string>();
        const tagged = (tag: string) =>
          processorOf((batch) => {
            owners.set(batch.partition, tag);
            return commitOf(batch, { out: ({ value }) => `${value}` });
          });
        await bus.process('g', 'in', tagged('a')).ready;
        await other.process('g', 'in', tagged('b')).ready;
        let sent = 0;
        for (; new Set(owners.values()).size < 2 || owners.size < 4; sent += 4) {
          for (const partition of [0, 1, 2, 3])
            await bus.append(
              'in',
              numbers(sent, sent + 1).map((one) => ({ ...one, partition })),
            );
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const found = await firstRecords(bus, 'out', sent);
        for (const partition of [0, 1, 2, 3]) {
          const ofOne = found.filter((one) => one.partition === partition).map(({ value }) => value);
          expect(ofOne).toEqual(Array.from({ length: sent / 4 }, (_, index) => String(index * 4)));
        }
      }),
    );

    it(
      'take over from one that died in the middle of a batch: nothing lost, nothing doubled, state as committed',
      within(open, chain(), async ({ bus, instance, another }) => {
        await bus.append('in', numbers(0, 10));
        let reached: () => void = () => undefined;
        const inside = new Promise<void>((resolve) => {
          reached = resolve;
        });
        const doomed = counting({ batchSize: 4 });
        bus.process('g', 'in', {
          ...doomed,
          open: (assignment) => pipe(doomed.open(assignment), holdAfter(1, reached)),
        });
        await inside;
        await instance.crash();
        const { bus: next } = await another();
        next.process('g', 'in', counting({ batchSize: 4 }));
        expect(await firstValues(next, 'out', 10)).toEqual(counted(0, 10));
        expect(await values(next, 'out')).toEqual(counted(0, 10));
      }),
    );

    it(
      'take over from one that died after one more commit each time',
      within(open, chain(), async ({ bus, instance, another }) => {
        await bus.append('in', numbers(0, 12));
        let current = instance;
        for (let round = 0; round < 3; round += 1) {
          let reached: () => void = () => undefined;
          const inside = new Promise<void>((resolve) => {
            reached = resolve;
          });
          const doomed = counting({ batchSize: 1 });
          current.bus.process('g', 'in', {
            ...doomed,
            open: (assignment) => pipe(doomed.open(assignment), holdAfter(round, reached)),
          });
          await inside;
          await current.crash();
          current = await another();
        }
        current.bus.process('g', 'in', counting({ batchSize: 5 }));
        expect(await firstValues(current.bus, 'out', 12)).toEqual(counted(0, 12));
        expect(await values(current.bus, 'out')).toEqual(counted(0, 12));
      }),
    );

    it(
      'that were fenced commit nothing, say so, and go on from what is committed',
      within(open, chain(), async ({ log, bus }) => {
        const board = noticeBoard();
        await bus.append('in', numbers(0, 6));
        let stale = true;
        let reached: () => void = () => undefined;
        const inside = new Promise<void>((resolve) => {
          reached = resolve;
        });
        let goOn: () => void = () => undefined;
        const fenced = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        const stage = processorOf(
          async (batch) => {
            const tag = stale ? 'stale' : 'fresh';
            if (stale) {
              stale = false;
              reached();
              await fenced;
            }
            return commitOf(batch, { out: ({ value }) => `${tag} ${value}` });
          },
          { notice: board.notice },
        );
        bus.process('g', 'in', stage);
        await inside;
        await log.fence('g', 'in', 0);
        goOn();
        await board.until('session-lost');
        expect(await firstValues(bus, 'out', 6)).toEqual([0, 1, 2, 3, 4, 5].map((value) => `fresh ${value}`));
      }),
    );
  });

  describe('state', () => {
    it(
      'is restored as last committed: latest value per key, removed keys left out, per partition',
      within(open, chain(2), async ({ bus, another }) => {
        const write = (changes: readonly (readonly [string, string | null])[]) =>
          changes.map(([key, value]) => ({ key, value }));
        const scripts = [
          write([
            ['a', '1'],
            ['b', '1'],
            ['c', '1'],
          ]),
          write([
            ['a', '2'],
            ['b', null],
          ]),
          write([
            ['d', '1'],
            ['c', null],
            ['b', '3'],
          ]),
          write([['b', null]]),
        ];
        const writer = processorOf(
          (batch) => commitOf(batch, { state: scripts[Number(batch.records[0]?.value)] ?? [] }),
          { stateTopic: 'state', batchSize: 1 },
        );
        await bus.append(
          'in',
          numbers(0, 4).map((one) => ({ ...one, partition: 1 })),
        );
        const processing = bus.process('g', 'in', writer);
        await firstRecords(bus, 'out', 4);
        await processing.stop();
        const restored = new Map<number, ReadonlyMap<string, string>>();
        const { bus: next } = await another();
        const reader = processorOf((batch) => commitOf(batch), { stateTopic: 'state' });
        const both = new Promise<void>((resolve) => {
          next.process('g', 'in', {
            ...reader,
            open(assignment) {
              restored.set(assignment.partition, assignment.restored);
              if (restored.size === 2) resolve();
              return reader.open(assignment);
            },
          });
        });
        await both;
        expect(restored.get(0)).toEqual(new Map());
        expect(restored.get(1)).toEqual(
          new Map([
            ['a', '2'],
            ['d', '1'],
          ]),
        );
      }),
    );

    it(
      'of many keys and large values comes back whole',
      within(open, chain(), async ({ bus, another }) => {
        const size = 60_000;
        const writer = processorOf(
          (batch) =>
            commitOf(batch, {
              state: batch.records.map(({ value }) => ({ key: `k${value}`, value: `${value}`.padEnd(size, '.') })),
            }),
          { stateTopic: 'state', batchSize: 20 },
        );
        await bus.append('in', numbers(0, 100));
        const processing = bus.process('g', 'in', writer);
        await firstRecords(bus, 'out', 100);
        await processing.stop();
        const { bus: next } = await another();
        const reader = processorOf((batch) => commitOf(batch), { stateTopic: 'state' });
        const restored = await new Promise<ReadonlyMap<string, string>>((resolve) => {
          next.process('g', 'in', {
            ...reader,
            open(assignment) {
              resolve(assignment.restored);
              return reader.open(assignment);
            },
          });
        });
        expect(restored.size).toBe(100);
        expect(restored.get('k42')).toBe('42'.padEnd(size, '.'));
      }),
    );

    it(
      'as a topic holds the latest value of each key',
      within(open, [spec('t', { cleanup: 'compact' })], async ({ bus }) => {
        for (const value of ['1', '2', null, '3']) await bus.append('t', [{ key: 'a', value, at: 1 }]);
        await bus.append('t', [
          { key: 'b', value: '1', at: 1 },
          { key: 'b', value: null, at: 1 },
        ]);
        const latest = new Map((await all(bus, 't')).map(({ key, value }) => [key, value]));
        expect([...latest].filter(([, value]) => value !== null)).toEqual([['a', '3']]);
      }),
    );
  });
}
