import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMembership, quotaOf } from '../../../../../shared/bus/sqlite/membership.ts';
import { createPresence } from '../../../../../shared/bus/sqlite/presence.ts';
import { hasEnded, processIdentity } from '../../../../../shared/bus/sqlite/process-identity.ts';
import { spec } from '../../../../support/bus/stages.ts';
import { type StoreScene, storeScene } from '../../../../support/bus/store.ts';

const leaseMs = 100;
let scene: StoreScene;
beforeEach(() => {
  scene = storeScene([spec('t', { partitions: 3 })]);
});
afterEach(() => scene.destroy());

function memberOf(instance: string) {
  const store = scene.open();
  const presence = createPresence(store, { instance, leaseMs });
  const membership = createMembership(store, presence, { group: 'g', topic: 't', member: `${instance}/1` });
  presence.beat();
  membership.join();
  const takeFree = () =>
    membership
      .look()
      .partitions.filter(({ owner }) => owner === undefined)
      .slice(0, membership.look().quota)
      .flatMap((ownership) => {
        const epoch = membership.take(ownership);
        return epoch === undefined ? [] : [{ partition: ownership.partition, epoch }];
      });
  return { presence, membership, takeFree, owners: () => membership.look().partitions.map(({ owner }) => owner) };
}

describe('membership', () => {
  it('gives a partition one owner', () => {
    const a = memberOf('a');
    const [first] = a.membership.look().partitions;
    const b = memberOf('b');
    expect(first && a.membership.take(first)).toBe(1);
    // b decided on what it saw before.
    expect(first && b.membership.take(first)).toBeUndefined();
    expect(b.owners()[0]).toBe('a/1');
  });

  it('shares out evenly, and a partition that is given back is free', () => {
    const a = memberOf('a');
    expect(a.takeFree()).toHaveLength(3);
    const b = memberOf('b');
    expect([a.membership.look().quota, b.membership.look().quota]).toEqual([2, 1]);
    expect(b.takeFree()).toEqual([]);
    a.membership.release(2, 1);
    expect(b.takeFree()).toEqual([{ partition: 2, epoch: 2 }]);
    // Too late: it belongs to another now.
    a.membership.release(2, 1);
    expect(a.owners()).toEqual(['a/1', 'a/1', 'b/1']);
  });

  it('frees the partitions of an instance whose lease ran out, and of none before', () => {
    const a = memberOf('a');
    a.takeFree();
    scene.time += leaseMs - 1;
    const b = memberOf('b');
    expect(b.owners()).toEqual(['a/1', 'a/1', 'a/1']);
    scene.time += 1;
    expect(b.owners()).toEqual([undefined, undefined, undefined]);
    expect(b.membership.look().quota).toBe(3);
    a.presence.beat();
    expect(b.owners()).toEqual(['a/1', 'a/1', 'a/1']);
  });

  it('has nothing for who is no member, and joining again changes nothing', () => {
    const a = memberOf('a');
    expect(a.membership.join()).toBe(false);
    a.membership.leave();
    expect(a.membership.look().quota).toBe(0);
    expect(a.membership.join()).toBe(true);
  });

  it('forgets instances that are long dead, with their memberships', () => {
    memberOf('a');
    scene.time += 3 * leaseMs;
    const b = memberOf('b');
    scene.time -= 3 * leaseMs;
    expect([...b.presence.alive()]).toEqual(['b']);
  });
});

describe('quotaOf', () => {
  it('differs by one at most and adds up', () => {
    for (let members = 1; members <= 5; members += 1)
      for (let partitions = 0; partitions <= 9; partitions += 1) {
        const owned = new Map(Array.from({ length: members }, (_, index) => [`m${index}`, index % 3]));
        const quotas = [...owned.keys()].map((name) => quotaOf(owned, name, partitions));
        expect(quotas.reduce((sum, quota) => sum + quota, 0)).toBe(partitions);
        expect(Math.max(...quotas) - Math.min(...quotas)).toBeLessThanOrEqual(1);
      }
    expect(quotaOf(new Map([['a', 4]]), 'b', 4)).toBe(0);
  });

  it('moves nothing without need, whatever a newcomer is called', () => {
    for (const newcomer of ['a', 'z']) {
      const owned = new Map([
        ['m', 1],
        [newcomer, 0],
      ]);
      expect([quotaOf(owned, 'm', 1), quotaOf(owned, newcomer, 1)]).toEqual([1, 0]);
      expect([quotaOf(owned, 'm', 3), quotaOf(owned, newcomer, 3)]).toEqual([2, 1]);
    }
  });
});

describe('the identity of a process', () => {
  it('tells a living process from one that ended', () => {
    const own = processIdentity() ?? '';
    expect(hasEnded(own)).toBe(false);
    const [namespace, pid, started] = own.split(' ');
    // The pid was given to another process.
    expect(hasEnded(`${namespace} ${pid} ${Number(started) - 1}`)).toBe(true);
    const { pid: ended } = spawnSync('true');
    expect(hasEnded(`${namespace} ${ended} ${started}`)).toBe(true);
  });

  it('knows nothing of processes in another pid namespace', () => {
    const { pid: ended } = spawnSync('true');
    expect(hasEnded(`pid:[1] ${ended} 1`)).toBe(false);
    expect(hasEnded('')).toBe(false);
  });
});
