import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookForOthers } from '../../../../../shared/bus/sqlite/look-for-others.ts';
import { createMembership } from '../../../../../shared/bus/sqlite/membership.ts';
import { createPresence } from '../../../../../shared/bus/sqlite/presence.ts';
import { groupsChannel } from '../../../../../shared/bus/sqlite/process.ts';
import { spec } from '../../../../support/bus/stages.ts';
import { type StoreScene, storeScene } from '../../../../support/bus/store.ts';

let scene: StoreScene;
beforeEach(() => {
  scene = storeScene([spec('a', { partitions: 2 }), spec('b', { partitions: 2 })]);
});
afterEach(() => scene.destroy());

/** What is woken by looking. */
function watching() {
  const mine = scene.open();
  const woken: string[] = [];
  const look = lookForOthers({
    ...mine,
    wakeups: { ...mine.wakeups, wake: (channels) => void woken.push(...channels) },
  });
  return {
    mine,
    look: () => {
      look();
      return woken.splice(0);
    },
  };
}

describe('looking for others', () => {
  it('wakes who reads a topic that another connection appended to, once, and nobody else', () => {
    const { look } = watching();
    const other = scene.open();
    expect(look()).toEqual([]);
    other.write((writer) => writer.append('b', [{ key: 'k', value: '1', at: 1, partition: 1 }]));
    expect(look()).toEqual(['b']);
    expect(look()).toEqual([]);
  });

  it('wakes the processings when others join, take, give back or leave', () => {
    const { look } = watching();
    const other = scene.open();
    const presence = createPresence(other, { instance: 'x', leaseMs: 1_000 });
    const membership = createMembership(other, presence, { group: 'g', topic: 'a', member: 'x/1' });
    presence.beat();
    // That somebody is still there changes nothing for anybody.
    expect(look()).toEqual([]);
    membership.join();
    expect(look()).toEqual([groupsChannel]);
    const [free] = membership.look().partitions;
    const epoch = free && membership.take(free);
    expect(look()).toEqual([groupsChannel]);
    membership.release(0, epoch ?? 0);
    expect(look()).toEqual([groupsChannel]);
    membership.leave();
    expect(look()).toEqual([groupsChannel]);
  });

  it('does not miss what another appended between two appends of its own', () => {
    const { mine, look } = watching();
    const append = (store: typeof mine) =>
      store.write((writer) => writer.append('a', [{ key: 'k', value: '1', at: 1, partition: 0 }]));
    append(mine);
    append(scene.open());
    append(mine);
    expect(look()).toEqual(['a']);
  });
});
