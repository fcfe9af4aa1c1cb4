import type { Restored } from '../table.ts';
import { createDigests, type Digests } from './digest.ts';
import { createFamiliar, type Familiar } from './familiar.ts';
import type { Feature } from './feature.ts';
import { createHabits, type Habits } from './habits.ts';
import { createMemories, type Memories } from './memory.ts';
import { createNoises, type Noises } from './noises.ts';
import type { BaselineOptions } from './options.ts';
import { createQuantities, type Quantities } from './quantities/branch.ts';
import { quantities as allQuantities } from './quantities/index.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import { createReplicas, type Replicas } from './replicas/store.ts';
import { createRhythms, type Rhythms } from './rhythm/store.ts';

/** State of the baselines branch of one partition. */
export interface Baselines {
  readonly memories: Memories;
  readonly familiar: Familiar;
  readonly quarantine: Quarantine;
  readonly habits: Habits;
  readonly digests: Digests;
  readonly quantities: Quantities;
  readonly replicas: Replicas;
  readonly rhythms: Rhythms;
  readonly noises: Noises;
}

export function restoreBaselines(restored: Restored): Baselines {
  const memories = createMemories(restored);
  const quantities = createQuantities(restored, allQuantities);
  return {
    memories,
    familiar: createFamiliar(memories),
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
