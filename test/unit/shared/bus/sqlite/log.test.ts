import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { offsetOf, recordId } from '../../../../../shared/bus/sqlite/record-id.ts';
import { createStore, type Store } from '../../../../../shared/bus/sqlite/store.ts';
import type { TopicSpec } from '../../../../../shared/bus/topics.ts';
import { numbers, record, spec } from '../../../../support/bus/stages.ts';
import { type StoreScene, storeScene } from '../../../../support/bus/store.ts';

let scene: StoreScene;
let store: Store;
beforeEach(() => {
  scene = storeScene([spec('t', { partitions: 2 }), spec('s', { cleanup: 'compact' })]);
  store = scene.open();
});
afterEach(() => scene.destroy());

const append = (topic: string, ...records: Parameters<typeof record>[]): void =>
  store.write((writer) =>
    writer.append(
      topic,
      records.map((one) => record(...one)),
    ),
  );
const page = (topic: string, range: Partial<{ from: number; to: number; size: number }> = {}) =>
  store.reader.page({ topic, partition: 0 }, { from: 0, to: 1e9, size: 500, ...range });
const state = (topic: string, partition = 0) => store.table.state(store.table.topic(topic).ids[partition] ?? -1);

describe('appending', () => {
  it('never lets `logged` go back, whatever the clock does', () => {
    const logged: number[] = [];
    for (scene.time of [1_000, 5_000, 2_000, 5_001]) {
      append('t', ['x', { partition: 0 }]);
      logged.push(page('t').at(-1)?.logged ?? -1);
    }
    expect(logged).toEqual([1_000, 5_000, 5_000, 5_001]);
  });

  it('leaves nothing of an append that failed half way', () => {
    expect(() => append('t', ['1', { partition: 0 }], ['2', { partition: 7 }])).toThrow('no partition 7');
    expect(page('t')).toEqual([]);
    expect(state('t')).toMatchObject({ end: 0, bytes: 0 });
  });

  it('counts bytes of keys and values', () => {
    append('t', ['abc', { partition: 0, key: 'ü', headers: { not: 'counted' } }], [null, { partition: 0, key: 'k' }]);
    expect(state('t').bytes).toBe(2 + 3 + 1);
  });
});

describe('a compacted topic', () => {
  it('keeps the latest record of each key, where it was appended', () => {
    append('s', ['1', { key: 'a' }], ['1', { key: 'b' }], ['2', { key: 'a' }], [null, { key: 'b' }]);
    expect(page('s').map(({ key, value, offset }) => [key, value, offset])).toEqual([
      ['a', '2', 2],
      ['b', null, 3],
    ]);
    expect(state('s')).toMatchObject({ oldest: 0, end: 4, bytes: 3 });
  });
});

describe('reading', () => {
  it('gives pages of at most so many records, from and to an offset', () => {
    store.write((writer) =>
      writer.append(
        't',
        numbers(0, 450).map((one) => ({ ...one, partition: 0 })),
      ),
    );
    expect(page('t', { from: 10, to: 20 }).map(({ offset }) => offset)).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(page('t', { size: 250 }).map(({ offset }) => offset)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    expect(page('t', { from: 300 })).toHaveLength(150);
  });

  it('ends a page of large records early', () => {
    for (let index = 0; index < 12; index += 1) append('t', ['x'.repeat(800_000), { partition: 0 }]);
    for (let index = 0; index < 100; index += 1) append('t', ['small', { partition: 0 }]);
    expect(page('t').length).toBeLessThanOrEqual(100);
  });

  it('finds the first record logged at or after a time', () => {
    for (scene.time = 1_000; scene.time < 1_100; scene.time += 10) append('s', ['x', { key: String(scene.time % 30) }]);
    const first = (logged: number): number => store.reader.firstLogged({ topic: 's', partition: 0 }, logged);
    // Only the last three survive compaction: offsets 7, 8, 9, logged 1070, 1080, 1090.
    expect(
      [first(0), first(1_070), first(1_071), first(1_090), first(1_091)].map((offset) => Math.max(offset, 7)),
    ).toEqual([7, 7, 8, 9, 10]);
  });
});

describe('record ids', () => {
  it('hold any log and offset exactly', () => {
    for (const log of [1, 100, 8_000])
      for (const offset of [0, 1, 2 ** 31, 2 ** 40 - 1]) {
        expect(Number.isSafeInteger(recordId(log, offset))).toBe(true);
        expect(offsetOf(recordId(log, offset))).toBe(offset);
      }
  });
});

describe('opening', () => {
  const reopen = (topics: readonly TopicSpec[]): unknown =>
    createStore({ database: store.database, topics, clock: () => 0 });

  it('refuses a topic that is there with other partitions or cleanup', () => {
    expect(() => reopen([spec('t', { partitions: 3 })])).toThrow(/has 2 partitions .* instead of 3/);
    expect(() => reopen([spec('s')])).toThrow(/compact/);
    expect(() => reopen([spec('t', { partitions: 2 }), spec('new')])).not.toThrow();
  });

  it('refuses a file of a later version', () => {
    store.database.pragma('user_version = 99');
    expect(() => reopen([])).toThrow(/version 99/);
  });
});
