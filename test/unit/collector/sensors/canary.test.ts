import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCanarySensor } from '../../../../collector/sensors/canary.ts';
import type { Observation } from '../../../../shared/observation.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000 }));
afterEach(() => vi.useRealTimers());

it('a canary is told as often as it is to be, while the engine is there', async () => {
  let client: object | undefined;
  const told: Observation[] = [];
  const host = { id: 'HOST', name: 'anchor' };
  const sensor = createCanarySensor({ host: () => host, client: () => client, now: Date.now, everyMs: 1_000 });
  const watching = sensor.observe().subscribe((one) => void told.push(one));
  await vi.advanceTimersByTimeAsync(2_500);
  expect(told).toEqual([]);
  client = {};
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toMatchObject([
    { kind: 'canary', at: 4_000, host },
    { kind: 'canary', at: 5_000, host },
  ]);
  watching.unsubscribe();
});
