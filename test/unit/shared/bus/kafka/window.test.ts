import { describe, expect, it } from 'vitest';
import type { Fetched, LogReader, Position } from '../../../../../shared/bus/kafka/log-reader.ts';
import { openWindow } from '../../../../../shared/bus/kafka/window.ts';

const start = { topic: 't', partition: 0, offset: 10 };
const record = (offset: number) => ({
  topic: 't',
  partition: 0,
  offset,
  key: 'k',
  value: 'v',
  headers: {},
  at: 1,
  logged: 1,
});
const fetched = (offsets: number[], next: number): Fetched => ({
  records: offsets.map(record),
  next,
  end: next,
});

function reader(answers: (Fetched | 'out-of-range')[], bounds = { oldest: 0, newest: 100 }) {
  const asked: number[] = [];
  const fake: Pick<LogReader, 'fetch' | 'offsets'> = {
    fetch: (at: Position) => {
      asked.push(at.offset);
      return Promise.resolve(answers.shift() ?? fetched([], at.offset));
    },
    offsets: (_topic, which) => Promise.resolve(new Map([[0, which === 'oldest' ? bounds.oldest : bounds.newest]])),
  };
  return { asked, fake };
}

const offsets = (taken: { records: readonly { offset: number }[] }) => taken.records.map(({ offset }) => offset);

describe('the window of a partition', () => {
  it('hands out the same records until they are done, without asking the broker', async () => {
    const { asked, fake } = reader([fetched([10, 11, 12], 14)]);
    const window = openWindow(fake, start);
    expect(offsets(await window.take(2, 0))).toEqual([10, 11]);
    expect(offsets(await window.take(2, 0))).toEqual([10, 11]);
    window.advance(1);
    expect(offsets(await window.take(5, 0))).toEqual([11, 12]);
    expect(asked).toEqual([10]);
  });

  it('commits the next record that is not done, or behind the markers when none is left', async () => {
    const window = openWindow(reader([fetched([10, 12], 14)]).fake, start);
    expect(window.positionAfter(0)).toBe(10);
    await window.take(5, 0);
    expect(window.positionAfter(0)).toBe(10);
    expect(window.positionAfter(1)).toBe(12);
    expect(window.positionAfter(2)).toBe(14);
  });

  it('tells what retention took, with the first record after it, until that is done', async () => {
    const { fake } = reader(['out-of-range', fetched([50], 51)], { oldest: 50, newest: 51 });
    const window = openWindow(fake, start);
    expect(await window.take(5, 0)).toEqual({ records: [], lag: 0 });
    expect((await window.take(5, 0)).gap).toEqual({ topic: 't', partition: 0, from: 10, to: 50 });
    expect((await window.take(5, 0)).gap).toBeDefined();
    expect(window.gapPending).toBe(true);
    window.advance(1);
    expect(window.gapPending).toBe(false);
    expect(await window.take(5, 0)).not.toHaveProperty('gap');
  });

  it('makes one gap of two in a row', async () => {
    const bounds = { oldest: 50, newest: 90 };
    const { fake } = reader(['out-of-range', 'out-of-range', fetched([70], 71)], bounds);
    const window = openWindow(fake, start);
    await window.take(5, 0);
    bounds.oldest = 70;
    await window.take(5, 0);
    expect((await window.take(5, 0)).gap).toMatchObject({ from: 10, to: 70 });
  });

  it('reads a log that is shorter than its position from the beginning, and says what is gone', async () => {
    const { asked, fake } = reader(['out-of-range', fetched([0], 1)], { oldest: 0, newest: 4 });
    const window = openWindow(fake, start);
    await window.take(5, 0);
    expect((await window.take(5, 0)).gap).toMatchObject({ from: 4, to: 10 });
    expect(asked).toEqual([10, 0]);
  });
});
