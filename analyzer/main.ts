import { createNotices, type Watch } from '../shared/bus/notices.ts';
import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import type { Config } from '../shared/config/schema.ts';
import { messageOf, type UserError } from '../shared/errors.ts';
import { publishStatus } from '../shared/publish-status.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { createAnalyzerStage } from './analyze.ts';
import { features } from './baselines/features/index.ts';
import type { Wording } from './finding.ts';
import { createRuleSetsLook } from './rule-sets.ts';
import { createRulesInUse, type RulesInUse } from './rules-in-use.ts';
import type { LoadedRules } from './sigma/reload.ts';
import type { RuleSet } from './sigma/rule.ts';
import type { Watching } from './sigma/watch.ts';
import { statusKey } from './status.ts';

/** Name of the analyzer's consumer group. */
export const analyzerGroup = 'analyzer';
const lookEveryMs = 30_000;

/** Follows the rule files and hands over what was loaded anew. */
export type WatchRules = (options: {
  took(loaded: LoadedRules): void;
  failed(error: unknown): void;
  unreadable(files: readonly string[]): void;
}) => Watching;

export interface RunOptions {
  readonly config: Pick<Config, 'baselines'>;
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  /** To begin with. */
  readonly rules: RuleSet;
  /** Absent: they stay what they are. */
  readonly watchRules?: WatchRules;
  /** Other rules are in use. */
  reloaded?(rules: RuleSet): void;
  readonly wording: Wording;
  /** Of Moorwatch. */
  readonly version?: string;
  /** Tells this process from others of the group; the same after a restart where that can be. */
  readonly instance: string;
  /** The log holds what only a person can help with: this process is to end and say so. */
  giveUp(error: UserError): void;
}

export interface RunningAnalyzer {
  readonly rules: RuleSet;
  /** Resolves when the first partition was assigned. */
  readonly ready: Promise<void>;
  /** Lets the commit under way finish and gives the partitions back. */
  stop(): Promise<void>;
}

/** Runs the analyzer's stage on the bus, with rules already loaded, and says every few seconds how it is. */
export async function runAnalyzer(options: RunOptions): Promise<RunningAnalyzer> {
  const { bus, telemetry, rules, wording, clock, instance } = options;
  const inUse = createRulesInUse({ first: { set: rules, kept: [] }, telemetry, clock });
  const lag = { name: 'analyzer_lag_records', help: 'Observations that wait to be analyzed.' };
  const watch = createNotices(telemetry, { ...lag, giveUp: options.giveUp }).watch(topic.observations);
  const stage = createAnalyzerStage({
    rules: () => inUse.set(),
    wording,
    features,
    baselines: options.config.baselines,
    telemetry,
    clock,
    ...(options.version === undefined ? {} : { version: options.version }),
  });
  const processing = bus.process(analyzerGroup, topic.observations, {
    stateTopic: topic.analyzerState,
    open: stage,
    notice: watch.notice,
  });
  const publishing = publishStatus({
    bus,
    key: () => statusKey(instance),
    status: () => statusOf(options, { watch, inUse }),
    clock,
    onFailure: (error, again) =>
      telemetry.happened({ name: 'statusFailed', part: 'analyzer', reason: messageOf(error), again }),
  });
  await publishing.now();
  const lookAtOthers = createRuleSetsLook({ ...options, mine: () => inUse.set().hash });
  // Without an answer it is looked again later: no reason to end what already analyzes.
  const look = () => lookAtOthers().catch(() => undefined);
  await look();
  // One that joined later with other rules told so itself; whoever reads only this log is to know it, too.
  const looking = setInterval(() => void look(), lookEveryMs);
  looking.unref();
  const watchingRules = options.watchRules?.({
    failed: (error) => inUse.failed(error),
    took: (loaded) => {
      if (!inUse.take(loaded)) return;
      options.reloaded?.(loaded.set);
      // One that is under way may still tell of the rules before.
      void publishing.now().then(() => publishing.now());
    },
    unreadable: (files) =>
      telemetry.happened({ name: 'ruleFilesUnreadable', count: files.length, example: files[0] ?? '' }),
  });
  return {
    rules,
    ready: processing.ready,
    async stop() {
      clearInterval(looking);
      await watchingRules?.stop();
      await processing.stop();
      await publishing.stop(null);
    },
  };
}

function statusOf(
  { telemetry }: RunOptions,
  { watch, inUse }: { readonly watch: Watch; readonly inUse: RulesInUse },
): object {
  return {
    part: 'analyzer',
    pid: process.pid,
    rss: process.memoryUsage.rss(),
    rules: inUse.status(),
    ruleSet: inUse.set().hash,
    partitions: watch.partitions(),
    metrics: telemetry.snapshot(),
  };
}
