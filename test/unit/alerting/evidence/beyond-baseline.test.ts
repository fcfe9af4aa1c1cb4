import { describe, expect, it } from 'vitest';
import { evidenceBaseline } from '../../../../alerting/evidence/beyond-baseline.ts';
import type { BaselineView, ItemView } from '../../../../shared/baseline-view.ts';

const window = { from: 1_000, to: 2_000 };
const item = (text: string, more: Partial<ItemView>): ItemView => ({
  key: text,
  text,
  as: 'learned',
  phases: ['steady'],
  known: ['steady'],
  count: 1,
  first: 500,
  last: 1_500,
  ...more,
});
const phase = { phase: 'steady', state: 'steady', sightings: 9, newProbability: 0.01, missing: [] } as const;
const viewOf = (items: readonly ItemView[], state: BaselineView['state'] = 'steady'): BaselineView => ({
  host: { id: 'h', name: 'h' },
  workload: { id: 'w', name: 'w' },
  feature: 'exec-commands',
  state,
  mode: 'learn',
  missing: [],
  phases: { startup: phase, steady: phase },
  seen: 1_500,
  versions: [],
  items,
});
const beyond = (...items: readonly ItemView[]) =>
  evidenceBaseline(viewOf(items), window).beyond?.map(({ text }) => text);

describe('what was beyond a baseline within a window', () => {
  it('is what was never seen before, and what was seen and not learned, first seen first', () => {
    const told = item('told', { as: 'novel', known: [], first: 900 });
    const found = item('new', { first: 1_200 });
    expect(beyond(found, item('usual', {}), told)).toEqual(['told', 'new']);
  });

  it('is not what came after it, was over before it, was never seen or is approved', () => {
    const approved = { by: 'ada', at: 1, reason: 'job' };
    expect(
      beyond(
        item('after', { first: 2_001, last: 2_001 }),
        item('before', { as: 'novel', known: [], first: 1, last: 999 }),
        item('pinned', { count: 0, first: 1_100, last: 1_100 }),
        item('approved', { first: 1_100, approved }),
      ),
    ).toBeUndefined();
  });

  it('is nothing while it is learning, and names fifty', () => {
    const many = Array.from({ length: 60 }, (_, n) => item(`new ${n}`, { first: 1_100 }));
    expect(evidenceBaseline(viewOf(many, 'learning'), window)).not.toHaveProperty('beyond');
    const told = evidenceBaseline(viewOf(many), window);
    expect([told.beyond?.length, told.more]).toEqual([50, 10]);
  });
});
