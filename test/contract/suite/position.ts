import { describe, expect, it } from 'vitest';
import type { Bus, BusGap, BusPage, ReadRange } from '../../../shared/bus/port.ts';
import { busGapHeader } from '../../../shared/bus/port.ts';
import {
  all,
  chain,
  commitOf,
  firstValues,
  noticeBoard,
  numbers,
  processorOf,
  record,
  spec,
  values,
} from '../../support/bus/stages.ts';
import { eventually } from '../../support/eventually.ts';
import type { OpenBusUnderTest } from '../suite.ts';
import { within } from './within.ts';

/** Reading: where it begins and ends, what it is told when retention was quicker. */
export function positionCases(open: OpenBusUnderTest): void {
  describe('a bounded read', () => {
    it(
      'ends at the end that existed when it began',
      within(open, [spec('t')], async ({ bus }) => {
        await bus.append('t', numbers(0, 5));
        const found: (string | null)[] = [];
        for await (const page of bus.read('t', { from: 'oldest', follow: false, pageSize: 2 })) {
          expect(page.records.length).toBeGreaterThan(0);
          expect(page.records.length).toBeLessThanOrEqual(2);
          found.push(...page.records.map(({ value }) => value));
          await bus.append('t', [record('later')]);
        }
        expect(found).toEqual(['0', '1', '2', '3', '4']);
      }),
    );

    it(
      'of an empty topic, or from its newest record on, gives nothing',
      within(open, [spec('t', { partitions: 2 })], async ({ bus }) => {
        expect(await all(bus, 't')).toEqual([]);
        await bus.append('t', [record('1', { partition: 0 }), record('2', { partition: 1 })]);
        expect(await all(bus, 't', { from: 'newest' })).toEqual([]);
      }),
    );

    it(
      'goes on from the vector of any page',
      within(open, [spec('t', { partitions: 3 })], async ({ bus }) => {
        for (const partition of [0, 1, 2])
          await bus.append(
            't',
            numbers(0, 7).map((one) => ({ ...one, partition, value: `${partition}/${one.value}` })),
          );
        const pages: BusPage[] = [];
        for await (const page of bus.read('t', { from: 'oldest', follow: false, pageSize: 2 })) pages.push(page);
        const everything = pages.flatMap(({ records }) => records.map(({ value }) => value));
        expect(everything).toHaveLength(21);
        for (const [index, { next }] of pages.entries()) {
          const before = pages.slice(0, index + 1).flatMap(({ records }) => records.map(({ value }) => value));
          const after = await values(bus, 't', { from: { offsets: next } });
          expect(new Set([...before, ...after])).toEqual(new Set(everything));
          expect(before.length + after.length).toBe(everything.length);
        }
      }),
    );

    it(
      'reads one partition when asked, and the others from their oldest record if the vector leaves them out',
      within(open, [spec('t', { partitions: 2 })], async ({ bus }) => {
        for (const partition of [0, 1])
          await bus.append(
            't',
            numbers(0, 3).map((one) => ({ ...one, partition, value: `${partition}/${one.value}` })),
          );
        const ofOne = await all(bus, 't', { partition: 1 });
        expect(ofOne.map(({ value }) => value)).toEqual(['1/0', '1/1', '1/2']);
        const offsets = new Map([[1, ofOne[2]?.offset ?? -1]]);
        expect(new Set(await values(bus, 't', { from: { offsets } }))).toEqual(new Set(['0/0', '0/1', '0/2', '1/2']));
      }),
    );

    it(
      'begins with the first record logged at or after a time',
      within(open, [spec('t')], async ({ bus }) => {
        await bus.append('t', numbers(0, 2));
        await new Promise((resolve) => setTimeout(resolve, 20));
        await bus.append('t', numbers(2, 4));
        const logged = (await all(bus, 't'))[2]?.logged ?? 0;
        expect(await values(bus, 't', { from: { logged } })).toEqual(['2', '3']);
        expect(await values(bus, 't', { from: { logged: 0 } })).toEqual(['0', '1', '2', '3']);
        expect(await values(bus, 't', { from: { logged: logged + 60_000 } })).toEqual([]);
      }),
    );
  });

  describe('a following read', () => {
    const follow = (bus: Bus, range: Partial<ReadRange> = {}): AsyncIterator<BusPage> =>
      bus.read('t', { from: 'oldest', follow: true, ...range })[Symbol.asyncIterator]();
    const pageOf = async (pages: AsyncIterator<BusPage>): Promise<BusPage | undefined> => {
      const result: IteratorResult<BusPage, unknown> = await pages.next();
      return result.done === true ? undefined : result.value;
    };
    const next = async (pages: AsyncIterator<BusPage>): Promise<(string | null)[] | 'over'> => {
      for (let page = await pageOf(pages); page !== undefined; page = await pageOf(pages)) {
        if (page.records.length > 0) return page.records.map(({ value }) => value);
      }
      return 'over';
    };

    it(
      'gets what is appended while it waits, from any instance',
      within(open, [spec('t', { partitions: 2 })], async ({ bus, another }) => {
        const pages = follow(bus);
        const first = next(pages);
        await bus.append('t', [record('own', { partition: 1 })]);
        expect(await first).toEqual(['own']);
        const { bus: other } = await another();
        const second = next(pages);
        await other.append('t', [record('other', { partition: 0 })]);
        bus.wake(['t']);
        expect(await second).toEqual(['other']);
        await pages.return?.();
      }),
    );

    it(
      'from the newest record on leaves out what was there',
      within(open, [spec('t')], async ({ bus }) => {
        await bus.append('t', numbers(0, 3));
        const pages = follow(bus, { from: 'newest' });
        const idle = await pageOf(pages);
        expect(idle?.records).toEqual([]);
        const coming = next(pages);
        await bus.append('t', numbers(3, 4));
        expect(await coming).toEqual(['3']);
        expect(await values(bus, 't', { from: { offsets: idle?.next ?? new Map() } })).toEqual(['3']);
        await pages.return?.();
      }),
    );

    it(
      'ends by its signal and by close while it waits',
      within(open, [spec('t')], async ({ bus }) => {
        const stop = new AbortController();
        const signalled = next(follow(bus, { signal: stop.signal }));
        const closed = next(follow(bus));
        stop.abort();
        expect(await signalled).toBe('over');
        await bus.close();
        expect(await closed).toBe('over');
      }),
    );
  });

  describe('retention', () => {
    it(
      'that was quicker than a reader is a gap, said before the first record after it',
      within(open, [spec('t')], async ({ log, bus }) => {
        await bus.append('t', numbers(0, 10));
        const places = (await all(bus, 't')).map(({ offset }) => offset);
        const [from = -1, to = -1] = [places[2], places[6]];
        await log.expire('t', 0, to);
        expect(await values(bus, 't')).toEqual(['6', '7', '8', '9']);
        expect((await bus.bounds('t'))[0]?.oldest).toBe(to);
        const gaps: BusGap[] = [];
        const found: (string | null)[] = [];
        for await (const page of bus.read('t', { from: { offsets: new Map([[0, from]]) }, follow: false })) {
          if (found.length === 0) gaps.push(...page.gaps);
          found.push(...page.records.map(({ value }) => value));
        }
        expect(gaps).toEqual([{ topic: 't', partition: 0, from, to }]);
        expect(found).toEqual(['6', '7', '8', '9']);
      }),
    );

    it(
      'that was quicker than a group is a gap record before the first record after it, once',
      within(open, chain(), async ({ log, bus }) => {
        const board = noticeBoard();
        await bus.append('in', numbers(0, 10));
        const early = bus.process(
          'g',
          'in',
          processorOf((batch) =>
            commitOf({ ...batch, records: batch.records.slice(0, 2) }, { done: 2, retryAfter: 60_000 }),
          ),
        );
        expect(await firstValues(bus, 'out', 2)).toEqual(['0', '1']);
        await early.stop();
        const places = (await all(bus, 'in')).map(({ offset }) => offset);
        await log.expire('in', 0, places[7] ?? -1);
        bus.process('g', 'in', {
          ...processorOf((batch) =>
            commitOf(batch, { out: (one) => (busGapHeader in one.headers ? `gap ${one.value}` : `${one.value}`) }),
          ),
          batchSize: 2,
          notice: board.notice,
        });
        const gap: BusGap = { topic: 'in', partition: 0, from: places[2] ?? -1, to: places[7] ?? -1 };
        expect(await firstValues(bus, 'out', 6)).toEqual(['0', '1', `gap ${JSON.stringify(gap)}`, '7', '8', '9']);
        expect(board.all.filter(({ kind }) => kind === 'gap')).toEqual([{ kind: 'gap', gap }]);
      }),
    );

    it(
      'before a group first came is no gap',
      within(open, chain(), async ({ log, bus }) => {
        await bus.append('in', numbers(0, 5));
        const places = (await all(bus, 'in')).map(({ offset }) => offset);
        await log.expire('in', 0, places[3] ?? -1);
        bus.process(
          'g',
          'in',
          processorOf((batch) => commitOf(batch, { out: ({ key, value }) => `${key} ${value}` })),
        );
        expect(await firstValues(bus, 'out', 2)).toEqual(['host 3', 'host 4']);
      }),
    );
  });

  describe('what waits for a group', () => {
    it(
      'is its oldest record that is not finished, whoever asks and whether or not somebody works on it',
      within(open, chain(), async ({ bus, another }) => {
        const { bus: other } = await another();
        const waiting = async () => [...(await other.waiting('g', 'in'))].map(([p, { offset }]) => [p, offset]);
        // Kafka's coordinator of a group that never was takes a while.
        await eventually(async () => (await waiting()).length === 0, undefined, 30_000);
        const before = Date.now();
        await bus.append('in', numbers(0, 3));
        const [first, second] = await all(bus, 'in');
        // The log's clock may be another than ours.
        expect([...(await other.waiting('g', 'in'))]).toEqual([
          [0, { offset: first?.offset, logged: first?.logged, committed: -1 }],
        ]);
        expect(Math.abs((first?.logged ?? 0) - before)).toBeLessThan(60_000);
        let open = false;
        const held = processorOf(async (batch) =>
          batch.records[0]?.value === '0' || open
            ? { outputs: [], state: [], done: open ? batch.records.length : 1 }
            : { outputs: [], state: [], done: 0, retryAfter: 50 },
        );
        const processing = bus.process('g', 'in', held);
        await expect.poll(waiting, { timeout: 20_000 }).toEqual([[0, second?.offset]]);
        open = true;
        await expect.poll(waiting, { timeout: 20_000 }).toEqual([]);
        await processing.stop();
        await bus.append('in', numbers(3, 4));
        const last = (await all(bus, 'in')).at(-1)?.offset;
        await expect.poll(waiting).toEqual([[0, last]]);
        // Another group has another position.
        expect((await other.waiting('other', 'in')).get(0)?.offset).toBe(first?.offset);
      }),
    );

    it(
      'is another record when retention took it, while what the group committed stays',
      within(open, chain(), async ({ log, bus }) => {
        await bus.append('in', numbers(0, 6));
        const stuck = processorOf(async (batch) =>
          batch.records[0]?.value === '0'
            ? { outputs: [], state: [], done: 1 }
            : { outputs: [], state: [], done: 0, retryAfter: 60_000 },
        );
        const processing = bus.process('g', 'in', stuck);
        const places = (await all(bus, 'in')).map(({ offset }) => offset);
        const waiting = async () => (await bus.waiting('g', 'in')).get(0);
        await expect.poll(async () => (await waiting())?.offset, { timeout: 20_000 }).toBe(places[1]);
        const before = await waiting();
        await processing.stop();
        await log.expire('in', 0, places[4] ?? -1);
        const after = await waiting();
        expect(after?.offset).toBe(places[4]);
        expect(after?.committed).toBe(before?.committed);
        expect(after?.committed).toBeLessThan(places[4] ?? 0);
        expect(after?.committed).toBeGreaterThan(places[0] ?? 0);
      }),
    );
  });
}
