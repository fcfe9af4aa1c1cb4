import type { Presence } from './presence.ts';
import type { Store } from './store.ts';

/** A partition of a group's topic, as the file says it is owned. */
export interface Ownership {
  readonly partition: number;
  readonly epoch: number;
  /** Undefined: free, or its owner is gone. */
  readonly owner: string | undefined;
}

/** One member of a group on a topic. Partitions are shared out so that everybody has the same number or one more, and nothing moves without need. */
export interface Membership {
  /** Gives true if we were no member. */
  join(): boolean;
  leave(): void;
  look(): { readonly quota: number; readonly partitions: readonly Ownership[] };
  /** Takes a free partition: whoever had it can commit no more. Gives the new epoch, or undefined if somebody was quicker. */
  take(ownership: Ownership): number | undefined;
  /** Gives a partition back if it is still ours. */
  release(partition: number, epoch: number): void;
}

export interface MembershipOptions {
  readonly group: string;
  readonly topic: string;
  readonly member: string;
}

export function createMembership(store: Store, presence: Presence, options: MembershipOptions): Membership {
  const { group, topic, member } = options;
  const { ids } = store.table.topic(topic);
  const statements = prepare(store);

  return {
    join() {
      if (statements.members.all(group, topic).some((one) => one.member === member)) return false;
      return store.write(() => statements.join.run(group, topic, member, presence.instance).changes > 0);
    },
    leave: () =>
      store.write(() => {
        statements.leave.run(group, topic, member);
      }),
    // In one read, so that all members see the same shares.
    look: () =>
      store.read(() => {
        const alive = presence.alive();
        const members = statements.members.all(group, topic).filter(({ instance }) => alive.has(instance));
        const owned = new Map(members.map((one) => [one.member, 0]));
        const partitions = ids.map((log, partition): Ownership => {
          const found = statements.position.get(group, log);
          const count = owned.get(found?.member ?? '');
          const owner = count === undefined ? undefined : (found?.member ?? undefined);
          if (owner !== undefined && count !== undefined) owned.set(owner, count + 1);
          return { partition, epoch: found?.epoch ?? 0, owner };
        });
        return { quota: quotaOf(owned, member, ids.length), partitions };
      }),
    take({ partition, epoch }) {
      const log = ids[partition];
      if (log === undefined) return undefined;
      return store.write(() => {
        // A group that never was here begins with the oldest record there is.
        if (epoch === 0) statements.begin.run(group, log, store.table.state(log).oldest);
        return statements.take.run(member, group, log, epoch).changes === 1 ? epoch + 1 : undefined;
      });
    },
    release(partition, epoch) {
      const log = ids[partition];
      if (log !== undefined) store.write(() => statements.release.run(group, log, epoch, member));
    },
  };
}

function prepare({ database }: Store) {
  return {
    join: database.prepare<[string, string, string, string]>(
      'INSERT INTO members ("group", topic, member, instance) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    leave: database.prepare<[string, string, string]>(
      'DELETE FROM members WHERE "group" = ? AND topic = ? AND member = ?',
    ),
    members: database.prepare<[string, string], { member: string; instance: string }>(
      'SELECT member, instance FROM members WHERE "group" = ? AND topic = ? ORDER BY member',
    ),
    position: database.prepare<[string, number], { epoch: number; member: string | null }>(
      'SELECT epoch, member FROM positions WHERE "group" = ? AND log = ?',
    ),
    begin: database.prepare<[string, number, number]>(
      'INSERT INTO positions ("group", log, offset, epoch) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING',
    ),
    take: database.prepare<[string, string, number, number]>(
      'UPDATE positions SET member = ?, epoch = epoch + 1 WHERE "group" = ? AND log = ? AND epoch = ?',
    ),
    release: database.prepare<[string, number, number, string]>(
      'UPDATE positions SET member = NULL WHERE "group" = ? AND log = ? AND epoch = ? AND member = ?',
    ),
  };
}

/**
 * The fair share of a member, given how many partitions each has now. Who has most keeps what cannot be divided, so that a newcomer moves
 * nothing without need. Nothing for who is no member.
 */
export function quotaOf(owned: ReadonlyMap<string, number>, member: string, partitions: number): number {
  const order = [...owned].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const index = order.findIndex(([name]) => name === member);
  if (index < 0) return 0;
  return Math.floor(partitions / order.length) + (index < partitions % order.length ? 1 : 0);
}
