import { connect, map, type OperatorFunction, tap, zip } from 'rxjs';
import type { Assignment, Batch, Commit, Output } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { answerHeader, type DecisionAnswer } from '../shared/decision.ts';
import type { FindingRecord } from '../shared/finding.ts';
import type { Happening } from '../shared/telemetry/happenings.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { traceparentHeader } from '../shared/trace-context.ts';
import { type Judged, judgeSteps } from './baselines/baselines.ts';
import type { Feature } from './baselines/feature.ts';
import type { BaselineOptions } from './baselines/options.ts';
import { restoreBaselines } from './baselines/parts.ts';
import { type Conclusions, conclude, restoreConclusions } from './conclude.ts';
import type { Wording } from './finding.ts';
import { type Intake, restoreIntake, takeIn } from './intake.ts';
import { noteRuleSet, type RuleSetChange, restoreRuleSetInUse } from './rule-set-change.ts';
import type { RuleSet } from './sigma/rule.ts';
import { stateful } from './stateful.ts';
import type { Step } from './step.ts';

export interface AnalyzerOptions {
  /** The rules in use; asked once per batch, so a reload takes effect between two batches. */
  readonly rules: () => RuleSet;
  readonly wording: Wording;
  readonly features: readonly Feature[];
  readonly baselines: BaselineOptions;
  readonly telemetry: Telemetry;
  /** Of Moorwatch: rules that change with it were changed by an update. */
  readonly version?: string;
  /** Wall clock, for spans alone: nothing that the stage concludes depends on it. */
  readonly clock: () => number;
}

/** A batch taken in, with the rules it is judged by. */
type Judging = Omit<Prepared, 'change' | 'steps'>;

interface Prepared {
  readonly batch: Batch;
  readonly rules: RuleSet;
  readonly intake: Intake;
  readonly change: RuleSetChange;
  /** Those of the intake, behind what the change of the rules says. */
  readonly steps: readonly Step[];
}

/**
 * The analyzer's stage (design §4 RxJS): per assigned partition, batches of observations in, exactly one commit each out.
 * intake → signatures → baselines; a branch sees what those before it made of the same batch. All time is record time.
 */
export function createAnalyzerStage(
  options: AnalyzerOptions,
): (assignment: Assignment) => OperatorFunction<Batch, Commit> {
  const { wording, features, baselines } = options;
  return (assigned) => {
    const assignment = { ...assigned, onMalformed: malformed(options.telemetry) };
    const intake = stateful(
      () => restoreIntake(assignment),
      (state, batch: Batch) => takeIn(state, batch),
    );
    const signatures = stateful(
      () => restoreConclusions(assignment),
      (state, { steps, rules }: Prepared) => conclude(state, steps, { rules, wording }),
    );
    const deviations = stateful(
      () => restoreBaselines(assignment),
      (state, [{ rules }, { concluded }]: readonly [Prepared, Conclusions]) =>
        judgeSteps(state, concluded, { features, options: baselines, ruleSet: rules.hash }),
    );
    const audit = stateful(
      () => restoreRuleSetInUse(assignment),
      (state, { rules, intake: { steps, hosts } }: Judging) =>
        noteRuleSet(state, rules, {
          partition: assignment.partition,
          now: steps[0]?.now ?? 0,
          version: options.version ?? '',
          hosts,
        }),
    );
    return (batches) =>
      batches.pipe(
        connect((batch$) => zip(batch$, batch$.pipe(intake))),
        map(([batch, taken]): Judging => ({ batch, rules: options.rules(), intake: taken })),
        connect((judging$) => zip(judging$, judging$.pipe(audit))),
        map(([judging, change]): Prepared => ({ ...judging, change, steps: withChange(judging.intake.steps, change) })),
        connect((prepared$) => zip(prepared$, prepared$.pipe(signatures))),
        connect((concluded$) => zip(concluded$, concluded$.pipe(deviations))),
        map(([[prepared, conclusions], judged]): Made => {
          return { prepared, conclusions, judged, records: inOrder(conclusions, judged) };
        }),
        tap((made) => report(options, happeningsOf(made), made.records)),
        map(commitOf),
      );
  };
}

