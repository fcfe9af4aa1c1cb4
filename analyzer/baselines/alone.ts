import type { Phase, StoredItem } from '../../shared/baseline-state.ts';
import { mostParts } from './combine.ts';

type Keyed = readonly [key: string, item: StoredItem];

/**
 * What else the replica alone showed while learning, that shows one thing of it again: a leader does a dozen things that its siblings do not, and that is
 * one thing to decide, not a dozen. The oldest first, in an order that does not depend on how they are stored; what is more than a finding has parts is told
 * with the next of them.
 */
export function heldWith(
  items: readonly Keyed[],
  {
    key: own,
    stored,
    lineage,
    phase,
  }: {
    readonly key: string;
    readonly stored: StoredItem | undefined;
    readonly lineage: string;
    readonly phase: Phase;
  },
): readonly Keyed[] {
  if (stored?.alone !== true || stored.lineage !== lineage) return [];
  const firstOf = ([, item]: Keyed): number => item[phase]?.first ?? 0;
  return items
    .filter(
      ([key, item]) => key !== own && item.alone === true && item.lineage === lineage && item[phase]?.as === 'held',
    )
    .toSorted((a, b) => firstOf(a) - firstOf(b) || (a[0] < b[0] ? -1 : 1))
    .slice(0, mostParts - 1);
}
