import { map, NEVER } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BusRecord, Commit, Processor } from '../../../../shared/bus/port.ts';
import {
  type OwnedPartition,
  type PartitionCommit,
  runStage,
  type StageRun,
} from '../../../../shared/bus/stage-runner.ts';
import { MalformedError } from '../../../../shared/errors.ts';
import { noticeBoard } from '../../../support/bus/stages.ts';

const place = { topic: 'in', partition: 0, key: 'k', headers: {}, at: 1, logged: 1 };
const records = (...offsets: number[]): BusRecord[] =>
  offsets.map((offset) => ({ ...place, offset, value: String(offset) }));
const finish = (count: number, options: Partial<Commit> = {}): Commit => ({
  outputs: [],
  state: [],
  done: count,
  ...options,
});

/** A partition in memory; the run ends when its records are done. */
function scene(options: {
  log: BusRecord[];
  gap?: number;
  processor: Processor;
  commit?: (commit: PartitionCommit) => void;
}) {
  const stop = new AbortController();
  const board = noticeBoard();
  const commits: PartitionCommit[] = [];
  const asked: { size: number; waitMs: number }[] = [];
  const state = new Map<string, string>();
  const ticks: number[] = [];
  let log = options.log;
  let { gap } = options;
  const clock = { now: 1_000 };
  const owned: OwnedPartition = {
    restore: () => Promise.resolve(new Map(state)),
    take(size, waitMs) {
      asked.push({ size, waitMs });
      if (log.length === 0) stop.abort();
      const taken = log.slice(0, size);
      const first = taken[0]?.offset ?? 0;
      return Promise.resolve({
        records: taken,
        lag: log.length,
        ...(gap === undefined ? {} : { gap: { topic: 'in', partition: 0, from: first - gap, to: first } }),
      });
    },
    commit(commit) {
      options.commit?.(commit);
      commits.push(commit);
      for (const { key, value } of commit.state) if (value !== null) state.set(key, value);
      log = log.slice(commit.done);
      gap = undefined;
      return Promise.resolve();
    },
  };
  const run: StageRun = {
    owned,
    topic: 'in',
    partition: 0,
    processor: { ...options.processor, notice: board.notice },
    signal: stop.signal,
    graceMs: 0,
    now: () => clock.now,
    appendTick: (at) => {
      ticks.push(at);
      stop.abort();
      return Promise.resolve();
    },
  };
  return { run, stop, board, commits, asked, state, ticks, clock };
}