/** Everything the branches made of one batch. */
interface Made {
  readonly prepared: Prepared;
  readonly conclusions: Conclusions;
  readonly judged: Judged;
  readonly records: readonly FindingRecord[];
}

/** What the new rules are is the first thing that they judge. */
function withChange(steps: readonly Step[], { observation }: RuleSetChange): readonly Step[] {
  return observation === undefined ? steps : [{ now: observation.at, observation }, ...steps];
}

/** Findings in the order of the steps that made them, however the steps were cut into batches. */
const inOrder = (conclusions: Conclusions, judged: Judged): readonly FindingRecord[] =>
  conclusions.concluded.flatMap(({ records }, index) => [...records, ...(judged.records[index] ?? [])]);

function commitOf({ prepared: { batch, intake, change }, conclusions, judged, records }: Made): Commit {
  const wakes = [intake.nextWake, conclusions.nextWake, judged.nextWake].filter((time) => time !== undefined);
  return {
    outputs: [...change.outputs, ...intake.rejected, ...records.map((record) => outputOf(record, batch.partition))],
    state: [...change.state, ...intake.state, ...conclusions.state, ...judged.state],
    done: batch.records.length,
    ...(wakes.length === 0 ? {} : { nextWake: Math.min(...wakes) }),
  };
}

function outputOf(record: FindingRecord, partition: number): Output {
  const { host, at } = record.type === 'finding' ? record.finding : record;
  const headers = headersOf(record);
  const value = JSON.stringify(record);
  return { topic: topic.findings, record: { key: host.id, value, ...(headers && { headers }), at, partition } };
}

function headersOf(record: FindingRecord): Record<string, string> | undefined {
  if (record.type === 'answer') return { [answerHeader]: record.decision };
  const trace = record.type === 'finding' ? record.finding.traceparent : undefined;
  return trace === undefined ? undefined : { [traceparentHeader]: trace };
}

function happeningsOf({ prepared, conclusions, judged, records }: Made): readonly Happening[] {
  const counts = new Map<string, Extract<Happening, { name: 'findingsMade' }>>();
  const answers: Happening[] = [];
  for (const record of records) {
    if (record.type === 'answer') answers.push(happeningOf(record));
    if (record.type !== 'finding') continue;
    const { severity, kind } = record.finding;
    const count = (counts.get(`${severity} ${kind}`)?.count ?? 0) + 1;
    counts.set(`${severity} ${kind}`, { name: 'findingsMade', severity, kind, count });
  }
  return [
    ...prepared.intake.happenings,
    ...conclusions.happenings,
    ...judged.happenings,
    ...counts.values(),
    ...answers,
  ];
}

const happeningOf = ({ result, made, text }: DecisionAnswer): Happening => ({
  name: 'decisionAnswered',
  result,
  order: made.order.type,
  by: made.actor.name,
  text,
});

function report(
  { telemetry, clock }: AnalyzerOptions,
  happenings: readonly Happening[],
  records: readonly FindingRecord[],
): void {
  for (const happening of happenings) telemetry.happened(happening);
  for (const record of records) {
    if (record.type !== 'finding') continue;
    const { finding } = record;
    telemetry.span({
      traceId: finding.observation.id,
      name: 'analyze',
      startMs: finding.detectedAt,
      endMs: clock(),
      attributes: { 'moorwatch.rule.id': finding.rule.id, 'moorwatch.finding.id': finding.id },
    });
  }
}

const malformed =
  (telemetry: Telemetry) =>
  (key: string, reason: string): void =>
    telemetry.happened({ name: 'recordRejected', topic: topic.analyzerState, place: key, reason });
