import { describe, expect, it } from 'vitest';
import { createSeen, seenHorizon } from '../../../analyzer/seen.ts';

function commit(state: Map<string, string>, seen: ReturnType<typeof createSeen>): void {
  for (const { key, value } of seen.table.takeChanges()) {
    if (value === null) state.delete(key);
    else state.set(key, value);
  }
}

describe('ids that were seen', () => {
  it('are remembered up to the horizon and no further, over restores', () => {
    const state = new Map<string, string>();
    let seen = createSeen({ partition: 0, restored: state });
    for (let number = 0; number < seenHorizon + 500; number += 1) {
      expect(seen.isNew('h', `id ${number}`, number)).toBe(true);
      commit(state, seen);
      if (number % 1_000 === 0) seen = createSeen({ partition: 0, restored: state });
    }
    // The last value is filled while the oldest is already gone, so up to one value less is remembered.
    for (let number = 628; number < seenHorizon + 500; number += 1)
      expect(seen.isNew('h', `id ${number}`, 0)).toBe(false);
    expect(seen.isNew('h', 'id 0', 0)).toBe(true);
    expect(state.size).toBeLessThanOrEqual(64);
    expect(Math.max(...[...state.values()].map((value) => value.length))).toBeLessThan(8_192);
  });

  it('are those of one host', () => {
    const seen = createSeen({ partition: 0, restored: new Map() });
    expect(seen.isNew('h', 'id', 0)).toBe(true);
    expect(seen.isNew('other', 'id', 0)).toBe(true);
    expect(seen.isNew('h', 'id', 0)).toBe(false);
  });
});
