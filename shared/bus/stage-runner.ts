import { setTimeout as delay } from 'node:timers/promises';
import { MalformedError } from '../errors.ts';
import { createAttempts } from './attempts.ts';
import { createBatchSize, firstOf, writtenBy } from './batch-size.ts';
import type { Batch, BusGap, BusRecord, Commit, Output, Processor, StateChange } from './port.ts';
import { gapRecord, rejection } from './rejection.ts';
import { createReopenedStage, type ReopenedStage } from './reopened-stage.ts';
import { createTicks } from './ticks.ts';

/** A partition that this process owns: whoever had it before can commit no more. What a bus has to provide; the rest is here. */
export interface OwnedPartition {
  /** The state topic's partition as of the last commit, latest value per key, tombstones left out. Asked again after a stage failed. */
  restore(): Promise<ReadonlyMap<string, string>>;
  /** The first records not done, at most `size`, in offset order; waits up to `waitMs` for the first. The same again until `commit`. */
  take(size: number, waitMs: number): Promise<Taken>;
  /**
   * The first `done` of the records taken are finished; that, outputs and state become visible together. Forgets the gap.
   * @throws MalformedError if an output or state change can never be written (then the batch is to blame); anything else means that the
   * partition may be lost.
   */
  commit(commit: PartitionCommit): Promise<void>;
}

export interface Taken {
  /** Empty: nothing came within the wait. */
  readonly records: readonly BusRecord[];
  /** What was lost before the first of `records`. */
  readonly gap?: BusGap;
  /** Records of the partition at and behind the first of `records`. */
  readonly lag: number;
}

export interface PartitionCommit {
  readonly outputs: readonly Output[];
  readonly state: readonly StateChange[];
  readonly done: number;
}

export interface StageRun {
  readonly owned: OwnedPartition;
  readonly topic: string;
  readonly partition: number;
  readonly processor: Processor;
  /** The partition is to be given back: the batch under way gets `graceMs` (default 1,000) to finish. */
  readonly signal: AbortSignal;
  readonly graceMs?: number;
  /** Wall clock in ms, for ticks and notices. */
  now(): number;
  appendTick(at: number): Promise<void>;
  /** The stage is open. */
  opened?(): void;
}

const longestWaitMs = 5_000;
/** A stage that finishes nothing and asks for no pause is asked again after so long. */
const idlePauseMs = 100;
const failurePauseMs = 50;
const lagNoticeMs = 1_000;

/**
 * Runs a stage on a partition until the signal: batch → stage → one commit. Resolves when it was given back.
 * @throws what the bus threw: the caller loses the partition and takes it up anew.
 */
export async function runStage(run: StageRun): Promise<void> {
  const { owned, processor, partition, signal } = run;
  const stage = createReopenedStage({ processor, partition, restore: () => owned.restore() });
  // It may be taken away again before its stage was open: who was not told that it came is not told that it went.
  let told = false;
  try {
    await stage.open();
    processor.notice?.({ kind: 'assigned', partition });
    told = true;
    run.opened?.();
    const turn = createTurn(run, stage);
    while (!signal.aborted) await turn();
  } finally {
    stage.close();
    if (told) processor.notice?.({ kind: 'revoked', partition });
  }
}

/** One batch as it was handed over: the record that stands for a gap comes first if there was one. */
interface Handed {
  readonly batch: Batch;
  readonly gap: 0 | 1;
  /** As it was taken. */
  readonly lag: number;
}

