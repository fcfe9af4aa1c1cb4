import type { Phase } from '../../../shared/baseline-state.ts';
import type { QuantityMemory } from '../../../shared/quantity-state.ts';

/**
 * What enforcing a number means: what was learned of it is frozen, and what exceeds that is told, high. A number has no range before its learning has
 * ended, so until then an enforced one is learned on, and told as any other.
 */
export const isFrozen = ({ mode, progress }: QuantityMemory, phase: Phase): boolean =>
  mode === 'enforce' && progress[phase]?.state === 'steady';
