import { createNotices, type Watch } from '../shared/bus/notices.ts';
import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import type { Config } from '../shared/config/schema.ts';
import { messageOf, type UserError } from '../shared/errors.ts';
import { publishStatus } from '../shared/publish-status.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { createAnalyzerStage } from './analyze.ts';
import { features } from './baselines/features/index.ts';
import { cappedText } from './capped.ts';
import type { Wording } from './finding.ts';
import { createRuleSetsLook } from './rule-sets.ts';
import type { RuleSet } from './sigma/rule.ts';
import { statusKey } from './status.ts';

/** Name of the analyzer's consumer group. */
export const analyzerGroup = 'analyzer';
const lookEveryMs = 30_000;
/** What a status has room for: rejected rules that it names, and UTF-16 units of each one's file and message. */
const statusRoom = { rules: 100, text: 200 };

export interface RunOptions {
  readonly config: Pick<Config, 'baselines'>;
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly rules: RuleSet;
  readonly wording: Wording;
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
  announceRules(options);
  const lag = { name: 'analyzer_lag_records', help: 'Observations that wait to be analyzed.' };
  const watch = createNotices(telemetry, { ...lag, giveUp: options.giveUp }).watch(topic.observations);
  const stage = createAnalyzerStage({
    rules: () => rules,
    wording,
    features,
    baselines: options.config.baselines,
    telemetry,
    clock,
  });
  const processing = bus.process(analyzerGroup, topic.observations, {
    stateTopic: topic.analyzerState,
    open: stage,
    notice: watch.notice,
  });
  const publishing = publishStatus({
    bus,
    key: () => statusKey(instance),
    status: () => statusOf(options, watch),
    clock,
    onFailure: (error) => telemetry.happened({ name: 'statusFailed', part: 'analyzer', reason: messageOf(error) }),
  });
  await publishing.now();
  const lookAtOthers = createRuleSetsLook({ ...options, mine: rules.hash });
  await lookAtOthers();
  // One that joined later with other rules told so itself; whoever reads only this log is to know it, too.
  const looking = setInterval(() => void lookAtOthers().catch(() => undefined), lookEveryMs);
  looking.unref();
  return {
    rules,
    ready: processing.ready,
    async stop() {
      clearInterval(looking);
      await processing.stop();
      await publishing.stop(null);
    },
  };
}

const rejectedRules = ({ problems }: RuleSet) => problems.filter(({ severity }) => severity === 'error');

/** Says which rules are in use, and of each that is not, where it stands and why. */
function announceRules({ rules, telemetry }: RunOptions): void {
  const rejected = rejectedRules(rules);
  for (const { file, line, column, message } of rejected) {
    telemetry.happened({ name: 'ruleRejected', place: `${file}:${line}:${column}`, reason: message });
  }
  telemetry.happened({ name: 'rulesLoaded', rules: rules.rules.length, rejected: rejected.length, hash: rules.hash });
}

function statusOf({ rules, telemetry }: RunOptions, watch: Watch): object {
  const rejected = rejectedRules(rules);
  const named = rejected.slice(0, statusRoom.rules).map((problem) => ({
    ...problem,
    file: cappedText(problem.file, statusRoom.text),
    message: cappedText(problem.message, statusRoom.text),
  }));
  return {
    part: 'analyzer',
    pid: process.pid,
    rss: process.memoryUsage.rss(),
    rules: { loaded: rules.rules.length, rejected: named, rejectedCount: rejected.length },
    ruleSet: rules.hash,
    partitions: watch.partitions(),
    metrics: telemetry.snapshot(),
  };
}
