import type { Memory, Phase, StoredItem, StoredWorkload } from '../../shared/baseline-state.ts';
import type { StateChange } from '../../shared/bus/port.ts';
import type { FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import type { Happening } from '../../shared/telemetry/happenings.ts';
import { hostWorkload } from '../../shared/workload.ts';
import type { Concluded } from '../step.ts';
import type { Restored } from '../table.ts';
import { combined } from './combine.ts';
import { decide } from './decide.ts';
import type { Deciding } from './deciding.ts';
import { digestFinding } from './deviation.ts';
import { createDigests, type Digests } from './digest.ts';
import type { Feature, Surroundings } from './feature.ts';
import { egressItem } from './features/egress-destinations.ts';
import { createHabits, type Habits } from './habits.ts';
import { asHost, hostFeaturesOf, hostLineage } from './host.ts';
import { see } from './judge.ts';
import { byKind } from './kinds.ts';
import { createMemories, itemKey, type Memories, refOf } from './memory.ts';
import { createNoises, type Noises } from './noises.ts';
import { noteMemory, noteWorkload, phaseOf } from './noted.ts';
import { type BaselineOptions, needsOf } from './options.ts';
import { createQuantities, isOfWorkload, type Quantities } from './quantities/branch.ts';
import { quantities as allQuantities } from './quantities/index.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import type { Read, Shown } from './replicas/compare.ts';
import { aloneUntil } from './replicas/items.ts';
import { createReplicas, type Replicas } from './replicas/store.ts';
import { reviewed } from './review.ts';
import { createRhythms, type Rhythms } from './rhythm/store.ts';

/** State of the baselines branch of one partition. */
export interface Baselines {
  readonly memories: Memories;
  readonly quarantine: Quarantine;
  readonly habits: Habits;
  readonly digests: Digests;
  readonly quantities: Quantities;
  readonly replicas: Replicas;
  readonly rhythms: Rhythms;
  readonly noises: Noises;
}

/** What the baselines branch makes of a batch: findings per step, in the order of the steps. */
export interface Judged {
  readonly records: readonly (readonly FindingRecord[])[];
  readonly happenings: readonly Happening[];
  readonly state: readonly StateChange[];
  readonly nextWake: number | undefined;
}

export function restoreBaselines(restored: Restored): Baselines {
  const memories = createMemories(restored);
  const quantities = createQuantities(restored, allQuantities);
  return {
    memories,
    quarantine: createQuarantine(restored, memories),
    habits: createHabits(restored),
    digests: createDigests(restored),
    quantities,
    replicas: createReplicas(restored),
    rhythms: createRhythms(restored),
    noises: createNoises(restored),
  };
}

/** What the branch works with. */
export interface Judging {
  readonly features: readonly Feature[];
  readonly options: BaselineOptions;
  readonly ruleSet: string;
}

/** Those that compare replicas are asked once the others were. */
const featuresOf = byKind<Feature>(({ compares, subject }) => compares !== true && subject !== 'host');

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
  if (conclusion.troubles.length > 0) hold(baselines, { conclusion, observation }, judging);
  const own = judgeWorkload(baselines, conclusion, judging);
  const ofHost = judgeHost(baselines, conclusion, judging);
  return due.length + own.length + ofHost.length === 0 ? none : [...due, ...own, ...ofHost];
}

/** What the observation says of its workload. */
function judgeWorkload(baselines: Baselines, conclusion: Concluded, judging: Judging): readonly FindingRecord[] {
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
function judgeHost(baselines: Baselines, conclusion: Concluded, judging: Judging): readonly FindingRecord[] {
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

function shownItem(memories: Memories, memory: Memory, canonical: string): readonly Shown[] {
  const key = itemKey(canonical);
  const item = memories.item(refOf(memory), key);
  return item === undefined ? [] : [{ key, item }];
}

interface Showing {
  readonly observation: Observation;
  readonly of: 'workload' | 'host';
  readonly lineage: string;
  readonly age: Phase;
  readonly heldUntil: number | undefined;
  readonly now: number;
  readonly judging: Judging;
  readonly surroundings: Surroundings;
  /** Its container is one of several replicas: what it alone shows is not learned before this time. */
  readonly alone: number | undefined;
  /** Its siblings deny what it alone shows. */
  denies(item: StoredItem): boolean;
  /** Takes what is known of each item then. */
  readonly shown: Shown[] | undefined;
}

/** What of the observation is an item of a feature. */
function learned(
  { memories, digests, replicas }: Baselines,
  features: readonly Feature[],
  showing: Showing,
): readonly FindingRecord[] {
  const { lineage, age, heldUntil, now, judging, surroundings, alone, denies, shown } = showing;
  const { ruleSet } = judging;
  const { mediumPerWeek, kilobytesPerWorkload } = judging.options;
  const mostBytes = kilobytesPerWorkload * 1_024;
  const found: FindingRecord[] = [];
  let { observation } = showing;
  let workload: StoredWorkload | undefined;
  for (const feature of features) {
    const items = feature.learns(showing.observation, surroundings);
    if (items.length === 0) continue;
    if (showing.of === 'host' && workload === undefined) observation = asHost(observation);
    workload ??= noteWorkload(memories, observation, now);
    if (workload === undefined) continue;
    const phase: Phase = feature.phases === 'one' ? 'steady' : age;
    let memory = noteMemory(memories, workload, { feature, phase, now, options: judging.options });
    const ref = refOf(memory);
    for (const item of items) {
      // What one item taught is known when the next is looked at.
      memory = memories.memory(ref) ?? memory;
      // All members at once: see withStored.
      const told = see(memories, memory, {
        digests,
        features: judging.features,
        feature,
        item,
        phase,
        observation,
        lineage,
        heldUntil,
        alone,
        denies,
        now,
        ruleSet,
        mediumPerWeek,
        mostBytes,
      });
      if (told.length > 0) found.push(...told);
      shown?.push(...shownItem(memories, memory, item.key));
    }
    memory = memories.memory(ref) ?? memory;
    if (isToAskAbout(memory, feature, phase))
      askAbout({ memories, digests, replicas }, memory, { ...showing, observation, feature, phase });
  }
  return found;
}

/** Where learning has just ended. How replicas compare is nothing to ask about. */
const isToAskAbout = ({ progress }: Memory, { compares }: Feature, phase: Phase): boolean =>
  progress[phase]?.state === 'steady' && progress[phase].reviewed !== true && compares !== true;

/** What was learned late or seldom is listed once. */
function askAbout(
  { memories, digests, replicas }: Pick<Baselines, 'memories' | 'digests' | 'replicas'>,
  memory: Memory,
  of: Showing & { readonly feature: Feature; readonly phase: Phase },
): void {
  const { feature, phase, observation, now, judging } = of;
  const isAlone = (item: StoredItem): boolean => of.of === 'workload' && replicas.isAlone(observation, item);
  const found = reviewed(memories, memory, { phase, isAlone });
  if (found.length === 0) return;
  const sight = { feature, observation, lineage: of.lineage, now, ruleSet: judging.ruleSet };
  digests.review(memory, { now, found, finding: (rule) => digestFinding(memory, sight, rule) });
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
