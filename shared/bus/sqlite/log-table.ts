import type { SqliteDatabase } from '../../sqlite/open.ts';
import type { TopicSpec } from '../topics.ts';

export interface TopicLogs {
  readonly spec: TopicSpec;
  /** Log id per partition. */
  readonly ids: readonly number[];
}

export interface LogState {
  readonly oldest: number;
  /** One past the newest record. */
  readonly end: number;
  /** When the newest record was appended, ms. */
  readonly logged: number;
  /** Bytes of keys and values. */
  readonly bytes: number;
}

/** The logs of the topics that the bus was opened with. */
export interface LogTable {
  readonly topics: readonly TopicLogs[];
  /** @throws Error if the bus was not opened with the topic. */
  topic(name: string): TopicLogs;
  /** Id of a partition's log. @throws Error if the topic has no such partition. */
  logOf(logs: TopicLogs, partition: number): number;
  state(log: number): LogState;
  /** The next offset that the group takes; undefined if it has not begun. */
  position(group: string, log: number): number | undefined;
}

export function openLogTable(database: SqliteDatabase, specs: readonly TopicSpec[]): LogTable {
  const find = database.prepare<[string], number>('SELECT id FROM logs WHERE topic = ? ORDER BY partition').pluck();
  const look = database.prepare<[number], LogState>('SELECT oldest, end, logged, bytes FROM logs WHERE id = ?');
  const at = database
    .prepare<[string, number], number>('SELECT offset FROM positions WHERE "group" = ? AND log = ?')
    .pluck();
  const topics = specs.map((spec): TopicLogs => ({ spec, ids: find.all(spec.name) }));
  const byName = new Map(topics.map((logs) => [logs.spec.name, logs]));
  return {
    topics,
    topic(name) {
      const logs = byName.get(name);
      if (logs === undefined) throw new Error(`topic ${name} is not among those the bus was opened with`);
      return logs;
    },
    logOf(logs, partition) {
      const id = logs.ids[partition];
      if (id === undefined) throw new Error(`topic ${logs.spec.name} has no partition ${partition}`);
      return id;
    },
    state(log) {
      const state = look.get(log);
      if (state === undefined) throw new Error(`log ${log} is gone`);
      return state;
    },
    position: (group, log) => at.get(group, log),
  };
}
