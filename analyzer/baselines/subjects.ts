import type { Phase, StoredItem } from '../../shared/baseline-state.ts';
import type { FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import type { Concluded } from '../step.ts';
import { combined } from './combine.ts';
import type { Feature, Surroundings } from './feature.ts';
import { egressItem } from './features/egress-destinations.ts';
import { asHost, hostFeaturesOf, hostLineage } from './host.ts';
import { learned, type Showing } from './items.ts';
import { byKind } from './kinds.ts';
import { phaseOf } from './noted.ts';
import { needsOf } from './options.ts';
import type { Baselines, Judging } from './parts.ts';
import { isOfWorkload, type Quantities } from './quantities/branch.ts';
import type { Read, Shown } from './replicas/compare.ts';
import { aloneUntil } from './replicas/items.ts';

const none: readonly FindingRecord[] = [];

/** Those that compare replicas are asked once the others were. */
const featuresOf = byKind<Feature>(({ compares, subject }) => compares !== true && subject !== 'host');

/** What the observation says of its workload. */
export function judgeWorkload(baselines: Baselines, conclusion: Concluded, judging: Judging): readonly FindingRecord[] {
  const { memories, quarantine, quantities, replicas, rhythms } = baselines;
  const { step, lineage } = conclusion;
  const { observation } = step;
  if (observation?.workload === undefined || lineage === undefined) return none;
  const heldUntil = quarantine.heldUntil(observation.host.id, lineage);
  const age = phaseOf(observation, judging.options);
  const replica = replicas.note(observation, step.now);
  const alone = replica && aloneUntil(step.now, needsOf(judging.options));
  const shown: Shown[] = [];
  const features = featuresOf(judging.features, observation.kind);
  const denies = (item: StoredItem): boolean => replicas.denies(observation, item);
  // Made with all members at once, absent or not: adding some of them to a copy took longer than what is done with them.
  const showing = (surroundings: Surroundings, since: number | undefined): Showing => ({
    observation,
    of: 'workload',
    lineage,
    age,
    heldUntil,
    now: step.now,
    judging,
    surroundings,
    alone: since,
    denies,
    shown: replica && shown,
  });
  const found =
    features.length === 0
      ? none
      : learned(baselines, features, showing(surroundingsOf({ memories, rhythms }, conclusion, observation), alone));
  const read: Read[] = [];
  const isSteadyRead = replica !== undefined && age === 'steady';
  const reads = isSteadyRead ? (one: Read) => read.push(one) : undefined;
  const seen = { observation, lineage, phase: age, isHeld: heldUntil !== undefined, now: step.now, reads };
  const numbers = measured(quantities, seen, judging);
  const outcomes = replica === undefined ? [] : replicas.compare(replica, { at: step.now, shown, read });
  const unlike =
    outcomes.length === 0 ? none : learned(baselines, comparing(judging), showing({ compared: outcomes }, undefined));
  if (found.length + numbers.length + unlike.length === 0) return none;
  return combined([...found, ...numbers, ...unlike]);
}

/** What it says of its host, whoever shows it. Most say nothing. */
export function judgeHost(baselines: Baselines, conclusion: Concluded, judging: Judging): readonly FindingRecord[] {
  const { observation, now } = conclusion.step;
  if (observation === undefined) return none;
  const { quantities } = baselines;
  const features = hostFeaturesOf(judging.features, observation.kind);
  const isCounted = quantities.countOfHost(observation.kind);
  if (features.length === 0 && !isCounted) return none;
  const lineage = hostLineage(conclusion, observation);
  const heldUntil = baselines.quarantine.heldUntil(observation.host.id, lineage);
  const surroundings: Surroundings = {};
  const rest = { age: 'steady', alone: undefined, denies: () => false, shown: undefined } as const;
  const showing: Showing = { observation, of: 'host', lineage, heldUntil, now, judging, surroundings, ...rest };
  const found = learned(baselines, features, showing);
  const seen = { isHost: true, lineage, phase: rest.age, isHeld: heldUntil !== undefined, now, reads: undefined };
  const numbers = isCounted ? measured(quantities, { ...seen, observation: asHost(observation) }, judging) : none;
  return found.length + numbers.length === 0 ? none : combined([...found, ...numbers]);
}

const comparing = ({ features }: Judging): readonly Feature[] => features.filter(({ compares }) => compares === true);

function surroundingsOf(
  { memories, rhythms }: Pick<Baselines, 'memories' | 'rhythms'>,
  { sibling, step }: Concluded,
  observation: Observation,
): Surroundings {
  const { host, workload } = observation;
  const versions = workload && memories.workload(host.id, workload.id)?.versions;
  // Neighbours are met as regularly as they are asked whether they live.
  const destination = sibling === undefined ? egressItem(observation, {}) : undefined;
  const contacts = destination && rhythms.note(observation, destination, step.now);
  return { sibling, versions, contacts, destination };
}

/** What of the observation is a number. */
function measured(
  quantities: Quantities,
  seen: {
    readonly observation: Observation;
    readonly lineage: string;
    readonly phase: Phase;
    readonly isHeld: boolean;
    readonly now: number;
    readonly isHost?: boolean;
    readonly reads: ((read: Read) => void) | undefined;
  },
  { options, ruleSet }: Judging,
): readonly FindingRecord[] {
  const { observation, lineage, phase, isHeld, now, isHost, reads } = seen;
  if (!isOfWorkload(observation)) return none;
  const at = Math.min(observation.at, now);
  const { mediumPerWeek } = options;
  const needs = needsOf(options);
  const sight = { observation, lineage, phase, isHeld, now, at, needs, mediumPerWeek, ruleSet };
  return quantities.judge(isHost === true ? { ...sight, isHost } : sight, reads);
}