function createTurn(run: StageRun, stage: ReopenedStage): () => Promise<void> {
  const { owned, processor, partition, signal } = run;
  const attempts = createAttempts(Math.max(1, processor.attempts ?? 3));
  const sizes = createBatchSize(processor.batchSize);
  const ticks = createTicks({ asked: stage.restoredAny });
  const hand = createHanding(run);
  const pause = (ms: number): Promise<unknown> => delay(ms, undefined, { signal }).catch(() => undefined);

  const write = async ({ batch, gap }: Handed, { outputs, state, done }: PartitionCommit): Promise<void> => {
    if (state.length > 0 && processor.stateTopic === undefined)
      throw new MalformedError('a stage without stateTopic made state', { place: `${run.topic}/${partition}` });
    if (done > 0 || outputs.length > 0 || state.length > 0)
      await owned.commit({ outputs, state, done: Math.max(0, done - gap) });
    stage.committed(state, attempts.solo);
    const last = batch.records[done - 1];
    if (last) attempts.finished(last.offset);
  };

  const failed = async (handed: Handed, error: unknown): Promise<void> => {
    const { records } = handed.batch;
    if (!attempts.solo) {
      const attempt = attempts.failures + 1;
      processor.notice?.({ kind: 'batch-failed', partition, attempt, error });
    }
    const verdict = attempts.failed(records);
    sizes.failed();
    const [record] = records;
    if (verdict === 'again') await pause(failurePauseMs * attempts.failures);
    if (verdict === 'reject' && record) {
      await write(handed, { outputs: [rejection(record, error)], state: [], done: 1 });
      processor.notice?.({ kind: 'rejected', record, error });
    }
    await stage.open();
  };

  return async () => {
    const size = attempts.solo ? 1 : sizes.size;
    const handed = await hand(size, Math.min(longestWaitMs, ticks.waitMs(run.now())));
    if (signal.aborted) return;
    if (handed === undefined) {
      const now = run.now();
      if (!ticks.due(now)) return;
      ticks.appended(now);
      return run.appendTick(now);
    }
    const began = performance.now();
    const answer = await answerOf(run, stage.hand(handed.batch));
    const tookMs = performance.now() - began;
    if (answer === 'too late') return;
    if ('error' in answer) return failed(handed, answer.error);
    const { commit } = answer;
    try {
      await write(handed, commit);
    } catch (error) {
      if (error instanceof MalformedError) return failed(handed, error);
      throw error;
    }
    if (!attempts.solo)
      sizes.finished({ records: handed.batch.records.length, lag: handed.lag, tookMs, written: writtenBy(commit) });
    ticks.wakeAt(commit.nextWake);
    const rest = commit.retryAfter ?? (commit.done === 0 ? idlePauseMs : 0);
    if (rest > 0) await pause(rest);
  };
}

/** Takes the next batch and tells how far behind the stage is and what was lost. */
function createHanding(run: StageRun): (size: number, waitMs: number) => Promise<Handed | undefined> {
  const { owned, processor, partition, topic } = run;
  let toldGap = -1;
  let toldLag = { records: 0, at: Number.NEGATIVE_INFINITY };
  const tellLag = (records: number): void => {
    const now = run.now();
    if (records === toldLag.records || (records > 0 && now - toldLag.at < lagNoticeMs)) return;
    toldLag = { records, at: now };
    processor.notice?.({ kind: 'lag', partition, records });
  };
  return async (size, waitMs) => {
    const { records, gap, lag } = await owned.take(size, waitMs);
    const [first] = records;
    tellLag(first ? lag : 0);
    if (first === undefined) return undefined;
    if (gap === undefined) return { batch: { topic, partition, records: firstOf(records, size) }, gap: 0, lag };
    if (toldGap !== gap.to) processor.notice?.({ kind: 'gap', gap });
    toldGap = gap.to;
    const behind = firstOf([gapRecord(gap, first), ...records], size);
    return { batch: { topic, partition, records: behind }, gap: 1, lag };
  };
}

/** What came of a batch. `too late`: the partition was to be given back and the stage did not finish within the grace. */
async function answerOf(
  { signal, graceMs = 1_000 }: StageRun,
  asked: Promise<Commit>,
): Promise<{ readonly commit: Commit } | { readonly error: unknown } | 'too late'> {
  const answered = asked.then(
    (commit) => ({ commit }),
    (error: unknown) => ({ error }),
  );
  const over = new AbortController();
  let begin: () => void = () => undefined;
  const late = new Promise<'too late'>((resolve) => {
    begin = () => {
      const timer = setTimeout(() => resolve('too late'), graceMs);
      over.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    };
  });
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  try {
    return await Promise.race([answered, late]);
  } finally {
    over.abort();
    signal.removeEventListener('abort', begin);
  }
}
