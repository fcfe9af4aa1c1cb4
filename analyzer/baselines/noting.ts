import type { Memory } from '../../shared/baseline-state.ts';
import { digestFinding } from './deviation.ts';
import { type StoredSight, shown } from './sight.ts';

/** There is no room for the item: it is neither learned nor a finding of its own, but never silent. */
export function overflow(memory: Memory, sight: StoredSight): Memory {
  const full = { ...memory, fullSince: memory.fullSince ?? sight.now };
  note(full, sight, shown(sight.item));
  return full;
}

/** An item was taken, so there is room again, wherever in the workload it was made. */
export function withRoom(memory: Memory): Memory {
  if (memory.fullSince === undefined) return memory;
  const { fullSince: _room, ...roomy } = memory;
  return roomy;
}

/** It goes into the digest. */
export const note = (memory: Memory, sight: StoredSight, text: string, limited = false): void =>
  sight.digests.note(memory, { text, now: sight.now, limited, finding: (rule) => digestFinding(memory, sight, rule) });
