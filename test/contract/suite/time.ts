import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { isTick, type Processor } from '../../../shared/bus/port.ts';
import {
  all,
  chain,
  commitOf,
  counted,
  firstRecords,
  firstValues,
  noticeBoard,
  numbers,
  processorOf,
  record,
} from '../../support/bus/stages.ts';
import type { OpenBusUnderTest } from '../suite.ts';
import { within } from './within.ts';

/** Pauses, timers and ticks. `longMs` is longer than the session or lease with which the suite's buses are opened. */
export function timeCases(open: OpenBusUnderTest, longMs: number): void {
  describe('a pause', () => {
    it(
      'longer than a session keeps the partition, and what was not done comes again',
      within(open, chain(), async ({ bus, another }) => {
        const board = noticeBoard();
        const times: number[] = [];
        let seen = 0;
        const stage = (): Processor => ({
          notice: board.notice,
          open: () =>
            map((batch) => {
              times.push(Date.now());
              if (times.length === 1) return { outputs: [], state: [], done: 0, retryAfter: longMs };
              const out = ({ value }: { value: string | null }): string => {
                seen += 1;
                return `${value}#${seen}`;
              };
              return commitOf(batch, { out });
            }),
        });
        await bus.append('in', numbers(0, 5));
        const { ready } = bus.process('g', 'in', stage());
        await ready;
        // Somebody else would take the partition if the session ended.
        const rival = await another();
        rival.bus.process('g', 'in', stage());
        expect(await firstValues(bus, 'out', 5)).toEqual(counted(0, 5));
        expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(longMs - 20);
        expect(board.all.filter(({ kind }) => kind === 'session-lost')).toEqual([]);
      }),
    );

    it(
      'on one partition does not hold up another',
      within(open, chain(2), async ({ bus }) => {
        await bus.append(
          'in',
          numbers(0, 3).map((one) => ({ ...one, partition: 0 })),
        );
        await bus.append(
          'in',
          numbers(3, 6).map((one) => ({ ...one, partition: 1 })),
        );
        bus.process(
          'g',
          'in',
          processorOf((batch) =>
            batch.partition === 0 ? { outputs: [], state: [], done: 0, retryAfter: 600_000 } : commitOf(batch),
          ),
        );
        expect(await firstValues(bus, 'out', 3)).toEqual(['3', '4', '5']);
        await bus.close();
      }),
    );
  });

  describe('a timer', () => {
    /** Wakes `afterMs` after each record (by record time) and says so; the timer is state. */
    const alarm = (afterMs: number): Processor => ({
      stateTopic: 'state',
      open({ restored }) {
        let wake = restored.has('wake') ? Number(restored.get('wake')) : undefined;
        return map((batch) => {
          const outputs = [];
          for (const one of batch.records) {
            if (wake !== undefined && one.logged >= wake) {
              outputs.push({ topic: 'out', record: record('rang', { at: one.logged }) });
              wake = undefined;
            }
            if (!isTick(one)) wake = one.logged + afterMs;
          }
          const state = [{ key: 'wake', value: wake === undefined ? null : String(wake) }];
          return { outputs, state, done: batch.records.length, ...(wake === undefined ? {} : { nextWake: wake }) };
        });
      },
    });

    it(
      'fires on a quiet partition: its owner appends a tick, at that time and not before',
      within(open, chain(), async ({ bus }) => {
        await bus.process('g', 'in', alarm(300)).ready;
        await bus.append('in', numbers(0, 1));
        const [rang] = await firstRecords(bus, 'out', 1);
        const [first, ...ticks] = await all(bus, 'in');
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.every(isTick)).toBe(true);
        expect(ticks[0]).toMatchObject({ key: 'tick', value: null });
        expect((rang?.at ?? 0) - (first?.logged ?? 0)).toBeGreaterThanOrEqual(300);
        expect((rang?.at ?? 0) - (first?.logged ?? 0)).toBeLessThan(5_000);
      }),
    );

    it(
      'is not lost with its instance: whoever takes over asks the stage as soon as the partition is quiet',
      within(open, chain(), async ({ bus, instance, another }) => {
        const processing = bus.process('g', 'in', alarm(1_000));
        await processing.ready;
        await bus.append('in', numbers(0, 1));
        await firstRecords(bus, 'state', 1);
        await instance.crash();
        const { bus: next } = await another();
        next.process('g', 'in', alarm(1_000));
        const [rang] = await firstRecords(next, 'out', 1);
        const [first] = await all(next, 'in');
        expect((rang?.at ?? 0) - (first?.logged ?? 0)).toBeGreaterThanOrEqual(1_000);
      }),
    );

    it(
      'that was not set makes no ticks',
      within(open, chain(), async ({ bus }) => {
        bus.process(
          'g',
          'in',
          processorOf((batch) => commitOf(batch)),
        );
        await bus.append('in', numbers(0, 1));
        await firstValues(bus, 'out', 1);
        await new Promise((resolve) => setTimeout(resolve, 700));
        expect((await all(bus, 'in')).filter(isTick)).toEqual([]);
      }),
    );
  });
}
