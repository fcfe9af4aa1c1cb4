import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTable, entityKey, type TableOptions } from '../../../analyzer/table.ts';

const schema = z.object({ owner: z.string(), worth: z.number(), wakeAt: z.number().optional() });
type Value = z.infer<typeof schema>;

const table = (restored: ReadonlyMap<string, string> = new Map(), more: Partial<TableOptions<Value>> = {}) =>
  createTable<Value>({
    partition: 3,
    part: 'thing',
    restored,
    parse: (value) => schema.parse(value),
    cap: 16,
    worth: ({ worth }) => worth,
    groups: ({ owner }) => [owner],
    wake: ({ wakeAt }) => wakeAt,
    ...more,
  });

const key = (name: string) => entityKey('host/1', 'thing', name);

describe('a table of keyed state', () => {
  it('says what changed since the last commit, each key once, with its last value', () => {
    const things = table();
    things.set(key('a'), { owner: 'x', worth: 1 });
    things.set(key('a'), { owner: 'x', worth: 2 });
    things.set(key('b'), { owner: 'x', worth: 1 });
    things.delete(key('b'));
    things.delete(key('never there'));
    expect(things.takeChanges()).toEqual([
      { key: '3/host%2F1/thing/a', value: '{"owner":"x","worth":2}' },
      { key: '3/host%2F1/thing/b', value: null },
    ]);
    expect(things.takeChanges()).toEqual([]);
  });

  it('takes what grew in place by where it is kept, as if it had been set', () => {
    const things = table();
    things.set(key('a'), { owner: 'x', worth: 1, wakeAt: 5 });
    things.takeChanges();
    const handle = things.handle(key('a'));
    if (handle === undefined) throw new Error('it is there');
    Object.assign(handle.value, { worth: 2, wakeAt: 9 });
    things.grown(handle);
    expect(things.takeChanges()).toEqual([{ key: '3/host%2F1/thing/a', value: '{"owner":"x","worth":2,"wakeAt":9}' }]);
    expect([things.due(8), things.next(), things.due(9)?.[0]]).toEqual([undefined, 9, key('a')]);
  });

  it('says of where something was kept that it is gone, also where another one came under its key', () => {
    const things = table();
    things.set(key('a'), { owner: 'x', worth: 1 });
    const handle = things.handle(key('a'));
    things.set(key('a'), { owner: 'x', worth: 2 });
    expect([handle?.isGone, handle?.value.worth]).toEqual([false, 2]);
    things.delete(key('a'));
    things.set(key('a'), { owner: 'x', worth: 3 });
    expect([handle?.isGone, things.handle(key('a'))?.isGone, things.handle(key('b'))]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  it('is restored from its own keys alone', () => {
    const things = table(
      new Map([
        ['3/host%2F1/thing/a', '{"owner":"x","worth":2,"wakeAt":7}'],
        ['3/host%2F1/other/a', '{"owner":"x","worth":2}'],
        ['33/host%2F1/thing/b', '{"owner":"x","worth":2}'],
      ]),
    );
    expect(things.all()).toEqual([[key('a'), { owner: 'x', worth: 2, wakeAt: 7 }]]);
    expect(things.group('x')).toHaveLength(1);
    expect(things.next()).toBe(7);
    expect(things.takeChanges()).toEqual([]);
  });

  it('leaves out a stored value that it cannot read, and says so', () => {
    const malformed: string[] = [];
    const things = table(
      new Map([
        ['3/h/thing/a', '{'],
        ['3/h/thing/b', '{}'],
      ]),
      {
        onMalformed: (name) => malformed.push(name),
      },
    );
    expect(things.size).toBe(0);
    expect(malformed).toEqual(['3/h/thing/a', '3/h/thing/b']);
  });

  it('never grows past its cap: what is worth least gives way and is counted', () => {
    const gone: string[] = [];
    const things = table(new Map(), { onEvict: (name) => gone.push(name) });
    for (let worth = 16; worth >= 1; worth -= 1) things.set(key(String(worth)), { owner: 'x', worth });
    things.takeChanges();
    things.set(key('new'), { owner: 'y', worth: 0 });
    expect(gone).toEqual([key('1'), key('2')]);
    expect(things.size).toBe(15);
    expect(things.groupSize('x')).toBe(14);
    expect(things.takeEvicted()).toBe(2);
    expect(things.takeEvicted()).toBe(0);
    expect(things.takeChanges()).toContainEqual({ key: '3/host%2F1/thing/1', value: null });
  });

  it('knows what is due, until it is set anew', () => {
    const things = table();
    things.set(key('a'), { owner: 'x', worth: 1, wakeAt: 10 });
    expect(things.due(9)).toBeUndefined();
    expect(things.due(10)?.[0]).toBe(key('a'));
    things.set(key('a'), { owner: 'x', worth: 1 });
    expect(things.due(1_000)).toBeUndefined();
  });

  it('moves a value between groups with its owner', () => {
    const things = table();
    things.set(key('a'), { owner: 'x', worth: 1 });
    things.set(key('a'), { owner: 'y', worth: 1 });
    expect(things.group('y')).toHaveLength(1);
    expect(things.group('x')).toEqual([]);
  });
});
