import { Subject } from 'rxjs';
import { createAnalyzerStage } from '../../../analyzer/analyze.ts';
import { features } from '../../../analyzer/baselines/features/index.ts';
import type { BaselineOptions } from '../../../analyzer/baselines/options.ts';
import type { RuleSet } from '../../../analyzer/sigma/rule.ts';
import { wording } from '../../../analyzer/sigma/wording.ts';
import type { Batch, BusRecord, Commit } from '../../../shared/bus/port.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import type { Finding, FindingRecord } from '../../../shared/finding.ts';
import { encodeObservation, type Observation } from '../../../shared/observation.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { ruleSet } from '../analyzer/rules.ts';

const batchSize = 500;

/** No signatures at all: what is told are deviations. */
export const noRules = (): RuleSet => ruleSet([], 'no rules');

/** As it is delivered. */
export const shippedOptions = (): BaselineOptions => configSchema.parse({}).baselines;

/** The analyzer's stage as it ships, fed with observations; nothing but its state and a batch is held. */
export interface Driven {
  /** Takes an observation; what a full batch makes known comes back. */
  take(observation: Observation): readonly Finding[];
  /** The rest of the last batch. */
  end(): readonly Finding[];
  /** Latest values of its state, by key. */
  readonly state: ReadonlyMap<string, string>;
  /** Observations that were judged, and the CPU time (s) from their text to the commit. */
  readonly judged: { readonly count: number; readonly cpuSeconds: number };
}

export function driveStage(options: { readonly rules?: RuleSet; readonly baselines?: BaselineOptions } = {}): Driven {
  const { rules = noRules(), baselines = shippedOptions() } = options;
  const stage = createAnalyzerStage({
    rules: () => rules,
    wording,
    features,
    baselines,
    telemetry: noTelemetry,
    clock: () => 0,
  });
  const state = new Map<string, string>();
  const batches = new Subject<Batch>();
  const committed: Commit[] = [];
  stage({ partition: 0, restored: new Map() })(batches).subscribe((commit) => committed.push(commit));
  const judged = { count: 0, cpuSeconds: 0 };
  let records: BusRecord[] = [];

  const judge = (): readonly Finding[] => {
    const batch = { topic: 'observations', partition: 0, records };
    const began = process.cpuUsage();
    batches.next(batch);
    const { user, system } = process.cpuUsage(began);
    judged.count += records.length;
    judged.cpuSeconds += (user + system) / 1e6;
    records = [];
    const [commit, more] = committed.splice(0);
    if (commit === undefined || more !== undefined) throw new Error('not exactly one commit for a batch');
    for (const { key, value } of commit.state) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    return findingsOf(commit);
  };
  return {
    state,
    judged,
    take(observation) {
      records.push(recordOf(observation, judged.count + records.length));
      return records.length < batchSize ? [] : judge();
    },
    end: () => (records.length === 0 ? [] : judge()),
  };
}

const recordOf = (observation: Observation, offset: number): BusRecord => ({
  topic: 'observations',
  partition: 0,
  offset,
  key: observation.host.id,
  value: encodeObservation(observation),
  headers: {},
  at: observation.at,
  logged: observation.at,
});

/** Made by the stage a moment ago, so they are what it says they are. */
const findingsOf = ({ outputs }: Commit): readonly Finding[] =>
  outputs.flatMap(({ topic, record }) => {
    if (topic !== 'findings') return [];
    const said = JSON.parse(record.value ?? '') as FindingRecord;
    return said.type === 'finding' ? [said.finding] : [];
  });
