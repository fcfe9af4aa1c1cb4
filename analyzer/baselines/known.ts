import type { Memory, Phase, StoredItem } from '../../shared/baseline-state.ts';
import { subjectName } from '../../shared/workload.ts';
import type { Known } from './feature.ts';
import { isKnown } from './memory.ts';

/** What a feature judges an item by. */
export const knownBy = (memory: Memory, stored: StoredItem | undefined, phase: Phase): Known => ({
  has: () => isKnown(stored, phase),
  newProbability: memory.progress[phase]?.newProbability ?? 1,
  workload: { id: memory.workload.id, name: subjectName(memory) },
});
