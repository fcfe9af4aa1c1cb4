import type { Bus } from '../../../shared/bus/port.ts';
import { topic } from '../../../shared/bus/topics.ts';
import type { FindingRecord } from '../../../shared/finding.ts';
import { createPlay, type Moment, type PlayOptions } from '../analyzer/play.ts';
import { createMemoryBus } from '../memory-bus.ts';
import { startFeedLab } from './feed-lab.ts';

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
  const lab = await startFeedLab({
    bus,
    clock: () => now,
    startsApart: options.baselines?.startupSeconds !== 0,
  });

  return {
    directory: lab.directory,
    file: lab.file,
    /** Observations that the analyzer reads; their time is that of the log from then on. What it makes of them. */
    async see(moments: readonly Moment[]): Promise<readonly FindingRecord[]> {
      now = Math.max(now, ...moments.map((moment) => ('tick' in moment ? moment.tick : moment.at)));
      return await happen(moments);
    },
    /** `moorwatch baselines <command> …` */
    baselines: (command: string, ...args: readonly string[]) => lab.run(['baselines', command], ...args),
    /** `moorwatch baselines edit …` with that $EDITOR. */
    edit: (editor: string, ...args: readonly string[]) => lab.runIn({ EDITOR: editor }, ['baselines', 'edit'], ...args),
    async stop(): Promise<void> {
      await lab.stop();
      await log.close();
    },
  };
}

export type BaselinesLab = Awaited<ReturnType<typeof startBaselinesLab>>;
