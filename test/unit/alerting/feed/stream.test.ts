import { describe, expect, it } from 'vitest';
import { pulledBody } from '../../../../alerting/feed/stream.ts';

async function* lines(error?: Error): AsyncGenerator<string> {
  yield 'one\n';
  if (error !== undefined) throw error;
}

describe('a pulled body', () => {
  it('is over when its source ends', async () => {
    const ends: number[] = [];
    const body = pulledBody(lines(), () => ends.push(1));
    expect(await new Response(body).text()).toBe('one\n');
    expect(ends).toEqual([1]);
  });

  it('is over when its source fails, so that its place is free again', async () => {
    const ends: number[] = [];
    const body = pulledBody(lines(new Error('the log is locked')), () => ends.push(1));
    await expect(new Response(body).text()).rejects.toThrow('the log is locked');
    expect(ends).toEqual([1]);
  });

  it('is over when its reader goes away', async () => {
    const ends: number[] = [];
    await pulledBody(lines(), () => ends.push(1)).cancel();
    expect(ends).toEqual([1]);
  });
});