describe('runStage', () => {
  it('hands over, commits, and says so', async () => {
    const { run, board, commits } = scene({
      log: records(0, 1, 2),
      processor: { batchSize: 2, open: () => map((batch) => finish(batch.records.length)) },
    });
    await runStage(run);
    expect(commits.map(({ done }) => done)).toEqual([2, 1]);
    expect(board.all.map(({ kind }) => kind)).toEqual(['assigned', 'lag', 'lag', 'revoked']);
  });

  it('says nothing of a partition whose stage was not open yet when it was lost', async () => {
    const { run, board } = scene({ log: records(0), processor: { open: () => map(() => finish(1)) } });
    const lost = { ...run, owned: { ...run.owned, restore: () => Promise.reject(new Error('fenced')) } };
    await expect(runStage(lost)).rejects.toThrow('fenced');
    expect(board.all).toEqual([]);
  });

  it('puts a record for a gap before the first after it, within the batch size', async () => {
    const seen: string[][] = [];
    const { run, commits, board } = scene({
      log: records(5, 6, 7),
      gap: 3,
      processor: {
        batchSize: 2,
        open: () =>
          map((batch) => {
            seen.push(batch.records.map(({ key, offset }) => `${key}${offset}`));
            return finish(batch.records.length);
          }),
      },
    });
    await runStage(run);
    expect(seen).toEqual([
      ['gap4', 'k5'],
      ['k6', 'k7'],
    ]);
    expect(commits.map(({ done }) => done)).toEqual([1, 2]);
    expect(board.all.filter(({ kind }) => kind === 'gap')).toHaveLength(1);
  });

  it('takes more at once while more waits, no more than 500 again when a batch failed, and exactly so many when it was told so', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const log = records(...Array.from({ length: 12_000 }, (_, offset) => offset));
    const whole = scene({ log, processor: { open: () => map((batch) => finish(batch.records.length)) } });
    await runStage(whole.run);
    expect(whole.commits.map(({ done }) => done)).toEqual([500, 1_000, 2_000, 4_000, 4_000, 500]);

    let failures = 0;
    const failing: Processor = {
      open: () =>
        map((batch) => {
          if (batch.records.length === 2_000 && failures++ === 0) throw new Error('once');
          return finish(batch.records.length);
        }),
    };
    const failed = scene({ log: log.slice(0, 4_000), processor: failing });
    await runStage(failed.run);
    expect(failed.commits.map(({ done }) => done)).toEqual([500, 1_000, 500, 1_000, 1_000]);

    const told = { batchSize: 900, open: failing.open };
    const fixed = scene({ log: log.slice(0, 2_000), processor: told });
    await runStage(fixed.run);
    expect(fixed.commits.map(({ done }) => done)).toEqual([900, 900, 200]);
  });

  it('commits the gap alone when the stage finished nothing else', async () => {
    const { run, commits } = scene({
      log: records(5),
      gap: 3,
      processor: { open: () => map(() => finish(1)) },
    });
    await runStage(run);
    expect(commits.map(({ done }) => done)).toEqual([0, 1]);
  });

  it('opens a stage that failed anew on committed state, and reads it from the log only once while it takes records one by one', async () => {
    const opened: string[][] = [];
    const processor: Processor = {
      stateTopic: 's',
      attempts: 1,
      open({ restored }) {
        opened.push([...restored.keys()]);
        return map(({ records: [first, ...more] }) => {
          if (more.length > 0 || first?.value === '1') throw new Error('poison');
          return finish(1, { state: [{ key: `seen ${first?.value}`, value: '1' }] });
        });
      },
    };
    const { run, commits, board } = scene({ log: records(0, 1, 2), processor });
    let restores = 0;
    const { restore } = run.owned;
    const owned = {
      ...run.owned,
      restore: () => {
        restores += 1;
        return restore();
      },
    };
    await runStage({ ...run, owned });
    expect(opened).toEqual([[], [], ['seen 0']]);
    expect(restores).toBe(1);
    expect(commits.map(({ outputs, done }) => [outputs[0]?.topic, done])).toEqual([
      [undefined, 1],
      ['rejected', 1],
      [undefined, 1],
    ]);
    expect(board.all.filter(({ kind }) => kind === 'rejected')).toMatchObject([{ record: { offset: 1 } }]);
  });

  it('blames the batch for what can never be written, and gives other errors of the bus to its caller', async () => {
    const processor: Processor = { attempts: 1, open: () => map(() => finish(1)) };
    const malformed = scene({
      log: records(0),
      processor,
      commit: ({ outputs }) => {
        if (outputs.length === 0) throw new MalformedError('too large', { place: 'out' });
      },
    });
    await runStage(malformed.run);
    expect(malformed.commits.map(({ outputs }) => outputs[0]?.topic)).toEqual(['rejected']);
    const fenced = scene({
      log: records(0),
      processor,
      commit: () => {
        throw new Error('fenced');
      },
    });
    await expect(runStage(fenced.run)).rejects.toThrow('fenced');
    expect(fenced.board.all.at(-1)).toEqual({ kind: 'revoked', partition: 0 });
  });

  it('refuses state of a stage that has no topic for it', async () => {
    const { run, commits } = scene({
      log: records(0),
      processor: { attempts: 1, open: () => map(() => finish(1, { state: [{ key: 'a', value: '1' }] })) },
    });
    await runStage(run);
    expect(commits.map(({ state, outputs }) => [state.length, outputs[0]?.topic])).toEqual([[0, 'rejected']]);
  });

  it('waits no longer than the earliest timer, and then appends a tick', async () => {
    const { run, asked, ticks, clock } = scene({
      log: records(0),
      processor: { open: () => map(() => finish(1, { nextWake: 1_400 })) },
    });
    const { take } = run.owned;
    const quiet = {
      ...run.owned,
      take: async (size: number, waitMs: number) => {
        asked.push({ size, waitMs });
        if (asked.length === 1) return take(size, waitMs);
        clock.now += waitMs;
        return { records: [], lag: 0 };
      },
    };
    await runStage({ ...run, owned: quiet });
    expect(asked.at(-1)?.waitMs).toBe(400);
    expect(ticks).toEqual([1_400]);
  });

  it('does not wait for a stage that does not answer when the partition is to be given back', async () => {
    const { run, stop, commits } = scene({ log: records(0), processor: { open: () => () => NEVER } });
    const running = runStage(run);
    stop.abort();
    await running;
    expect(commits).toEqual([]);
  });
});
