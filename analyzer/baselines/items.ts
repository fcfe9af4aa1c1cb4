import type { Memory, Phase, StoredItem, StoredWorkload } from '../../shared/baseline-state.ts';
import type { FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import { digestFinding } from './deviation.ts';
import type { Feature, Surroundings } from './feature.ts';
import { asHost } from './host.ts';
import { see } from './judge.ts';
import { itemKey, type Memories, refOf } from './memory.ts';
import { noteMemory, noteWorkload } from './noted.ts';
import type { Baselines, Judging } from './parts.ts';
import type { Shown } from './replicas/compare.ts';
import { reviewed } from './review.ts';

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
  { memories, digests, replicas }: Pick<Baselines, 'memories' | 'digests' | 'replicas'>,
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
