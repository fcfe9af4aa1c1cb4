import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messageOf } from '../../../shared/errors.ts';
import { publishStatus } from '../../../shared/publish-status.ts';
import { createMemoryBus } from '../../support/memory-bus.ts';

beforeEach(() => void vi.useFakeTimers({ now: 7 }));
afterEach(() => void vi.useRealTimers());

describe('a published status', () => {
  it('is withdrawn last of all, after what was still being written', async () => {
    const bus = createMemoryBus();
    const asked = new EventEmitter();
    const status = () => once(asked, 'answer').then(() => ({ part: 'x' }));
    const publishing = publishStatus({ bus, key: () => 'x/1', status, clock: () => 7, onFailure: expect.unreachable });
    void publishing.now();
    const stopped = publishing.stop(null);
    asked.emit('answer');
    await stopped;
    expect(bus.all('status').map(({ key, value }) => [key, value])).toEqual([
      ['x/1', '{"part":"x"}'],
      ['x/1', null],
    ]);
    await bus.close();
  });

  it('does not pile up behind a log that does not answer, and is not waited for at the end', async () => {
    let begun = 0;
    const append = (): Promise<void> => {
      begun += 1;
      return new Promise(() => undefined);
    };
    const publishing = publishStatus({
      bus: { append },
      key: () => 'x/1',
      status: () => ({}),
      clock: () => 7,
      onFailure: expect.unreachable,
    });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(begun).toBe(1);
    const stopped = publishing.stop(null);
    await vi.advanceTimersByTimeAsync(1_000);
    await stopped;
  });

  it('that fails, also in the making, is told and tried again', async () => {
    const bus = createMemoryBus();
    let broken = true;
    const status = () => {
      if (broken) throw new Error('no disk');
      return {};
    };
    const failures: unknown[] = [];
    const publishing = publishStatus({
      bus,
      key: () => 'x/1',
      status,
      clock: () => 7,
      onFailure: (error) => failures.push(error),
    });
    await publishing.now();
    expect(failures).toEqual([new Error('no disk')]);
    broken = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(bus.all('status')).toHaveLength(1);
    await publishing.stop(null);
    await bus.close();
  });

  it('counts how often it failed for one reason, and at a stop only the last word fails', async () => {
    const failures: unknown[] = [];
    let reason: string | undefined = 'refused';
    const bus = {
      append: async () => {
        if (reason !== undefined) throw new Error(reason);
      },
    };
    const publishing = publishStatus({
      bus,
      key: () => 'x/1',
      status: () => ({}),
      clock: () => 7,
      onFailure: (error, again) => failures.push([messageOf(error), again]),
    });
    for (const next of ['refused', 'refused', 'closed', undefined, 'closed']) {
      reason = next;
      await publishing.now();
    }
    const expected = [
      ['refused', 0],
      ['refused', 1],
      ['closed', 0],
      ['closed', 0],
    ];
    expect(failures).toEqual(expected);
    void publishing.now();
    await publishing.stop(null);
    expect(failures).toEqual([...expected, ['closed', 1]]);
  });
});
