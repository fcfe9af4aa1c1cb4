import { EMPTY, map, mergeMap, NEVER, Observable, of, switchMap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch, Commit } from '../../../../shared/bus/port.ts';
import { openStageLink } from '../../../../shared/bus/stage-link.ts';

const record = { topic: 't', partition: 0, offset: 0, key: 'k', value: '1', headers: {}, at: 0, logged: 0 };
const batch: Batch = { topic: 't', partition: 0, records: [record, { ...record, offset: 1 }] };
const commit = (options: Partial<Commit> = {}): Commit => ({ outputs: [], state: [], done: 2, ...options });

describe('openStageLink', () => {
  it('hands over batches and gives back their commits', async () => {
    const link = openStageLink(map(({ records }) => commit({ done: records.length - 1 })));
    expect(await link.hand(batch)).toEqual(commit({ done: 1 }));
    expect(await link.hand(batch)).toEqual(commit({ done: 1 }));
  });

  it('gives what the stage threw, then and ever after', async () => {
    const link = openStageLink(mergeMap(() => throwError(() => new Error('broken'))));
    await expect(link.hand(batch)).rejects.toThrow('broken');
    await expect(link.hand(batch)).rejects.toThrow('broken');
  });

  it.each([3, -1, 0.5, Number.NaN])('refuses %d of 2 as done', async (done) => {
    const link = openStageLink(map(() => commit({ done })));
    await expect(link.hand(batch)).rejects.toThrow(`${done} of 2`);
  });

  it('refuses a pause that is none', async () => {
    const link = openStageLink(map(() => commit({ retryAfter: -1 })));
    await expect(link.hand(batch)).rejects.toThrow('-1 ms');
  });

  it('refuses two commits for one batch', async () => {
    const link = openStageLink(mergeMap(() => of(commit(), commit())));
    await link.hand(batch);
    await expect(link.hand(batch)).rejects.toThrow('no batch asked for');
  });

  it('refuses a stage that completes', async () => {
    const link = openStageLink(() => EMPTY);
    await expect(link.hand(batch)).rejects.toThrow('completed');
  });

  it('unsubscribes the stage, whatever it still does', () => {
    let unsubscribed = false;
    const link = openStageLink(
      () =>
        new Observable(() => () => {
          unsubscribed = true;
        }),
    );
    link.close();
    expect(unsubscribed).toBe(true);
  });

  it('takes an answer that comes later', async () => {
    const link = openStageLink(switchMap(({ records }) => (records.length === 2 ? Promise.resolve(commit()) : NEVER)));
    expect(await link.hand(batch)).toEqual(commit());
  });
});
