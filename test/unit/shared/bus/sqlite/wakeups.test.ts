import { describe, expect, it } from 'vitest';
import { createWakeups } from '../../../../../shared/bus/sqlite/wakeups.ts';

const never = new AbortController().signal;
const minute = 60_000;

describe('createWakeups', () => {
  it('wakes who waits for the channel, and nobody else', async () => {
    const wakeups = createWakeups();
    const woken: string[] = [];
    const wait = (channel: string): Promise<void> =>
      wakeups.wait(channel, minute, never).then(() => void woken.push(channel));
    const both = [wait('a'), wait('a')];
    const other = wait('b');
    wakeups.wake(['a', 'nobody']);
    await Promise.all(both);
    expect(woken).toEqual(['a', 'a']);
    wakeups.wake(['b']);
    await other;
    expect(woken).toEqual(['a', 'a', 'b']);
  });

  it('ends by the signal, also by one that was given before', async () => {
    const wakeups = createWakeups();
    const stop = new AbortController();
    const waiting = wakeups.wait('a', minute, stop.signal);
    stop.abort();
    await waiting;
    await wakeups.wait('a', minute, stop.signal);
  });

  it('ends by its time, and does not wait for none', async () => {
    const wakeups = createWakeups();
    await wakeups.wait('a', 1, never);
    await wakeups.wait('a', 0, never);
  });
});
