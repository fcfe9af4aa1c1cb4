import type { StateChange } from '../../shared/bus/port.ts';
import type { FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import type { Happening } from '../../shared/telemetry/happenings.ts';
import { hostWorkload } from '../../shared/workload.ts';
import type { Concluded } from '../step.ts';
import { decide } from './decide.ts';
import type { Deciding } from './deciding.ts';
import { hostLineage } from './host.ts';
import { needsOf } from './options.ts';
import type { Baselines, Judging } from './parts.ts';
import { judgeHost, judgeWorkload } from './subjects.ts';

/** What the baselines branch makes of a batch: findings per step, in the order of the steps. */
export interface Judged {
  readonly records: readonly (readonly FindingRecord[])[];
  readonly happenings: readonly Happening[];
  readonly state: readonly StateChange[];
  readonly nextWake: number | undefined;
}

/** The baselines branch: each step against every feature of its workload, and of its host. */
export function judgeSteps(
  baselines: Baselines,
  concluded: readonly Concluded[],
  judging: Judging,
): readonly [Baselines, Judged] {
  const records = concluded.map((conclusion) => {
    const judged = judging.options.enabled ? weighed(baselines, conclusion, judging) : none;
    return conclusion.step.decision === undefined ? judged : [...judged, ...decided(baselines, conclusion, judging)];
  });
  const tables = [
    ...baselines.memories.tables,
    baselines.quarantine.table,
    baselines.habits.table,
    baselines.digests.table,
    baselines.replicas.table,
    baselines.rhythms.table,
    baselines.noises.table,
    ...baselines.quantities.store.tables,
  ];
  const evicted = tables.reduce((sum, table) => sum + table.takeEvicted(), 0);
  // Nobody decides what is due while baselines are off, so it must not ask for ticks either.
  const wakes = judging.options.enabled ? tables.map((table) => table.next()).filter((time) => time !== undefined) : [];
  const judged: Judged = {
    records,
    happenings: evicted > 0 ? [{ name: 'stateEvicted', part: 'baselines', count: evicted }] : [],
    state: tables.flatMap((table) => table.takeChanges()),
    nextWake: wakes.length === 0 ? undefined : Math.min(...wakes),
  };
  return [baselines, judged];
}

function decided(
  { memories, quantities, noises }: Baselines,
  { step }: Concluded,
  judging: Judging,
): readonly FindingRecord[] {
  if (step.decision === undefined) return [];
  const deciding: Deciding = {
    memories,
    features: judging.features.map(({ name }) => name),
    quantities: quantities.store,
    needs: needsOf(judging.options),
    now: step.now,
    ...(judging.options.enabled ? {} : { refusal: 'baselines are switched off (baselines.enabled)' }),
  };
  const answer = decide(step.decision, deciding);
  if (answer.result === 'applied') noises.decided(step.decision);
  return [answer];
}

const none: readonly FindingRecord[] = [];

/** What deviates, as severe as it is among all that its workload shows. */
const weighed = (baselines: Baselines, conclusion: Concluded, judging: Judging): readonly FindingRecord[] =>
  baselines.noises.weighed(judgeStep(baselines, conclusion, judging), {
    now: conclusion.step.now,
    memories: baselines.memories,
    judging,
  });

function judgeStep(baselines: Baselines, conclusion: Concluded, judging: Judging): readonly FindingRecord[] {
  const { memories, quarantine, habits, digests, quantities, replicas, rhythms } = baselines;
  const { step } = conclusion;
  quarantine.decide(step.now);
  habits.settle(step.now);
  quantities.settle(step.now);
  replicas.settle(step.now);
  rhythms.settle(step.now);
  const due = digests.tell(memories, judging.features, step.now);
  const { observation } = step;
  if (observation === undefined) return due;
  quantities.hear(observation, step.now);
  if (conclusion.troubles.length > 0) hold(baselines, { conclusion, observation }, judging);
  const own = judgeWorkload(baselines, conclusion, judging);
  const ofHost = judgeHost(baselines, conclusion, judging);
  return due.length + own.length + ofHost.length === 0 ? none : [...due, ...own, ...ofHost];
}

/** What a lineage in trouble shows and showed teaches nothing for now; where its trouble is a habit, of it or of all of its workload, it does. */
function hold(
  { quarantine, quantities, habits }: Baselines,
  { conclusion, observation }: { readonly conclusion: Concluded; readonly observation: Observation },
  { features }: Judging,
): void {
  const { step, troubles } = conclusion;
  const { now } = step;
  const host = observation.host.id;
  const lineage = hostLineage(conclusion, observation);
  const ofHost = hostWorkload(observation.host).id;
  const own = conclusion.lineage === undefined ? undefined : observation.workload?.id;
  const workloads = own === undefined ? [ofHost] : [own, ofHost];
  if (habits.isTrouble({ host, of: 'lineage', id: lineage }, troubles, now)) {
    const taught = features.flatMap(({ name: feature, subject }) => {
      const workload = subject === 'host' ? ofHost : own;
      return workload === undefined ? [] : { host, workload, feature };
    });
    quarantine.trouble({ host, lineage, now }, taught);
    for (const workload of workloads) quantities.troubleOf({ host, workload, lineage });
  }
  for (const workload of workloads)
    if (habits.isTrouble({ host, of: 'workload', id: workload }, troubles, now)) quantities.trouble({ host, workload });
}
