import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { type OpenStage, openStage } from './open-stage.ts';
import type { OwnedPartition, Taken } from './owned-partition.ts';
import { type BusGap, type BusRecord, busGapHeader, type Commit, type Output, type Processor } from './port.ts';
import { topic as topics } from './topics.ts';

/** One partition of one processing, run until the signal is aborted. Both buses use it, so both keep the port's promises alike. */
export interface StageRun {
  readonly topic: string;
  readonly partition: number;
  readonly processor: Processor;
  readonly signal: AbortSignal;
  /** Clock of the owner, ms: only decides when a quiet partition gets a tick. */
  now(): number;
  /** Appends a tick to the input. */
  appendTick(partition: number, at: number): Promise<void>;
}

const defaultBatchSize = 500;
const defaultAttempts = 3;
/** How long to wait for records before the timers are looked at. */
const idleMs = 500;
/** Pause before a batch of which nothing was done is handed over again. */
const againMs = 100;
/** How long a batch under way may still take after stop before it is left to the next owner. */
const graceMs = 2_000;

/** Resolves after stop; rejects when a commit failed, which ends the ownership. */
export async function runStage(owned: OwnedPartition, run: StageRun): Promise<void> {
  const state = new Map(owned.restored);
  const stage = reopenable(run, state);
  const committer = createCommitter(owned, state);
  const ticker = createTicker(run);
  let failures = 0;
  try {
    while (!run.signal.aborted) {
      const taken = await owned.take(run.processor.batchSize ?? defaultBatchSize, idleMs);
      if (run.signal.aborted) break;
      if (taken.records.length === 0) {
        await ticker.quiet();
        continue;
      }
      const commit = await attempt(stage, run, { taken, number: failures + 1 });
      if (commit === 'stopped') break;
      if (commit === 'failed') {
        failures += 1;
        if (failures < (run.processor.attempts ?? defaultAttempts)) continue;
        await oneByOne({ stage, run, taken, committer });
        failures = 0;
        continue;
      }
      failures = 0;
      await committer.commit(commit, taken);
      ticker.committed(commit);
      notice(run, { lag: taken.lag - commit.done });
      await pause(commit, run.signal);
    }
  } finally {
    stage.close();
  }
}

type Reopenable = OpenStage & { reopen(): void };

function reopenable({ processor, partition, signal }: StageRun, state: ReadonlyMap<string, string>): Reopenable {
  const open = (): OpenStage => openStage(processor.open({ partition, restored: new Map(state) }));
  let stage = open();
  return {
    run: (batch) => stage.run(batch),
    close: () => stage.close(),
    reopen: () => {
      stage.close();
      if (!signal.aborted) stage = open();
    },
  };
}

async function attempt(
  stage: Reopenable,
  run: StageRun,
  { taken, number }: { taken: Taken; number: number },
): Promise<Commit | 'failed' | 'stopped'> {
  const { topic, partition, signal, processor } = run;
  const grace = new AbortController();
  const stopped = stoppedFor(signal, grace.signal);
  try {
    return await Promise.race([stage.run({ topic, partition, records: withGap(taken) }), stopped]);
  } catch (error) {
    processor.notice?.({ kind: 'batch-failed', partition, attempt: number, error });
    stage.reopen();
    return 'failed';
  } finally {
    grace.abort();
  }
}

async function stoppedFor(signal: AbortSignal, ended: AbortSignal): Promise<'stopped'> {
  const never = new Promise<never>(() => undefined);
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: ended });
  });
  try {
    await delay(graceMs, undefined, { signal: ended });
    return 'stopped';
  } catch {
    return never;
  }
}

/** The batch failed again and again: find the record that does it, and let all others through. */
async function oneByOne(work: { stage: Reopenable; run: StageRun; taken: Taken; committer: Committer }): Promise<void> {
  const { stage, run, taken, committer } = work;
  const { topic, partition, processor } = run;
  for (const record of withGap(taken)) {
    if (run.signal.aborted) return;
    const alone: Taken = isGap(record) ? { ...taken, records: [] } : { records: [record], lag: taken.lag };
    let commit: Commit;
    try {
      commit = await stage.run({ topic, partition, records: [record] });
    } catch (error) {
      stage.reopen();
      processor.notice?.({ kind: 'rejected', record, error });
      commit = { outputs: [rejected(record, error)], state: [], done: 1 };
    }
    await committer.commit(commit, alone);
    await pause(commit, run.signal);
    // Not done and nothing to reject: the stage wants it again, with the rest.
    if (commit.done === 0) return;
  }
}

interface Committer {
  commit(commit: Commit, taken: Taken): Promise<void>;
}

function createCommitter(owned: OwnedPartition, state: Map<string, string>): Committer {
  return {
    commit: async ({ outputs, state: changes, done }, { gap, records }) => {
      // The gap's record stands before the records of the log and is not one of them.
      const before = gap === undefined ? 0 : 1;
      await owned.commit({ outputs, state: changes, done: Math.min(records.length, Math.max(0, done - before)) });
      for (const { key, value } of changes) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
    },
  };
}

/** Appends a tick when the partition is quiet and a timer is due, or when nobody knows yet whether one is. */
function createTicker({ partition, now, appendTick }: StageRun) {
  let nextWake: number | undefined = 0;
  return {
    quiet: async (): Promise<void> => {
      const at = now();
      if (nextWake === undefined || at <= nextWake) return;
      nextWake = undefined;
      await appendTick(partition, at);
    },
    committed: (commit: Commit): void => {
      nextWake = commit.nextWake;
    },
  };
}

function withGap({ gap, records }: Taken): readonly BusRecord[] {
  const first = records[0];
  return gap === undefined || first === undefined ? records : [gapRecord(gap, first), ...records];
}

const gapRecord = (gap: BusGap, first: BusRecord): BusRecord => ({
  topic: gap.topic,
  partition: gap.partition,
  offset: gap.from,
  key: 'gap',
  value: JSON.stringify(gap),
  headers: { [busGapHeader]: '1' },
  at: first.at,
  logged: first.logged,
});

const isGap = (record: BusRecord): boolean => record.headers[busGapHeader] !== undefined;

/** What `rejected` keeps of a record that no stage could take. */
function rejected(record: BusRecord, error: unknown): Output {
  const { topic, partition, offset, key, value, headers } = record;
  const reason = messageOf(error);
  return {
    topic: topics.rejected,
    record: { key, value: JSON.stringify({ topic, partition, offset, key, value, headers, reason }), at: record.at },
  };
}

function notice({ processor, partition }: StageRun, { lag }: { lag: number }): void {
  processor.notice?.({ kind: 'lag', partition, records: Math.max(0, lag) });
}

async function pause({ done, retryAfter }: Commit, signal: AbortSignal): Promise<void> {
  const ms = retryAfter ?? (done === 0 ? againMs : 0);
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
}
