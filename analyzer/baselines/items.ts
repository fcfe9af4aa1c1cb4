import type { Memory, Phase, StoredItem, StoredWorkload } from '../../shared/baseline-state.ts';
import type { FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import { digestFinding } from './deviation.ts';
import type { Feature, Item, Surroundings } from './feature.ts';
import { asHost } from './host.ts';
import { see } from './judge.ts';
import { itemKey, type Memories, refOf } from './memory.ts';
import { noteMemory, noteWorkload } from './noted.ts';
import { needsOf } from './options.ts';
import type { Baselines, Judging } from './parts.ts';
import type { Shown } from './replicas/compare.ts';
import { reviewed } from './review.ts';
import type { Sight } from './sight.ts';
import { versionOf } from './versions.ts';

function shownItem(memories: Memories, memory: Memory, canonical: string): readonly Shown[] {
  const key = itemKey(canonical);
  const item = memories.item(refOf(memory), key);
  return item === undefined ? [] : [{ key, item }];
}

/** An observation whose items are looked at: of its workload, or of its host. */
export interface Showing {
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
export function learned(
  baselines: Pick<Baselines, 'memories' | 'familiar' | 'digests' | 'replicas'>,
  features: readonly Feature[],
  showing: Showing,
): readonly FindingRecord[] {
  const { memories } = baselines;
  const { now, surroundings } = showing;
  const found: FindingRecord[] = [];
  let { observation } = showing;
  let workload: StoredWorkload | undefined;
  let version: number | undefined;
  for (const feature of features) {
    const items = feature.learns(showing.observation, surroundings);
    if (items.length === 0) continue;
    if (workload === undefined) {
      if (showing.of === 'host') observation = asHost(observation);
      workload = noteWorkload(memories, observation, now);
      version = versionOf(workload, observation.container?.image.id);
    }
    if (workload === undefined) return found;
    const told = learnedOf(baselines, showing, { workload, observation, feature, items, version });
    if (told.length > 0) found.push(...told);
  }
  return found;
}

/** The items that one feature makes of an observation. */
interface Shows {
  readonly workload: StoredWorkload;
  readonly observation: Observation;
  readonly feature: Feature;
  readonly items: readonly Item[];
  /** Of the image among those of the workload. */
  readonly version: number | undefined;
}

function learnedOf(
  baselines: Pick<Baselines, 'memories' | 'familiar' | 'digests' | 'replicas'>,
  showing: Showing,
  { workload, observation, feature, items, version }: Shows,
): readonly FindingRecord[] {
  const { memories, familiar, digests } = baselines;
  const { lineage, heldUntil, now, judging, alone, denies, shown } = showing;
  const { ruleSet, options, features } = judging;
  const phase: Phase = feature.phases === 'one' ? 'steady' : showing.age;
  const needs = needsOf(options);
  const found: FindingRecord[] = [];
  let memory: Memory | undefined;
  for (const item of items) {
    // All members at once: see withStored.
    const sight: Sight = {
      digests,
      features,
      feature,
      item,
      phase,
      observation,
      lineage,
      version,
      heldUntil,
      alone,
      denies,
      now,
      ruleSet,
      mediumPerWeek: options.mediumPerWeek,
      mostBytes: options.kilobytesPerWorkload * 1_024,
    };
    const kept = familiar.again(workload, sight, needs);
    if (kept !== undefined) {
      shown?.push({ key: kept.key, item: kept.item.value });
      continue;
    }
    memory ??= noteMemory(memories, workload, { feature, phase, now, options });
    // What one item taught is known when the next is looked at.
    memory = memories.memory(refOf(memory)) ?? memory;
    const told = see(memories, memory, sight);
    if (told.length > 0) found.push(...told);
    shown?.push(...shownItem(memories, memory, item.key));
    familiar.remember(workload, memory, sight);
  }
  if (memory === undefined) return found;
  const after = memories.memory(refOf(memory)) ?? memory;
  if (isToAskAbout(after, feature, phase)) askAbout(baselines, after, { ...showing, observation, feature, phase });
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
