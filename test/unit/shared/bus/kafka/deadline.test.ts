import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whileMoving, within } from '../../../../../shared/bus/kafka/deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = (): Promise<string> => new Promise(() => undefined);

describe('work within a time', () => {
  it('gives its answer or its error, and leaves no timer', async () => {
    expect(await within(1_000, Promise.resolve('answer'))).toBe('answer');
    await expect(within(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that nobody settles is an error', async () => {
    const ended = expect(within(1_000, never())).rejects.toThrow('did not answer within 1000 ms');
    await vi.advanceTimersByTimeAsync(1_000);
    await ended;
  });
});

describe('work that may take as long as something moves', () => {
  it('waits through an outage of any length', async () => {
    let answer: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => {
      answer = resolve;
    });
    let attempts = 0;
    const watched = whileMoving({ quietMs: 1_000, traffic: () => attempts }, work);
    for (; attempts < 50; attempts += 1) await vi.advanceTimersByTimeAsync(900);
    answer('in the end');
    expect(await watched).toBe('in the end');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when nothing moves any more', async () => {
    const ended = expect(whileMoving({ quietMs: 1_000, traffic: () => 7 }, never())).rejects.toThrow('for 1000 ms');
    await vi.advanceTimersByTimeAsync(1_000);
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  });
});
