import { describe, expect, it } from 'vitest';
import { type GroupProgress, isMoving, lookedAgain, standingLongest } from '../../../../alerting/watch/progress.ts';

const minute = 60_000;
const bound = 5 * minute;
type Seen = readonly [offset: number, logged: number, committed?: number];
type Looks = readonly Readonly<Record<number, Seen>>[];

/** One look a minute, each with what waits first by partition. */
const after = (looks: Looks): { progress: GroupProgress; now: number } =>
  looks.reduce<{ progress: GroupProgress; now: number }>(
    ({ progress, now }, look) => {
      const waiting = new Map(
        Object.entries(look).map(([p, [offset, logged, committed = offset]]) => [
          Number(p),
          { offset, logged, committed },
        ]),
      );
      return { progress: lookedAgain(progress, waiting, now + minute), now: now + minute };
    },
    { progress: new Map(), now: 0 },
  );
const standing = (looks: Looks) => {
  const { progress, now } = after(looks);
  return standingLongest(progress, now, bound);
};
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe('what stands still', () => {
  it('is a record that waited first for longer than the bound, seen by ourselves', () => {
    expect(standing(times(6, { 2: [10, 7] }))).toBeUndefined();
    expect(standing(times(7, { 2: [10, 7] }))).toEqual({
      partition: 2,
      offset: 10,
      logged: 7,
      committed: 10,
    });
  });

  it('is a group that does not move, though retention takes the record it waits at again and again; told by the first', () => {
    const overrun = times(7, 0).map((_, n) => ({ 0: [10 + n, 70 + n, 3] }) as const);
    expect(standing(overrun)).toMatchObject({ offset: 10, logged: 70 });
    const without = times(7, 0).map((_, n) => ({ 0: [10 + n, 70 + n, -1] }) as const);
    expect(standing(without)).toMatchObject({ offset: 10, logged: 70 });
  });

  it('is never what has only been waiting for us to begin, nor what moves slowly', () => {
    expect(standing([{ 0: [10, -99 * minute] }])).toBeUndefined();
    const slowly: Looks = [...times(5, { 0: [10, 7] as const }), ...times(5, { 0: [11, 8] as const })];
    expect(standing(slowly)).toBeUndefined();
  });

  it('is not a quiet partition in which something comes after hours', () => {
    expect(standing([...times(99, {}), { 0: [10, 7] }])).toBeUndefined();
  });

  it('is, of several, where the oldest record waits: the same for everybody who looks', () => {
    expect(standing(times(7, { 0: [3, 90], 1: [10, 70], 2: [1, 80] }))?.partition).toBe(1);
    expect(standing(times(7, { 2: [3, 70], 1: [10, 70] }))?.partition).toBe(1);
  });
});

describe('what goes on', () => {
  const moving = (looks: Looks) => isMoving(after(looks).progress);
  it('has nothing that waits, or was found further on three times in a row', () => {
    expect(moving([])).toBe(true);
    expect(moving([{ 0: [1, 1] }, {}])).toBe(true);
    expect(moving([{ 0: [1, 1] }, { 0: [2, 1] }, { 0: [3, 1] }])).toBe(false);
    expect(moving([{ 0: [1, 1] }, { 0: [2, 1] }, { 0: [3, 1] }, { 0: [4, 1] }])).toBe(true);
  });

  it('is not what takes a step now and then, nor when another partition stands', () => {
    const step = (n: number) => times(6, { 0: [n, 1] as const });
    expect(moving([...step(1), ...step(2), ...step(3), ...step(4), { 0: [5, 1] }])).toBe(false);
    expect(moving(times(9, 0).map((_, n) => ({ 0: [n, 1], 1: [7, 1] }) as const))).toBe(false);
  });

  it('is not a group that retention alone brings further on', () => {
    expect(moving(times(9, 0).map((_, n) => ({ 0: [n, 1, -1] }) as const))).toBe(false);
    expect(moving(times(9, 0).map((_, n) => ({ 0: [n + 5, 1, 3] }) as const))).toBe(false);
  });
});
