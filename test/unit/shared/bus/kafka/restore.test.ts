import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { restoreState } from '../../../../../shared/bus/kafka/restore.ts';
import { createLogDouble } from '../../../../support/kafka/log-double.ts';

const place = { topic: 'state', partition: 0, signal: new AbortController().signal };

describe('restoring', () => {
  it('keeps the latest value of each key, without what was removed', async () => {
    // Keys alternate: k0, k1, k0, k1.
    const log = createLogDouble(['first', 'one', 'second', null]);
    log.most = 1;
    expect(await restoreState(log.reader, place)).toEqual(new Map([['k0', 'second']]));
  });

  it('reads past what somebody else has open, to what is committed behind it', async () => {
    const log = createLogDouble(['old', 'other', 'new']);
    log.stable = 1;
    let questions = 0;
    log.asked = () => {
      questions += 1;
      if (questions === 3) log.stable = 3;
    };
    expect((await restoreState(log.reader, place)).get('k0')).toBe('new');
  });

  it('ends where markers or compaction left no record', async () => {
    const log = createLogDouble(['value']);
    Object.assign(log, { stable: 9, end: 9 });
    expect(await restoreState(log.reader, place)).toEqual(new Map([['k0', 'value']]));
    expect(await restoreState(createLogDouble([]).reader, place)).toEqual(new Map());
  });

  it('gives up when the partition is lost meanwhile', async () => {
    const log = createLogDouble(['value']);
    log.end = 5;
    const stop = new AbortController();
    log.asked = () => stop.abort(new Error('lost'));
    await expect(restoreState(log.reader, { ...place, signal: stop.signal })).rejects.toThrow('lost');
  });

  it('does not wait for ever for a transaction that nobody ends', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const log = createLogDouble(['old', 'open']);
    log.stable = 1;
    log.asked = () => vi.advanceTimersByTime(5_000);
    await expect(restoreState(log.reader, place)).rejects.toThrow('holds up the state in state/0 at 1');
  });
});
