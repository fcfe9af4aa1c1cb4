import type { RuleSet } from '../../../analyzer/sigma/rule.ts';
import { type Finding, severityRank } from '../../../shared/finding.ts';
import type { Observation } from '../../../shared/observation.ts';
import { driveStage } from '../../support/simulator/drive.ts';
import { createSimpleBaselines } from '../../support/simulator/simple/index.ts';
import type { Simulation } from '../../support/simulator/simulate.ts';

export const ours = 'moorwatch';

/** Something that was told of a workload. */
export interface Alarm {
  readonly method: string;
  readonly id: string;
  readonly at: number;
  readonly workload: string;
  readonly observation: string;
  /** 1 low, 2 medium, … */
  readonly rank: number;
  /** What told it: a feature, a quantity, a method. */
  readonly by: string;
  readonly text: string;
}

/** What became of one simulation. */
export interface Pass {
  readonly simulation: Simulation;
  readonly alarms: readonly Alarm[];
  /** Intrusion by the id of each observation that it is in. */
  readonly intruded: ReadonlyMap<string, string>;
  readonly count: number;
  /** Of the stage, from text to commit. */
  readonly cpuSeconds: number;
  readonly state: ReadonlyMap<string, string>;
  /** Of what the simple baselines keep: bytes by method and workload. */
  readonly simpleBytes: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface PassOptions {
  /** Default: none. */
  readonly rules?: RuleSet;
  /** Kinds of observations that are handed over; empty: all. */
  readonly kinds: readonly string[];
}

/** Hands one simulation to the stage and to the simple baselines, observation by observation. */
export function runPass(simulation: Simulation, { rules, kinds }: PassOptions): Pass {
  const driven = driveStage(rules === undefined ? {} : { rules });
  const simples = createSimpleBaselines();
  const alarms: Alarm[] = [];
  const intruded = new Map<string, string>();
  const note = (findings: readonly Finding[]): void => {
    alarms.push(...findings.flatMap(alarmOf));
  };
  for (const { observation, intrusion } of simulation.observations()) {
    if (kinds.length > 0 && !kinds.includes(observation.kind)) continue;
    if (intrusion !== undefined) intruded.set(observation.id, intrusion);
    note(driven.take(observation));
    for (const simple of simples) {
      for (const text of simple.take(observation)) alarms.push(simpleAlarm(simple.name, observation, text));
    }
  }
  note(driven.end());
  const { count, cpuSeconds } = driven.judged;
  const simpleBytes = new Map(simples.map((simple) => [simple.name, simple.bytes()]));
  return { simulation, alarms, intruded, count, cpuSeconds, state: driven.state, simpleBytes };
}

/** What signatures tell is another matter, and a digest is no alarm. */
function alarmOf({ id, at, kind, digest, workload, severity, observation, rule, summary }: Finding): readonly Alarm[] {
  const rank = severityRank(severity);
  if (kind !== 'deviation' || digest === true || rank === 0 || workload === undefined) return [];
  const feature = observation['deviation.feature'];
  const by = typeof feature === 'string' ? feature : rule.title;
  return [{ method: ours, id, at, workload: workload.id, observation: observation.id, rank, by, text: summary }];
}

const simpleAlarm = (method: string, { id, at, workload }: Observation, text: string): Alarm => ({
  method,
  id: `${id} ${text}`,
  at,
  workload: workload?.id ?? '',
  observation: id,
  rank: severityRank('medium'),
  by: method,
  text,
});
