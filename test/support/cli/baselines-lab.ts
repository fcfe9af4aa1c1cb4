import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFeed } from '../../../alerting/feed/server.ts';
import type { Bus } from '../../../shared/bus/port.ts';
import { topic } from '../../../shared/bus/topics.ts';
import type { FindingRecord } from '../../../shared/finding.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { createPlay, type Moment, type PlayOptions } from '../analyzer/play.ts';
import { createMemoryBus } from '../memory-bus.ts';
import { runMoorwatch } from './run.ts';

const token = 'a-token-of-sufficient-length-1234567';

/**
 * The CLI, a feed and an analyzer's stage in this process: decisions that the feed appends are obeyed at once, and what the stage makes of
 * them and of observations is in the log.
 */
export async function startBaselinesLab(options: PlayOptions = {}) {
  const play = createPlay(options);
  const log = createMemoryBus();
  let now = 0;

  const happen = async (moments: readonly Moment[]): Promise<readonly FindingRecord[]> => {
    const records = play.batch(moments);
    const commit = play.commits.at(-1);
    for (const { topic: name, record } of commit?.outputs ?? []) await log.append(name, [record]);
    const state = commit?.state ?? [];
    await log.append(
      topic.analyzerState,
      state.map(({ key, value }) => ({ key, value, at: now })),
    );
    return records;
  };
  const bus: Bus = {
    ...log,
    append: async (name, records) => {
      await log.append(name, records);
      if (name !== topic.observations) return;
      await happen(records.map(({ value, headers, at }) => ({ text: value ?? '', at, ...(headers && { headers }) })));
    },
  };
  const feed = await startFeed({
    bus,
    logName: 'the log',
    telemetry: noTelemetry,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    allowedOrigins: [],
    token,
    clock: () => now,
    version: '1',
    metrics: async () => '',
  });
  const directory = mkdtempSync(join(tmpdir(), 'baselines-'));
  writeFileSync(join(directory, 'feed.token'), token, { mode: 0o600 });
  const common = ['--config', '/dev/null', '--state-dir', directory];

  return {
    directory,
    file: (name: string) => join(directory, name),
    /** Observations that the analyzer reads; their time is that of the log from then on. What it makes of them. */
    async see(moments: readonly Moment[]): Promise<readonly FindingRecord[]> {
      now = Math.max(now, ...moments.map((moment) => ('tick' in moment ? moment.tick : moment.at)));
      return await happen(moments);
    },
    /** `moorwatch baselines <command> …` */
    baselines: (command: string, ...args: readonly string[]) =>
      runMoorwatch([...common, 'baselines', command, '--port', new URL(feed.url).port, ...args]),
    async stop(): Promise<void> {
      await feed.stop();
      await log.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export type BaselinesLab = Awaited<ReturnType<typeof startBaselinesLab>>;
