import { describe, expect, it } from 'vitest';
import { createAttempts } from '../../../../shared/bus/attempts.ts';
import type { BusRecord } from '../../../../shared/bus/port.ts';

const records = (...offsets: number[]): BusRecord[] =>
  offsets.map((offset) => ({ topic: 't', partition: 0, offset, key: 'k', value: '', headers: {}, at: 0, logged: 0 }));

describe('createAttempts', () => {
  it('tries a batch so often, then record by record until its end, and rejects who fails alone', () => {
    const attempts = createAttempts(2);
    expect(attempts.failed(records(4, 5, 6))).toBe('again');
    expect(attempts.solo).toBe(false);
    expect(attempts.failed(records(4, 5, 6))).toBe('one-by-one');
    expect(attempts.solo).toBe(true);
    attempts.finished(4);
    expect(attempts.failed(records(5))).toBe('reject');
    attempts.finished(5);
    expect(attempts.solo).toBe(true);
    attempts.finished(6);
    expect(attempts.solo).toBe(false);
  });

  it('counts each batch anew', () => {
    const attempts = createAttempts(2);
    expect(attempts.failed(records(1, 2))).toBe('again');
    attempts.finished(2);
    expect(attempts.failures).toBe(0);
    expect(attempts.failed(records(3, 4))).toBe('again');
  });

  it('needs no second look at a batch of one', () => {
    const attempts = createAttempts(1);
    expect(attempts.failed(records(1))).toBe('reject');
    attempts.finished(1);
    expect(attempts.solo).toBe(false);
  });

  it('is not misled by a batch that grew meanwhile', () => {
    const attempts = createAttempts(1);
    expect(attempts.failed(records(0, 1))).toBe('one-by-one');
    attempts.finished(0);
    attempts.finished(1);
    expect(attempts.failed(records(2, 3))).toBe('one-by-one');
  });
});
