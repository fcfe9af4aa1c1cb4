import type { OwnedPartition } from '../owned-partition.ts';
import type { BusRecord, Output } from '../port.ts';
import type { Claim, Group } from './groups.ts';
import type { StoredTopic } from './schema.ts';
import type { Store } from './store.ts';
import type { Wakers } from './wakers.ts';

export interface OwnedOptions {
  readonly store: Store;
  readonly group: Group;
  readonly wakers: Wakers;
  readonly topic: StoredTopic;
  readonly stateTopic: StoredTopic | undefined;
  readonly claim: Claim;
  readonly signal: AbortSignal;
  /** Longest sleep before the file is looked at again, ms: what another process appended without a wake is found then. */
  readonly pollMs: number;
  now(): number;
  /** Topics that a commit appended to. */
  appended(topics: readonly string[]): void;
}

const restorePage = 1_000;

/** The claimed partition as the stage runner sees it. A commit is one SQLite transaction. */
export function ownPartition(options: OwnedOptions): OwnedPartition {
  const { store, group, wakers, topic, stateTopic, claim, signal } = options;
  let offset = claim.offset;
  let taken: readonly BusRecord[] = [];

  const look = (size: number) => store.page(topic, { partition: claim.partition, offset }, size);
  const wait = async (size: number, waitMs: number): Promise<readonly BusRecord[]> => {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const mark = wakers.mark(topic.name);
      const records = look(size);
      const left = deadline - performance.now();
      if (records.length > 0 || left <= 0 || signal.aborted) return records;
      await wakers.wait(topic.name, { mark, ms: Math.min(left, options.pollMs), signal });
    }
  };

  return {
    restored: stateTopic === undefined ? new Map() : restore(store, stateTopic, claim.partition),
    take: async (size, waitMs) => {
      taken = await wait(size, waitMs);
      const first = taken[0]?.offset ?? offset;
      const { end } = store.bounds(topic, claim.partition);
      const gap = { topic: topic.name, partition: claim.partition, from: offset, to: first };
      return { records: taken, lag: Math.max(0, end - offset), ...(first > offset ? { gap } : {}) };
    },
    commit: async ({ outputs, state, done }) => {
      const next = done === 0 ? offset : (taken[done - 1]?.offset ?? offset - 1) + 1;
      const now = options.now();
      store.transaction(() => {
        group.advance({ ...claim, offset }, next);
        for (const [name, ofTopic] of byTopic(outputs)) store.append(store.topic(name), ofTopic, now);
        if (stateTopic === undefined || state.length === 0) return;
        const records = state.map(({ key, value }) => ({ key, value, at: now, partition: claim.partition }));
        store.append(stateTopic, records, now);
      });
      offset = next;
      options.appended([...new Set(outputs.map((output) => output.topic))]);
    },
  };
}

function restore(store: Store, topic: StoredTopic, partition: number): ReadonlyMap<string, string> {
  const state = new Map<string, string>();
  const { end } = store.bounds(topic, partition);
  for (let offset = 0; offset < end; ) {
    const records = store.page(topic, { partition, offset }, restorePage);
    for (const { key, value } of records) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    offset = (records.at(-1)?.offset ?? end) + 1;
  }
  return state;
}

function byTopic(outputs: readonly Output[]): ReadonlyMap<string, Output['record'][]> {
  const topics = new Map<string, Output['record'][]>();
  for (const { topic, record } of outputs) {
    const records = topics.get(topic);
    if (records === undefined) topics.set(topic, [record]);
    else records.push(record);
  }
  return topics;
}
