import { describe, expect, it } from 'vitest';
import { createTicks } from '../../../../shared/bus/ticks.ts';

describe('createTicks', () => {
  it('never are due without a timer', () => {
    const ticks = createTicks({ asked: false });
    expect(ticks.due(Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(ticks.waitMs(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are due when the timer is past, and not before', () => {
    const ticks = createTicks({ asked: false });
    ticks.wakeAt(1_000);
    expect(ticks.due(999)).toBe(false);
    expect(ticks.waitMs(400)).toBe(600);
    expect(ticks.due(1_000)).toBe(true);
    expect(ticks.waitMs(2_000)).toBe(0);
    ticks.wakeAt(undefined);
    expect(ticks.due(1_000)).toBe(false);
  });

  it('ask a stage with restored state at once', () => {
    expect(createTicks({ asked: true }).due(5)).toBe(true);
  });

  it('do not become a storm when the log is behind our clock', () => {
    const ticks = createTicks({ asked: false });
    ticks.wakeAt(1_000);
    ticks.appended(1_000);
    ticks.wakeAt(1_000);
    expect(ticks.due(1_001)).toBe(false);
    expect(ticks.due(1_250)).toBe(true);
  });
});
