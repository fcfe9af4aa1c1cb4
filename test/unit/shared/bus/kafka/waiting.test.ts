import { describe, expect, it } from 'vitest';
import type { LogReader } from '../../../../../shared/bus/kafka/log-reader.ts';
import { unfinished } from '../../../../../shared/bus/kafka/waiting.ts';
import { UnavailableError } from '../../../../../shared/errors.ts';
import { createLogDouble } from '../../../../support/kafka/log-double.ts';

const at = (position?: number) => ({
  topic: 't',
  positions: new Map(position === undefined ? [] : [[0, position]]),
});

describe('what waits for a group', () => {
  it('is told with the position, where the record is another because of retention, too', async () => {
    const log = createLogDouble(['a', 'b', 'c', 'd']);
    expect([...(await unfinished(log.reader, at()))]).toEqual([[0, { offset: 0, logged: 0, committed: -1 }]]);
    expect((await unfinished(log.reader, at(1))).get(0)).toEqual({ offset: 1, logged: 1, committed: 1 });
    log.oldest = 3;
    expect((await unfinished(log.reader, at(1))).get(0)).toEqual({ offset: 3, logged: 3, committed: 1 });
    expect([...(await unfinished(log.reader, at(4)))]).toEqual([]);
  });

  it('is nothing where only markers are left, though a transaction is open after them', async () => {
    const log = createLogDouble(['a', 'b']);
    Object.assign(log, { stable: 5, end: 9 });
    expect([...(await unfinished(log.reader, at(2)))]).toEqual([]);
  });

  it('is looked for behind what was aborted', async () => {
    const log = createLogDouble(['a', 'b', 'c']);
    const steps: LogReader['fetch'] = async (position, waitMs) =>
      position.offset === 0 ? { records: [], next: 2, end: 3 } : log.reader.fetch(position, waitMs);
    expect((await unfinished({ ...log.reader, fetch: steps }, at(0))).get(0)?.offset).toBe(2);
  });

  it.each([
    ['an empty answer', { records: [], next: 1, end: 3 }],
    ['an offset that is gone meanwhile', 'out-of-range'],
  ] as const)('cannot be said by %s', async (_what, answer) => {
    const log = createLogDouble(['a', 'b', 'c']);
    const asked = unfinished({ ...log.reader, fetch: async () => answer }, at(1));
    await expect(asked).rejects.toThrow(new UnavailableError('the broker does not say now what is at t/0 from 1 on'));
  });

  it('cannot be said where there is no end of what nobody reads', async () => {
    const log = createLogDouble([]);
    Object.assign(log, { stable: 1_000, end: 1_000 });
    let fetches = 0;
    const fetch: LogReader['fetch'] = async ({ offset }) => {
      fetches += 1;
      return { records: [], next: offset + 1, end: 1_000 };
    };
    await expect(unfinished({ ...log.reader, fetch }, at(0))).rejects.toThrow(UnavailableError);
    expect(fetches).toBeLessThan(50);
  });
});
