import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../../shared/errors.ts';
import { all, chain, firstValues, numbers, record, spec, values } from '../../support/bus/stages.ts';
import type { OpenBusUnderTest } from '../suite.ts';
import { within } from './within.ts';

/** Appending and what a topic holds. */
export function logCases(open: OpenBusUnderTest): void {
  describe('the log', () => {
    it(
      'keeps the records of one key in the order of their appends',
      within(open, [spec('t', { partitions: 4 })], async ({ bus, another }) => {
        const { bus: other } = await another();
        for (let round = 0; round < 5; round += 1) {
          await bus.append('t', [record(`${round}a`, { key: 'k' }), record(`${round}b`, { key: 'k' })]);
          await other.append('t', [record(`${round}c`, { key: 'k' })]);
        }
        const expected = [0, 1, 2, 3, 4].flatMap((round) => [`${round}a`, `${round}b`, `${round}c`]);
        expect(await values(bus, 't')).toEqual(expected);
        expect(await values(other, 't')).toEqual(expected);
      }),
    );

    it(
      "places keys as Kafka's default partitioner does, and where a record says",
      within(open, [spec('t', { partitions: 4 })], async ({ bus }) => {
        // murmur2 of Kafka's own test vectors: '21' → -973932308, 'foobar' → -790332482, 'a-little-bit-long-string' → -985981536.
        const keys = ['21', 'foobar', 'a-little-bit-long-string'];
        await bus.append('t', [
          ...keys.map((key) => record(key, { key })),
          record('named', { key: '21', partition: 3 }),
        ]);
        const placed = new Map((await all(bus, 't')).map(({ value, partition }) => [value, partition]));
        const placeOf = (hash: number): number => (hash & 0x7fffffff) % 4;
        expect(placed.get('21')).toBe(placeOf(-973932308));
        expect(placed.get('foobar')).toBe(placeOf(-790332482));
        expect(placed.get('a-little-bit-long-string')).toBe(placeOf(-985981536));
        expect(placed.get('named')).toBe(3);
      }),
    );

    it(
      'gives back what was appended, and when',
      within(open, [spec('t')], async ({ bus }) => {
        const before = Date.now();
        const text = 'Grüße 🚢\n\u0000 "quoted"';
        await bus.append('t', [
          record(text, { key: 'schlüssel', headers: { trace: 'ä', empty: '' }, at: 123 }),
          record(null),
        ]);
        const [first, second] = await all(bus, 't');
        expect(first).toMatchObject({ topic: 't', partition: 0, key: 'schlüssel', value: text, at: 123 });
        expect(first?.headers).toEqual({ trace: 'ä', empty: '' });
        expect(first?.logged).toBeGreaterThanOrEqual(before - 2_000);
        expect(first?.logged).toBeLessThanOrEqual(Date.now() + 2_000);
        expect(second).toMatchObject({ value: null, headers: {} });
        expect(second?.offset).toBeGreaterThan(first?.offset ?? 0);
        expect(second?.logged).toBeGreaterThanOrEqual(first?.logged ?? 0);
      }),
    );

    it(
      'keeps the records of one append to one partition together, whoever appends at the same time',
      within(open, [spec('t')], async ({ bus, another }) => {
        const { bus: other } = await another();
        const blocks = Array.from({ length: 20 }, (_, block) => [0, 1, 2].map((part) => record(`${block}/${part}`)));
        await Promise.all(blocks.map((block, index) => (index % 2 === 0 ? bus : other).append('t', block)));
        const found = await values(bus, 't');
        expect(found).toHaveLength(60);
        for (let start = 0; start < 60; start += 3) {
          const [block] = (found[start] ?? '').split('/');
          expect(found.slice(start, start + 3)).toEqual([`${block}/0`, `${block}/1`, `${block}/2`]);
        }
      }),
    );

    it(
      'takes large values and refuses what is larger, by name',
      within(open, [spec('t')], async ({ bus }) => {
        const large = 'x'.repeat(800_000);
        await bus.append('t', [record(large), record('small'), record(large)]);
        await expect(bus.append('t', [record('y'.repeat(1_100_000))])).rejects.toThrow(MalformedError);
        expect((await values(bus, 't')).map((value) => value?.length)).toEqual([800_000, 5, 800_000]);
      }),
    );

    it(
      'refuses a topic and a partition it does not have',
      within(open, [spec('t')], async ({ bus }) => {
        await expect(bus.append('other', [record('1')])).rejects.toThrow(/other/);
        await expect(bus.append('t', [record('1', { partition: 1 })])).rejects.toThrow(/partition 1/);
        expect(await values(bus, 't')).toEqual([]);
      }),
    );

    it(
      'appends nothing when it is given nothing',
      within(open, [spec('t')], async ({ bus }) => {
        await bus.append('t', []);
        expect((await bus.bounds('t')).map(({ oldest, end }) => end - oldest)).toEqual([0]);
      }),
    );

    it(
      'outlives the instance that appended',
      within(open, chain(), async ({ bus, instance, another }) => {
        await bus.append('in', numbers(0, 3));
        await instance.crash();
        const { bus: next } = await another();
        await next.append('in', numbers(3, 5));
        expect(await firstValues(next, 'in', 5)).toEqual(['0', '1', '2', '3', '4']);
      }),
    );
  });
}
