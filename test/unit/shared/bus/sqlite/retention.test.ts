import { describe, expect, it, onTestFinished } from 'vitest';
import { createRetention, goingOf } from '../../../../../shared/bus/sqlite/retention.ts';
import type { TopicSpec } from '../../../../../shared/bus/topics.ts';
import { numbers, record, spec } from '../../../../support/bus/stages.ts';
import { storeScene } from '../../../../support/bus/store.ts';

function opened(options: Partial<TopicSpec>) {
  const scene = storeScene([spec('t', options)]);
  onTestFinished(() => scene.destroy());
  const store = scene.open();
  const retention = createRetention(store);
  return {
    scene,
    append: (values: readonly (string | null)[], key = 'k') =>
      store.write((writer) =>
        writer.append(
          't',
          values.map((value) => record(value, { key, partition: 0 })),
        ),
      ),
    trim: () => {
      let slices = 0;
      while (retention.slice('t', 0)) slices += 1;
      return slices;
    },
    values: () =>
      store.reader.page({ topic: 't', partition: 0 }, { from: 0, to: 1e9, size: 1e4 }).map(({ value }) => value),
    state: () => store.table.state(store.table.topic('t').ids[0] ?? -1),
  };
}

describe('retention', () => {
  it('by age removes what was logged before, and says where the log begins', () => {
    const { scene, append, trim, values, state } = opened({ retention: { ms: 100, bytes: 1e9 } });
    append(['1', '2']);
    scene.time += 100;
    append(['3']);
    trim();
    expect(values()).toEqual(['1', '2', '3']);
    scene.time += 1;
    trim();
    expect(values()).toEqual(['3']);
    expect(state()).toMatchObject({ oldest: 2, end: 3, bytes: 2 });
    scene.time += 1_000;
    trim();
    expect(state()).toMatchObject({ oldest: 3, end: 3, bytes: 0 });
  });

  it('by size removes the oldest until the rest fits a partition’s share', () => {
    const { append, trim, values, state } = opened({ partitions: 2, retention: { ms: 1e9, bytes: 80 } });
    for (let index = 0; index < 10; index += 1) append([`${index}`.padEnd(9, '.')]);
    trim();
    expect(values().map((value) => value?.[0])).toEqual(['6', '7', '8', '9']);
    expect(state()).toMatchObject({ oldest: 6, bytes: 40 });
  });

  it('goes by slices of a thousand', () => {
    const { scene, append, trim, state } = opened({ retention: { ms: 100, bytes: 1e9 } });
    append(numbers(0, 2_500).map(({ value }) => value));
    scene.time += 1_000;
    expect(trim()).toBe(2);
    expect(state()).toMatchObject({ oldest: 2_500, bytes: 0 });
  });

  it('of a compacted topic removes tombstones that everybody had time to see, and nothing else', () => {
    const { scene, append, trim, values, state } = opened({ cleanup: 'compact', retention: { ms: 100, bytes: 1 } });
    append(['1'], 'kept');
    append([null], 'gone');
    scene.time += 101;
    append([null], 'fresh');
    trim();
    expect(values()).toEqual(['1', null]);
    expect(state()).toMatchObject({ oldest: 0, bytes: 'kept1fresh'.length });
    append(['2'], 'gone');
    expect(values()).toEqual(['1', null, '2']);
  });
});

describe('goingOf', () => {
  const rows = [1, 2, 3].map((logged) => ({ logged, bytes: 10 }));

  it('stops at the first that may stay', () => {
    expect(goingOf(rows, { ms: 10, bytes: 100 }, { now: 12, bytes: 30 })).toEqual({ rows: 1, bytes: 10 });
    expect(goingOf(rows, { ms: 10, bytes: 15 }, { now: 3, bytes: 30 })).toEqual({ rows: 2, bytes: 20 });
    expect(goingOf(rows, { ms: 10, bytes: 30 }, { now: 3, bytes: 30 })).toEqual({ rows: 0, bytes: 0 });
  });
});
