import { describe, expect, it } from 'vitest';
import { canaryHosts, createCanaryBook } from '../../../../alerting/watch/canaries.ts';

const minute = 60_000;
const every = 15 * minute;
const host = (n: number) => ({ id: `h${n}`, name: `harbour-${n}` });
const hosts = (...numbers: readonly number[]) => numbers.map(host);
const canary = (n: number) => ({ host: host(n) });
const look = (now: number, expected: readonly { id: string; name: string }[], partition = 0) => ({
  hosts: expected,
  partitionOf: () => partition,
  now,
});

describe('the canaries of each host', () => {
  it('are overdue of the one that is cut off, however many come from others', () => {
    const book = createCanaryBook(every);
    book.assigned(0);
    for (let at = 0; at <= 60 * minute; at += every)
      for (const n of at === 0 ? [1, 2, 3] : [1, 3]) book.came(canary(n), at);
    expect(book.overdue(look(61 * minute, hosts(1, 2, 3)))).toEqual({ hosts: [{ ...host(2), since: 0 }], more: 0 });
    book.came(canary(2), 61 * minute);
    expect(book.overdue(look(62 * minute, hosts(1, 2, 3))).hosts).toEqual([]);
  });

  it('are waited for from the moment on at which a host is expected', () => {
    const book = createCanaryBook(every);
    book.assigned(0);
    expect(book.overdue(look(100 * minute, hosts(1))).hosts).toEqual([]);
    expect(book.overdue(look(131 * minute, hosts(1))).hosts).toEqual([]);
    expect(book.overdue(look(132 * minute, hosts(1))).hosts).toEqual([{ ...host(1), since: 100 * minute }]);
    // Nobody expects it any more.
    expect(book.overdue(look(140 * minute, [])).hosts).toEqual([]);
    expect(book.overdue(look(141 * minute, hosts(1))).hosts).toEqual([]);
  });

  it('are the matter of who has their partition, and begin anew when it comes back', () => {
    const book = createCanaryBook(every);
    book.assigned(1);
    book.came(canary(1), 0);
    expect(book.overdue(look(99 * minute, hosts(1), 0)).hosts).toEqual([]);
    book.assigned(0);
    expect(book.overdue(look(100 * minute, hosts(1), 0)).hosts).toEqual([]);
    expect(book.overdue(look(200 * minute, hosts(1), 0)).hosts).toHaveLength(1);
    book.revoked(0);
    expect(book.overdue(look(201 * minute, hosts(1), 0)).hosts).toEqual([]);
  });

  it('names ten, the longest first, and counts the rest', () => {
    const book = createCanaryBook(every);
    book.assigned(0);
    for (let n = 0; n < 25; n += 1) book.came(canary(n), 25 - n);
    const all = hosts(...Array.from({ length: 25 }, (_, n) => n));
    const { hosts: named, more } = book.overdue(look(99 * minute, all));
    expect(named.map(({ id }) => id)).toEqual(['h24', 'h23', 'h22', 'h21', 'h20', 'h19', 'h18', 'h17', 'h16', 'h15']);
    expect(more).toBe(15);
  });
});

it('canaries are expected from collectors that tell any and did not stop in order', () => {
  const word = (id: string, more: object) => ({
    process: `collector/${id}`,
    at: 1,
    silentMs: 1,
    gone: false,
    status: { part: 'collector', host: { id, name: id }, sensors: { canary: 'running' }, ...more },
  });
  const words = [
    word('a', {}),
    { ...word('gone', {}), gone: true },
    word('off', { sensors: { connections: 'running' } }),
    word('ended', { stopped: true }),
    word('other', { part: 'analyzer' }),
    word('odd', { host: 'x' }),
  ];
  expect(canaryHosts(words)).toEqual([
    { id: 'a', name: 'a' },
    { id: 'gone', name: 'gone' },
  ]);
});
