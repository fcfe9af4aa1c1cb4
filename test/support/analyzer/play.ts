import { Subject } from 'rxjs';
import { createAnalyzerStage } from '../../../analyzer/analyze.ts';
import { features } from '../../../analyzer/baselines/features/index.ts';
import type { BaselineOptions } from '../../../analyzer/baselines/options.ts';
import type { RuleSet } from '../../../analyzer/sigma/rule.ts';
import { type Batch, type BusRecord, type Commit, tickRecord } from '../../../shared/bus/port.ts';
import { type Finding, type FindingRecord, findingRecordSchema } from '../../../shared/finding.ts';
import { encodeObservation, type Observation } from '../../../shared/observation.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { gapRule, privileged, privilegedExec, rootMount, ruleSet, socketMount, wording } from './rules.ts';

/** What happens in a test: an observation when it is appended, text that is none, or the passing of time. */
export type Moment =
  | Observation
  | { readonly text: string; readonly at: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly tick: number };

export const quickBaselines: BaselineOptions = {
  enabled: true,
  minimumObservations: 5,
  minimumHours: 0,
  newProbability: 0.6,
  startupSeconds: 60,
  mediumPerWeek: 1,
  kilobytesPerWorkload: 8_192,
};

export interface PlayOptions {
  readonly rules?: RuleSet;
  readonly baselines?: BaselineOptions;
  /** State to begin from; default: none. */
  readonly state?: ReadonlyMap<string, string>;
}

/**
 * The analyzer's stage under a bus of the test's own: batches in, commits applied to the state, and at will a new stage from that state,
 * as after a crash. Record time is each observation's own time.
 */
export function createPlay(options: PlayOptions = {}) {
  const state = new Map<string, string>(options.state);
  const happenings: Happening[] = [];
  const outputs: Commit['outputs'][number][] = [];
  const commits: Commit[] = [];
  let offset = 0;
  let rules = options.rules ?? ruleSet([privileged, socketMount, rootMount, privilegedExec, gapRule]);
  const stage = createAnalyzerStage({
    rules: () => rules,
    wording,
    features,
    baselines: options.baselines ?? quickBaselines,
    telemetry: { ...noTelemetry, happened: (happening) => happenings.push(happening) },
    clock: () => 0,
  });
  const start = (): Subject<Batch> => {
    const batches = new Subject<Batch>();
    stage({ partition: 0, restored: new Map(state) })(batches).subscribe((commit) => commits.push(commit));
    return batches;
  };
  let running = start();

  return {
    state,
    happenings,
    outputs,
    commits,
    /** Hands over one batch and applies its commit. */
    batch(moments: readonly Moment[]): readonly FindingRecord[] {
      const before = commits.length;
      running.next({
        topic: 'observations',
        partition: 0,
        records: moments.map((moment) => recordOf(moment, offset++)),
      });
      const commit = commits[before];
      if (commit === undefined || commits.length !== before + 1) throw new Error('not exactly one commit for a batch');
      if (commit.done !== moments.length) throw new Error('the batch is not done');
      for (const { key, value } of commit.state) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
      outputs.push(...commit.outputs);
      return recordsOf(commit);
    },
    /** Other rules, from the next batch on. */
    reload(next: RuleSet): void {
      rules = next;
    },
    /** A new stage from the committed state. */
    restart(): void {
      running = start();
    },
  };
}

export type Play = ReturnType<typeof createPlay>;

export function recordOf(moment: Moment, offset: number): BusRecord {
  const place = { topic: 'observations', partition: 0, offset };
  if ('tick' in moment)
    return {
      ...place,
      key: 'tick',
      value: null,
      headers: tickRecord(0, moment.tick).headers ?? {},
      at: moment.tick,
      logged: moment.tick,
    };
  if ('text' in moment)
    return {
      ...place,
      key: 'HOST',
      value: moment.text,
      headers: moment.headers ?? {},
      at: moment.at,
      logged: moment.at,
    };
  return {
    ...place,
    key: moment.host.id,
    value: encodeObservation(moment),
    headers: {},
    at: moment.at,
    logged: moment.at,
  };
}

const recordsOf = (commit: Commit): readonly FindingRecord[] =>
  commit.outputs
    .filter(({ topic }) => topic === 'findings')
    .map(({ record }) => findingRecordSchema.parse(JSON.parse(record.value ?? '')));

/** The findings among records. */
export const findings = (records: readonly FindingRecord[]): readonly Finding[] =>
  records.flatMap((record) => (record.type === 'finding' ? [record.finding] : []));

/** `CFG-01 container` for each finding, `-CFG-01 container` for each end: what was said, for people. */
export const told = (records: readonly FindingRecord[]): readonly string[] =>
  records.map((record) => {
    if (record.type === 'ended') return `-${record.subject.split('/').slice(1).join('/')}`;
    if (record.type === 'answer') return `${record.result}: ${record.text}`;
    if (record.type === 'canary') return `canary ${record.id}`;
    const { rule, subject, digest } = record.finding;
    return `${rule.catalogue.join('+')}${subject === undefined ? '' : ` ${subject.split('/').slice(3).join('/')}`}${digest ? ' digest' : ''}`;
  });
