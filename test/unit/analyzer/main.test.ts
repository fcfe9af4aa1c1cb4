import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runAnalyzer, type WatchRules } from '../../../analyzer/main.ts';
import type { RuleSet } from '../../../analyzer/sigma/rule.ts';
import { IncompatibleRecordError } from '../../../shared/bus/record-schema.ts';
import type { UserError } from '../../../shared/errors.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { createTestBus } from '../../support/analyzer/bus.ts';
import { exec } from '../../support/analyzer/observations.ts';
import { quickBaselines, recordOf } from '../../support/analyzer/play.ts';
import { privilegedExec, rule, ruleSet, wording } from '../../support/analyzer/rules.ts';

const start = 1_000_000;
beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

function setUp() {
  const test = createTestBus(() => Date.now());
  const happenings: Happening[] = [];
  const given: UserError[] = [];
  const reload: { watch?: Parameters<WatchRules>[0]; stopped: boolean } = { stopped: false };
  const watchRules: WatchRules = (watch) => {
    reload.watch = watch;
    return {
      stop: async () => {
        reload.stopped = true;
      },
    };
  };
  const run = (rules: RuleSet = ruleSet([privilegedExec]), instance = 'anchor/1') =>
    runAnalyzer({
      watchRules,
      config: { baselines: quickBaselines },
      bus: test.bus,
      telemetry: { ...noTelemetry, happened: (happening) => happenings.push(happening) },
      clock: () => Date.now(),
      rules,
      wording,
      giveUp: (error) => void given.push(error),
      instance,
    });
  const status = (key: string): unknown => JSON.parse(test.latest('status').get(key) ?? 'null');
  const troubles = () => happenings.filter(({ name }) => name !== 'rulesLoaded');
  return { ...test, happenings, given, troubles, run, status, reload };
}

