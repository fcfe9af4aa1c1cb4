import { expect, it } from 'vitest';
import { engineState } from '../../../collector/engine-state.ts';

it.each([
  ['is there', { connected: true }, 100_000, 'running'],
  ['is there again', { connected: true, lostAt: 1_000 }, 100_000, 'running'],
  ['is restarted', { connected: false, lostAt: 70_000 }, 100_000, 'running'],
  ['is away', { connected: false, lostAt: 69_999 }, 100_000, 'unavailable'],
  ['was never there', { connected: false }, 100_000, 'unavailable'],
])('an engine that %s', (_, status, now, state) => {
  expect(engineState(status, now)).toBe(state);
});
