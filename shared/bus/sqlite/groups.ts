import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { StoredTopic } from './schema.ts';

/** A claimed partition: whoever holds the newest epoch may commit. */
export interface Claim {
  readonly partition: number;
  readonly epoch: number;
  /** Next offset to process. */
  readonly offset: number;
}

export interface GroupOptions {
  readonly group: string;
  readonly topic: StoredTopic;
  readonly member: string;
  /** A member that was not heard of for so long is dead, ms. */
  readonly leaseMs: number;
}

/** Membership of one process in a consumer group on one topic. All calls are synchronous and small. */
export interface Group {
  /** Says that the member lives, renews its claims, and answers which partitions are meant to be its own. */
  beat(now: number): readonly number[];
  /** Takes a partition that nobody holds (or whose holder is dead); undefined while another holds it. */
  claim(partition: number, now: number): Claim | undefined;
  /** Moves the position inside the transaction of a commit. @throws Fenced when another has claimed the partition since. */
  advance(claim: Claim, offset: number): void;
  release(partition: number): void;
  leave(): void;
}

/** Another member took the partition; what this one still does with it is not to become visible. */
export class Fenced extends Error {
  constructor(partition: number) {
    super(`partition ${partition} is owned by another member now`);
    this.name = 'Fenced';
  }
}

export function openGroup(database: SqliteDatabase, { group, topic, member, leaseMs }: GroupOptions): Group {
  const sql = statements(database);
  const inTransaction = <T>(work: () => T): T => database.transaction(work).immediate();
  return {
    beat: (now) =>
      inTransaction(() => {
        sql.beat.run(group, topic.id, member, now + leaseMs);
        sql.bury.run(group, topic.id, now);
        sql.renew.run(now + leaseMs, group, topic.id, member);
        const members = sql.members.all(group, topic.id).map(({ id }) => id);
        const mine = members.indexOf(member);
        return Array.from({ length: topic.partitions }, (_, partition) => partition).filter(
          (partition) => partition % members.length === mine,
        );
      }),
    claim: (partition, now) =>
      inTransaction(() => {
        sql.found.run(group, topic.id, partition);
        const taken = sql.claim.get(member, now + leaseMs, group, topic.id, partition, member, now);
        return taken === undefined ? undefined : { partition, epoch: taken.epoch, offset: taken.off };
      }),
    advance: (claim, offset) => {
      const { changes } = sql.advance.run(offset, group, topic.id, claim.partition, claim.epoch, claim.offset);
      if (changes === 0) throw new Fenced(claim.partition);
    },
    release: (partition) => void sql.release.run(group, topic.id, partition, member),
    leave: () =>
      inTransaction(() => {
        sql.releaseAll.run(group, topic.id, member);
        sql.leave.run(group, topic.id, member);
      }),
  };
}

function statements(database: SqliteDatabase) {
  return {
    beat: database.prepare(
      'INSERT INTO member (grp, topic, id, until) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until',
    ),
    bury: database.prepare('DELETE FROM member WHERE grp = ? AND topic = ? AND until < ?'),
    renew: database.prepare('UPDATE position SET until = ? WHERE grp = ? AND topic = ? AND owner = ?'),
    members: database.prepare<[string, number], { id: string }>(
      'SELECT id FROM member WHERE grp = ? AND topic = ? ORDER BY id',
    ),
    found: database.prepare(
      // A new group begins at the oldest record there is: what it never saw is not a gap.
      `INSERT INTO position (grp, topic, part, off, epoch, owner, until)
       SELECT ?, topic, part, oldest, 0, NULL, 0 FROM log WHERE topic = ? AND part = ? ON CONFLICT DO NOTHING`,
    ),
    claim: database.prepare<[string, number, string, number, number, string, number], { epoch: number; off: number }>(
      `UPDATE position SET owner = ?, until = ?, epoch = epoch + 1
       WHERE grp = ? AND topic = ? AND part = ? AND (owner IS NULL OR owner = ? OR until < ?) RETURNING epoch, off`,
    ),
    // The compare-and-set of the position: epoch and old offset must be what this owner knows.
    advance: database.prepare(
      'UPDATE position SET off = ? WHERE grp = ? AND topic = ? AND part = ? AND epoch = ? AND off = ?',
    ),
    release: database.prepare(
      'UPDATE position SET owner = NULL, until = 0 WHERE grp = ? AND topic = ? AND part = ? AND owner = ?',
    ),
    releaseAll: database.prepare(
      'UPDATE position SET owner = NULL, until = 0 WHERE grp = ? AND topic = ? AND owner = ?',
    ),
    leave: database.prepare('DELETE FROM member WHERE grp = ? AND topic = ? AND id = ?'),
  };
}
