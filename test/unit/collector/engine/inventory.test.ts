import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../../collector/engine/event.ts';
import { containerAt, createInventory } from '../../../../collector/engine/inventory.ts';
import { known } from '../../../support/collector/known.ts';

const event = (action: string, at: number, more: Partial<EngineEvent> = {}): EngineEvent => ({
  type: 'container',
  action,
  text: '',
  actor: 'web',
  attributes: {},
  scope: 'local',
  nano: `${at}000000`,
  at,
  ...more,
});

const snapshot = (look: Parameters<typeof known>[1] = {}) => known('web', look).snapshot;

function inventoryWith(...events: readonly EngineEvent[]) {
  const inventory = createInventory();
  inventory.restore([known('web')]);
  for (const one of events) inventory.apply(one);
  return inventory;
}

describe('events move what is known', () => {
  test.each([
    [['pause'], 'paused'],
    [['pause', 'unpause'], 'running'],
    [['die'], 'exited'],
    [['die', 'start'], 'running'],
    [['die', 'destroy'], 'dead'],
    [['exec_create', 'top', 'resize'], 'running'],
  ])('%j → %s', (actions, state) => {
    const inventory = inventoryWith(...actions.map((action, index) => event(action, 2_000 + index)));
    expect(inventory.get('web')?.state).toBe(state);
  });

  test('a start gives the time, an end takes the process, a removal takes it from the living', () => {
    expect(inventoryWith(event('start', 5_000)).get('web')).toMatchObject({ startedAt: 5_000, pid: 42 });
    expect(inventoryWith(event('die', 5_000)).get('web')?.pid).toBe(0);
    const inventory = inventoryWith(event('die', 5_000), event('destroy', 6_000));
    expect(inventory.living()).toEqual([]);
    expect(inventory.alive('web')).toBeUndefined();
    expect(inventory.get('web')?.destroyedAt).toBe(6_000);
  });

  test('one is found by its id as long as it exists', () => {
    const inventory = inventoryWith(event('die', 5_000));
    expect(inventory.alive('web')).toBe(inventory.living()[0]);
    expect(inventory.alive('db')).toBeUndefined();
  });

  test('a rename gives the name; of another container or kind of object nothing is taken', () => {
    expect(inventoryWith(event('rename', 2_000, { attributes: { name: 'new' } })).get('web')?.name).toBe('new');
    expect(inventoryWith(event('rename', 2_000)).get('web')?.name).toBe('web');
    expect(inventoryWith(event('destroy', 2_000, { actor: 'db' })).living()).toHaveLength(1);
    expect(inventoryWith(event('destroy', 2_000, { type: 'network' })).living()).toHaveLength(1);
  });
});

test('after an engine’s restart its containers are of unknown age until their start is heard or seen', () => {
  const inventory = inventoryWith();
  inventory.doubtStarts();
  const [web] = inventory.living();
  expect(web && containerAt(web, 900_000).container).not.toHaveProperty('age_s');
  expect(inventory.learn(snapshot({ facts: { started_at: 9_000 } }), 7).startedAt).toBe(9_000);
});

describe('snapshots', () => {
  test('learning one leaves name, state and start as the events said', () => {
    const inventory = inventoryWith(event('die', 2_000));
    const later = snapshot({ facts: { name: 'other', state: 'running', started_at: 9_000 }, hash: 'new' });
    expect(inventory.learn(later, 7)).toMatchObject({ name: 'web', state: 'exited', startedAt: 1_000, pid: 7 });
    expect(inventory.get('web')?.snapshot.hash).toBe('new');
  });

  test('correcting by one takes all of it, and one that was dead lives', () => {
    const inventory = inventoryWith(event('destroy', 2_000));
    const later = snapshot({ facts: { name: 'other', state: 'running', started_at: 9_000 } });
    expect(inventory.correct(later, 7)).toEqual({
      id: 'web',
      name: 'other',
      state: 'running',
      startedAt: 9_000,
      pid: 7,
      snapshot: later,
    });
    expect(inventory.living()).toHaveLength(1);
  });

  test('of a container that was not known all comes from the snapshot', () => {
    const learned = createInventory().learn(snapshot(), 0);
    expect(learned).toEqual({ id: 'web', name: 'web', state: 'created', pid: 0, snapshot: snapshot() });
  });
});

describe('what an observation of some time says', () => {
  test('age counts from the start, to the millisecond, never below zero, and only of what runs', () => {
    expect(containerAt(known('web'), 3_500).container).toMatchObject({
      started_at: 1_000,
      age_s: 2.5,
      state: 'running',
    });
    expect(containerAt(known('web'), 500).container.age_s).toBe(0);
    expect(containerAt(known('web', { state: 'exited' }), 3_500).container).not.toHaveProperty('age_s');
  });

  test('the name that the events gave wins over that of the snapshot', () => {
    const { container, workload } = containerAt(known('web', { name: 'renamed', facts: { name: 'web' } }), 2_000);
    expect(container.name).toBe('renamed');
    expect(workload).toEqual(known('web').snapshot.workload);
  });
});
