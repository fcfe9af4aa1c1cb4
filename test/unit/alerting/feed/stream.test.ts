import { describe, expect, it } from 'vitest';
import { pulledBody } from '../../../../alerting/feed/stream.ts';

async function* lines(error?: Error): AsyncGenerator<string> {
  yield 'one\n';
  if (error !== undefined) throw error;
}

describe('a pulled body', () => {
  it('is over when its source ends', async () => {
    let ends = 0;
    const body = pulledBody(lines(), () => void (ends += 1));
    expect(await new Response(body).text()).toBe('one\n');
    expect(ends).toBe(1);
  });

  it('is over when its source fails, so that its place is free again', async () => {
    let ends = 0;
    const body = pulledBody(lines(new Error('the log is locked')), () => void (ends += 1));
    await expect(new Response(body).text()).rejects.toThrow('the log is locked');
    expect(ends).toBe(1);
  });

  it('is over when its reader goes away', async () => {
    let ends = 0;
    await pulledBody(lines(), () => void (ends += 1)).cancel();
    expect(ends).toBe(1);
  });
});