describe('the running analyzer', () => {
  it('processes the observations with its state on the bus', async () => {
    const { run, hand, commits, processor } = setUp();
    const analyzer = await run();
    await analyzer.ready;
    hand([recordOf(exec('c1', 1, ['sh'], { privileged: true }), 0)]);
    expect(processor()?.stateTopic).toBe('analyzer-state');
    expect(commits[0]?.outputs.map(({ topic }) => topic)).toEqual(['status', 'findings']);
  });

  it('says how it is every five seconds, until it stops', async () => {
    const { run, status, notice, latest, isStopped } = setUp();
    const analyzer = await run();
    expect(status('analyzer/anchor/1')).toMatchObject({
      part: 'analyzer',
      ruleSet: 'rules-1',
      rules: { loaded: 1, rejected: [], rejectedCount: 0 },
      partitions: [],
    });
    notice({ kind: 'assigned', partition: 2 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(status('analyzer/anchor/1')).toMatchObject({ partitions: [2], metrics: [] });
    await analyzer.stop();
    expect(isStopped()).toBe(true);
    expect(latest('status').get('analyzer/anchor/1')).toBeNull();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(latest('status').get('analyzer/anchor/1')).toBeNull();
  });

  it('names the rules it could not load', async () => {
    const { run, status, happenings } = setUp();
    const problem = { severity: 'error' as const, file: 'mine.yml', line: 3, column: 5, message: 'no such modifier' };
    await run({ ...ruleSet([]), problems: [problem] });
    expect(status('analyzer/anchor/1')).toMatchObject({ rules: { loaded: 0, rejected: [problem] } });
    expect(happenings).toEqual([
      { name: 'ruleRejected', place: 'mine.yml:3:5', reason: 'no such modifier' },
      { name: 'rulesLoaded', rules: 0, rejected: 1, hash: 'rules-1' },
    ]);
  });

  it('names so many of them as a status can hold, and says how many there are', async () => {
    const { run, latest } = setUp();
    const problem = (line: number) => ({
      severity: 'error' as const,
      file: `${'deep/'.repeat(200)}mine.yml`,
      line,
      column: 5,
      message: 'm'.repeat(5_000),
    });
    await run({ ...ruleSet([]), problems: Array.from({ length: 5_000 }, (_, index) => problem(index)) });
    const text = latest('status').get('analyzer/anchor/1') ?? '{}';
    const { rules } = JSON.parse(text) as { rules: { rejected: { line: number }[]; rejectedCount: number } };
    expect(rules.rejected.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(rules.rejectedCount).toBe(5_000);
    expect(Buffer.byteLength(text)).toBeLessThan(65_536);
  });

  it('judges by the rules that were loaded last, from the next batch on', async () => {
    const { run, hand, commits, reload, status, happenings, latest } = setUp();
    const analyzer = await run();
    await analyzer.ready;
    const hostile = recordOf(exec('c1', 1, ['sh'], { privileged: true }), 0);
    reload.watch?.took({ set: ruleSet([rule('OTHER', () => false)], 'rules-2'), kept: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect(status('analyzer/anchor/1')).toMatchObject({ ruleSet: 'rules-2', rules: { loaded: 1, reloads: 1 } });
    hand([hostile]);
    expect(commits[0]?.outputs.map(({ topic }) => topic)).toEqual(['status']);
    expect(JSON.parse(commits[0]?.outputs[0]?.record.value ?? '')).toMatchObject({ ruleSet: 'rules-2' });
    expect(happenings.at(-1)?.name).not.toBe('rulesLoaded');
    expect(happenings).toContainEqual({
      name: 'rulesReloaded',
      added: 1,
      removed: 1,
      changed: 0,
      rules: 1,
      rejected: 0,
      hash: 'rules-2',
    });
    expect(latest('status').get('analyzer/ruleset/0')).toBeUndefined();
    await analyzer.stop();
    expect(reload.stopped).toBe(true);
  });

  it('tells once what was refused and what is kept, and goes on with the same rules', async () => {
    const { run, reload, status, troubles } = setUp();
    await run();
    const problem = { severity: 'error' as const, file: 'mine.yml', line: 3, column: 5, message: 'no such modifier' };
    const kept = [{ file: 'mine.yml', rules: 1, since: start }];
    const broken = { set: { ...ruleSet([privilegedExec]), problems: [problem] }, kept };
    reload.watch?.took(broken);
    reload.watch?.took({ ...broken });
    reload.watch?.failed(new Error('out of memory'));
    reload.watch?.unreadable(['/root/a.yml', '/root/b.yml']);
    expect(troubles()).toEqual([
      { name: 'ruleRejected', place: 'mine.yml:3:5', reason: 'no such modifier' },
      { name: 'ruleFileKept', file: 'mine.yml', rules: 1, since: start },
      { name: 'rulesReloadFailed', reason: 'out of memory' },
      { name: 'ruleFilesUnreadable', count: 2, example: '/root/a.yml' },
    ]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(status('analyzer/anchor/1')).toMatchObject({
      rules: { loaded: 1, rejected: [problem], rejectedCount: 1, kept, keptCount: 1, reloads: 0, failures: 1 },
    });
  });

  it('tells when it cannot say how it is, and goes on', async () => {
    const { run, bus, troubles, status } = setUp();
    const { append } = bus;
    bus.append = () => Promise.reject(new Error('disk full'));
    await run();
    expect(troubles()).toEqual([{ name: 'statusFailed', part: 'analyzer', reason: 'disk full', again: 0 }]);
    bus.append = append;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(status('analyzer/anchor/1')).toMatchObject({ part: 'analyzer' });
  });

  it('goes on when the log goes away before it has looked at the others, and looks later', async () => {
    const { run, bus, append, commits, hand, happenings } = setUp();
    const read = bus.read;
    bus.read = () => {
      throw new Error('the broker did not answer');
    };
    const analyzer = await run();
    bus.read = read;
    hand([recordOf(exec('c1', 1, ['sh'], { privileged: true }), 0)]);
    expect(commits).toHaveLength(1);
    append('status', [
      { key: 'analyzer/other', value: JSON.stringify({ part: 'analyzer', pid: 1, ruleSet: 'x' }), at: start },
    ]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(happenings.map(({ name }) => name)).toContain('ruleSetsDiffer');
    await analyzer.stop();
  });

  it('says when another analyzer that is alive judges by other rules', async () => {
    const { run, troubles } = setUp();
    await run(ruleSet([], 'rules-1'), 'anchor/1');
    await run(ruleSet([], 'rules-1'), 'anchor/2');
    expect(troubles()).toEqual([]);
    await run(ruleSet([], 'rules-2'), 'anchor/3');
    expect(troubles()).toEqual([{ name: 'ruleSetsDiffer', mine: 'rules-2', others: 'rules-1' }]);
  });

  it('finds later that one that joined after it judges by other rules, and tells it once', async () => {
    const { run, troubles, append } = setUp();
    await run();
    append('status', [{ key: 'analyzer/b/2', value: '{"part":"analyzer","pid":1,"ruleSet":"rules-2"}', at: start }]);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(troubles()).toEqual([{ name: 'ruleSetsDiffer', mine: 'rules-1', others: 'rules-2' }]);
  });

  it('ends its process when the log holds what only a newer program understands', async () => {
    const { run, notice, given } = setUp();
    await run();
    notice({ kind: 'session-lost', partition: 1, error: new Error('the network') });
    expect(given).toEqual([]);
    const error = new IncompatibleRecordError('observations/1@7', '2.0');
    notice({ kind: 'session-lost', partition: 1, error });
    expect(given).toEqual([error]);
    expect(error.message).toBe(
      'observations/1@7 was written by a newer Moorwatch (record schema 2.0; this one reads 1.x)',
    );
  });

  it('clears away what analyzers that are gone left behind, and is not alarmed by it', async () => {
    const { run, troubles, append, latest } = setUp();
    append('status', [{ key: 'analyzer/anchor/0', value: '{"part":"analyzer","pid":1,"ruleSet":"old"}', at: start }]);
    append('status', [{ key: 'analyzer/ruleset/0', value: '{"part":"analyzer","ruleSet":"old"}', at: start }]);
    append('status', [{ key: 'collector/x', value: 'not JSON', at: start }]);
    vi.advanceTimersByTime(61_000);
    await run();
    expect(troubles()).toEqual([]);
    expect(latest('status').get('analyzer/anchor/0')).toBeNull();
    expect(latest('status').get('analyzer/ruleset/0')).not.toBeNull();
  });

  it('tells what the bus notices', async () => {
    const { run, notice, troubles } = setUp();
    await run();
    notice({ kind: 'gap', gap: { topic: 'observations', partition: 1, from: 5, to: 9 } });
    notice({ kind: 'batch-failed', partition: 1, attempt: 2, error: new Error('disk full') });
    notice({ kind: 'session-lost', partition: 1, error: new Error('fenced') });
    notice({ kind: 'rejected', record: recordOf({ text: 'x', at: 1 }, 7), error: new Error('poison') });
    expect(troubles()).toEqual([
      { name: 'busGap', topic: 'observations', partition: 1, lost: 4 },
      { name: 'batchFailed', topic: 'observations', partition: 1, attempt: 2, reason: 'disk full' },
      { name: 'busSessionLost', topic: 'observations', partition: 1, reason: 'fenced' },
      { name: 'recordRejected', topic: 'observations', place: 'observations/0@7', reason: 'poison' },
    ]);
  });
});
