import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../../../../analyzer/sigma/correlation/contract.ts';
import { createMemoryStore } from '../../../../../analyzer/sigma/correlation/memory-store.ts';

const at = (...times: readonly number[]): GroupState => ({ times, values: times.map(() => 1), open: false });

describe('groups in memory', () => {
  it('are kept, replaced and dropped', () => {
    const store = createMemoryStore();
    store.set('a', at(1), 10);
    store.set('a', at(1, 2), 10);
    store.set('b', at(2), 10);
    expect([store.get('a'), store.get('b'), store.get('c')]).toEqual([at(1, 2), at(2), undefined]);
    store.delete('a');
    store.delete('c');
    expect([store.get('a'), store.size]).toEqual([undefined, 1]);
    store.delete('b');
    expect([store.size, store.bytes, store.evicted]).toEqual([0, 0, 0]);
  });

  it('give way when there are too many, those first that heard nothing for the longest', () => {
    const store = createMemoryStore({ groups: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) store.set(key, at(1), 10);
    expect(['a', 'b', 'c', 'd'].map((key) => store.get(key) !== undefined)).toEqual([true, false, true, true]);
    expect([store.size, store.evicted]).toEqual([3, 1]);
  });

  it('give way when they are too large, but for the last', () => {
    const store = createMemoryStore({ bytes: 1_200 });
    store.set('a', at(1), 100);
    store.set('b', at(1), 100);
    expect([store.size, store.evicted]).toEqual([2, 0]);
    store.set('c', at(...Array.from({ length: 30 }, (_, index) => index)), 100);
    expect([store.get('a'), store.get('b'), store.evicted]).toEqual([undefined, undefined, 2]);
    store.set('d', at(...Array.from({ length: 100 }, (_, index) => index)), 100);
    expect([store.size, store.get('d')?.times.length]).toEqual([1, 100]);
  });

  it('that count no more are forgotten, and are no loss', () => {
    const store = createMemoryStore({ groups: 100 });
    for (let index = 0; index < 100; index += 1) store.set(`old ${index}`, at(0), 50);
    for (let index = 0; index < 60; index += 1) store.set(`new ${index}`, at(100), 200);
    expect(store.evicted).toBe(0);
    for (let index = 0; index < 60; index += 1) store.set(`new ${index}`, at(100), 200);
    expect([store.size, store.get('old 3')]).toEqual([60, undefined]);
  });

  it('are as large as their keys, times and texts', () => {
    const store = createMemoryStore();
    const sizeAfter = (key: string, state: GroupState) => {
      store.set(key, state, 10);
      return store.bytes;
    };
    expect(sizeAfter('abc', at())).toBe(543);
    expect(sizeAfter('abc', at(1, 2))).toBe(575);
    expect(sizeAfter('abc', { times: [1], values: ['four'], open: false })).toBe(543 + 16 + 28);
    expect(sizeAfter('d', at())).toBe(543 + 16 + 28 + 541);
    store.delete('abc');
    expect(store.bytes).toBe(541);
  });

  it('have room up to the bound, and what goes is a loss up to its last moment', () => {
    const filled = (expiresAt: number, bytes: number) => {
      const store = createMemoryStore({ bytes });
      for (const key of ['a', 'b', 'c']) store.set(key, at(5), key === 'a' ? expiresAt : 9);
      return [store.size, store.evicted];
    };
    const one = 540 + 1 + 16;
    expect(filled(9, 3 * one)).toEqual([3, 0]);
    expect(filled(9, 3 * one - 1)).toEqual([2, 1]);
    expect(filled(5, 3 * one - 1)).toEqual([2, 1]);
    expect(filled(4, 3 * one - 1)).toEqual([2, 0]);
  });

  it('are looked through two at each event, round and round', () => {
    const store = createMemoryStore();
    // Each that comes is the last, so the walk meets all of the others.
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) store.set(key, at(0), key === 'a' || key === 'f' ? 90 : 10);
    store.set('a', at(10), 90);
    expect(store.size).toBe(6);
    const sizes = [1, 2, 3].map(() => {
      store.set('a', at(11), 90);
      return store.size;
    });
    expect([sizes.at(-1), store.evicted]).toEqual([2, 0]);
    expect(sizes.every((size, index) => size >= (sizes[index - 1] ?? 6) - 2)).toBe(true);
  });

  it('always are as many and as large as they say', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      time: fc.nat(50),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(1, 3, 4), (all, groups) => {
        const store = createMemoryStore({ groups });
        const order: string[] = [];
        for (const { key, time, drop } of all) {
          if (order.includes(key)) order.splice(order.indexOf(key), 1);
          if (drop) store.delete(key);
          else {
            store.set(key, at(time), 1_000);
            order.push(key);
            order.splice(0, order.length - groups);
          }
          expect(['a', 'b', 'c', 'd', 'e', 'f'].filter((one) => store.get(one) !== undefined)).toEqual(
            [...order].sort(),
          );
          expect(store.size).toBe(order.length);
          expect(store.bytes > 0).toBe(order.length > 0);
        }
      }),
    );
  });
});
