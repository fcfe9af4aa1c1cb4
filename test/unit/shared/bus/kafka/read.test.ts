import { describe, expect, it } from 'vitest';
import { readTopic } from '../../../../../shared/bus/kafka/read.ts';
import type { BusPage, ReadRange } from '../../../../../shared/bus/port.ts';
import { createLogDouble, type LogDouble } from '../../../../support/kafka/log-double.ts';

async function pagesOf(log: LogDouble, range: Partial<ReadRange> = {}): Promise<BusPage[]> {
  const pages: BusPage[] = [];
  const { signal } = new AbortController();
  const whole: ReadRange = { from: 'oldest', follow: false, ...range };
  for await (const page of readTopic({ openReader: () => log.reader, topic: 't', range: whole, signal, pauseMs: 1 }))
    pages.push(page);
  return pages;
}

const valuesOf = (pages: readonly BusPage[]) => pages.flatMap(({ records }) => records.map(({ value }) => value));

describe('a bounded read', () => {
  it('ends behind markers at the end, where no record ever is', async () => {
    const log = createLogDouble(['a', 'b']);
    Object.assign(log, { stable: 5, end: 5 });
    const pages = await pagesOf(log);
    expect(valuesOf(pages)).toEqual(['a', 'b']);
    expect(pages.at(-1)?.next).toEqual(new Map([[0, 5]]));
  });

  it('waits for what was in an open transaction when it began, and leaves out what came later', async () => {
    const log = createLogDouble(['a', 'in a transaction', 'later']);
    Object.assign(log, { stable: 1, end: 2 });
    let questions = 0;
    log.asked = () => {
      questions += 1;
      if (questions === 3) Object.assign(log, { stable: 3, end: 3 });
    };
    const pages = await pagesOf(log);
    expect(valuesOf(pages)).toEqual(['a', 'in a transaction']);
    expect(pages.at(-1)?.next).toEqual(new Map([[0, 2]]));
  });

  it('cuts pages, and each tells where to go on', async () => {
    const log = createLogDouble(['a', 'b', 'c', 'd', 'e']);
    log.most = 3;
    const pages = await pagesOf(log, { pageSize: 2 });
    expect(pages.map(({ records, next }) => [records.length, next.get(0)])).toEqual([
      [2, 2],
      [1, 3],
      [2, 5],
    ]);
  });

  it('tells what retention took, and goes on behind it', async () => {
    const log = createLogDouble(['a', 'b', 'c', 'd']);
    log.oldest = 2;
    const pages = await pagesOf(log, { from: { offsets: new Map([[0, 1]]) } });
    expect(pages.flatMap(({ gaps }) => gaps)).toEqual([{ topic: 't', partition: 0, from: 1, to: 2 }]);
    expect(valuesOf(pages)).toEqual(['c', 'd']);
  });

  it('begins at a time, at the end if nothing was logged so late', async () => {
    const log = createLogDouble(['a', 'b', 'c']);
    expect(valuesOf(await pagesOf(log, { from: { logged: 1 } }))).toEqual(['b', 'c']);
    expect(valuesOf(await pagesOf(log, { from: { logged: 9 } }))).toEqual([]);
  });

  it('fails when the broker stays away', async () => {
    const log = createLogDouble(['a']);
    log.reader.fetch = () => Promise.reject(new Error('away'));
    await expect(pagesOf(log)).rejects.toThrow('away');
  });
});

describe('a following read', () => {
  it('outlasts a broker that is away, and ends by its signal', async () => {
    const log = createLogDouble(['a', 'b']);
    const { fetch } = log.reader;
    let failures = 2;
    log.reader.fetch = (at, waitMs) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('away')) : fetch(at, waitMs);
    };
    const stop = new AbortController();
    const range: ReadRange = { from: 'oldest', follow: true };
    const found: unknown[] = [];
    for await (const page of readTopic({
      openReader: () => log.reader,
      topic: 't',
      range,
      signal: stop.signal,
      pauseMs: 1,
    })) {
      found.push(...page.records.map(({ value }) => value));
      if (found.length === 2) stop.abort();
    }
    expect(found).toEqual(['a', 'b']);
  });
});
