import { type Observable, Subject } from 'rxjs';
import type { Batch, Bus, BusGap, BusRecord, Commit, ReadRange } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { type Decision, decisionHeader, decisionVersion } from '../shared/decision.ts';
import { type Finding, findingRecordSchema } from '../shared/finding.ts';
import { noTelemetry } from '../shared/telemetry/telemetry.ts';
import { createAnalyzerStage } from './analyze.ts';
import { features } from './baselines/features/index.ts';
import type { BaselineOptions } from './baselines/options.ts';
import type { Wording } from './finding.ts';
import type { RuleSet } from './sigma/rule.ts';

export interface HuntOptions {
  readonly log: Pick<Bus, 'read'>;
  readonly rules: RuleSet;
  readonly wording: Wording;
  readonly baselines: BaselineOptions;
  /** What is obeyed before the first record: the profiles that the past is judged by. */
  readonly decisions: readonly Decision[];
  readonly from: ReadRange['from'];
  /** Records logged later are left out, ms. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** What was found in one page of the log, and how much that was. */
export interface HuntedPage {
  readonly findings: readonly Finding[];
  readonly records: number;
  /** Records that are no observations. */
  readonly rejected: number;
  /** Records that retention deleted while they were to be read. */
  readonly gaps: readonly BusGap[];
}

/**
 * The analyzer's own stage over the history of the log, from no state: the same rules on the same records give findings of the same ids. Nothing is
 * written anywhere.
 */
export async function* hunt(options: HuntOptions): AsyncGenerator<HuntedPage> {
  const { log, from, until, signal } = options;
  const stages = new Map<number, (records: readonly BusRecord[]) => Commit>();
  for await (const { records, gaps } of log.read(topic.observations, { from, follow: false, pageSize, signal })) {
    const inTime = records.filter(({ logged }) => logged <= until);
    const commits = byPartition(inTime).map(([partition, batch]) => {
      const known = stages.get(partition);
      const stage = known ?? openStage(partition, options);
      stages.set(partition, stage);
      return stage(known === undefined ? [...decided(options.decisions, batch), ...batch] : batch);
    });
    const outputs = commits.flatMap((commit) => commit.outputs);
    yield {
      findings: outputs.flatMap(({ topic: to, record }) => (to === topic.findings ? findingIn(record.value) : [])),
      records: inTime.length,
      rejected: outputs.filter(({ topic: to }) => to === topic.rejected).length,
      gaps,
    };
  }
}

const pageSize = 2_000;

/** The stage of a partition as a function: it answers each batch at once, with exactly one commit (design §4). */
function openStage(partition: number, options: HuntOptions): (records: readonly BusRecord[]) => Commit {
  const open = createAnalyzerStage({
    rules: () => options.rules,
    wording: options.wording,
    features,
    baselines: options.baselines,
    telemetry: noTelemetry,
    clock: () => 0,
  });
  const batches = new Subject<Batch>();
  const commits: Observable<Commit> = open({ partition, restored: new Map() })(batches);
  let latest: Commit | undefined;
  let failure: unknown;
  commits.subscribe({
    next: (commit) => {
      latest = commit;
    },
    error: (error: unknown) => {
      failure = error;
    },
  });
  return (records) => {
    latest = undefined;
    batches.next({ topic: topic.observations, partition, records });
    if (failure !== undefined) throw failure;
    if (latest === undefined) throw new Error('the stage gave no commit for a batch');
    return latest;
  };
}

function byPartition(records: readonly BusRecord[]): (readonly [number, readonly BusRecord[]])[] {
  const found = new Map<number, BusRecord[]>();
  for (const record of records) {
    const batch = found.get(record.partition);
    if (batch === undefined) found.set(record.partition, [record]);
    else batch.push(record);
  }
  return [...found];
}

/** The decisions as records right before the first one of the batch. */
function decided(decisions: readonly Decision[], [first]: readonly BusRecord[]): readonly BusRecord[] {
  if (first === undefined) return [];
  return decisions.map((decision) => ({
    ...first,
    key: decision.host.id,
    value: JSON.stringify(decision),
    headers: { [decisionHeader]: decisionVersion },
    at: first.logged,
  }));
}

function findingIn(value: string | null): readonly Finding[] {
  const record = findingRecordSchema.parse(JSON.parse(value ?? 'null'));
  return record.type === 'finding' ? [record.finding] : [];
}
