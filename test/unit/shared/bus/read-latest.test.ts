import { expect, test } from 'vitest';
import type { Bus, BusRecord } from '../../../../shared/bus/port.ts';
import { readLatest } from '../../../../shared/bus/read-latest.ts';

/** A compacted topic that is written between the pages of whoever reads it. */
function compacted(writes: readonly (readonly [key: string, value: string | null])[], pageSize: number) {
  const log = new Map<string, BusRecord>();
  let offset = 0;
  const write = ([key, value]: readonly [string, string | null]): void => {
    log.delete(key);
    log.set(key, { topic: 't', partition: 0, offset, key, value, at: 0, headers: {}, logged: 0 });
    offset += 1;
  };
  const pending = [...writes];
  const read: Bus['read'] = async function* (_topic, { from }) {
    const end = offset;
    let position = typeof from === 'object' && 'offsets' in from ? (from.offsets.get(0) ?? 0) : 0;
    while (true) {
      const records = [...log.values()].filter((one) => one.offset >= position && one.offset < end).slice(0, pageSize);
      if (records.length === 0) return;
      position = (records.at(-1)?.offset ?? 0) + 1;
      yield { records, next: new Map([[0, position]]), gaps: [] };
      const next = pending.shift();
      if (next !== undefined) write(next);
    }
  };
  return { bus: { read }, write };
}

const shown = (latest: ReadonlyMap<string, BusRecord>) =>
  [...latest].map(([key, { value }]) => `${key}=${value}`).sort();

test('a key that is written while the topic is read is not missed', async () => {
  const { bus, write } = compacted(
    [
      ['c', '2'],
      ['b', '3'],
    ],
    1,
  );
  for (const key of ['a', 'b', 'c']) write([key, '1']);
  expect(shown(await readLatest(bus, 't'))).toEqual(['a=1', 'b=3', 'c=2']);
});

test('a key that was deleted, before or meanwhile, is not there', async () => {
  const { bus, write } = compacted([['a', null]], 2);
  for (const key of ['a', 'b', 'c']) write([key, '1']);
  write(['c', null]);
  expect(shown(await readLatest(bus, 't'))).toEqual(['b=1']);
});

test('keys of other kinds are left out, and an empty topic is empty', async () => {
  const { bus, write } = compacted([], 2);
  expect(shown(await readLatest(bus, 't'))).toEqual([]);
  for (const key of ['mine/a', 'other/b']) write([key, '1']);
  expect(shown(await readLatest(bus, 't', { wanted: (key) => key.startsWith('mine/') }))).toEqual(['mine/a=1']);
});
