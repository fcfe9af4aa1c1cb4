import type { StoredItem } from '../../../shared/baseline-state.ts';
import type { Unit } from '../../../shared/quantity-state.ts';
import { deniedBy } from './items.ts';
import {
  besideOthers,
  type Distance,
  distanceOf,
  isUnlike,
  type LevelScale,
  slotMs,
  slotsUnlike,
  withReading,
} from './levels.ts';
import type { Replica, Siblings } from './replica.ts';

/** A level that is compared. */
interface Level extends LevelScale {
  readonly name: string;
  readonly unit: Unit;
}

/** What a comparison of a replica with its siblings says. */
export type Compared =
  | { readonly what: 'alike' }
  | {
      readonly what: 'level';
      readonly quantity: Level;
      readonly distance: Distance;
      readonly minutes: number;
    }
  | {
      readonly what: 'item';
      readonly feature: string;
      readonly key: string;
      readonly text: string;
      readonly siblings: number;
    };

/** An item that the replica showed just now, as it is stored. */
export interface Shown {
  readonly key: string;
  readonly item: StoredItem;
}

/** A level that was read of the replica just now. */
export interface Read {
  readonly quantity: Level;
  readonly value: number;
}

export interface Seen {
  readonly at: number;
  readonly shown: readonly Shown[];
  /** All levels of a reading, outside a start. */
  readonly read: readonly Read[];
}

/** Compares what a replica just showed with what its siblings did: at most once in a slot says that they are alike. */
export function compared(
  replica: Replica,
  siblings: () => Siblings,
  seen: Seen,
): readonly [Replica, readonly Compared[]] {
  const [after, levels, wasCompared] = comparedLevels(replica, siblings, seen);
  const items = seen.shown.flatMap(({ key, item }): Compared[] => {
    const denied = deniedBy(item, siblings);
    if (denied === undefined) return [];
    return [{ what: 'item', feature: item.feature, key, text: item.text, siblings: denied }];
  });
  const unlike = [...levels, ...items];
  if (unlike.length > 0) return [after, unlike];
  const slot = Math.floor(seen.at / slotMs);
  if ((!wasCompared && seen.shown.length === 0) || after.compared === slot) return [after, []];
  return [{ ...after, compared: slot }, [{ what: 'alike' }]];
}

/** The slot before the one that was over just now: by then it is over for the siblings too. */
function comparedLevels(
  replica: Replica,
  siblings: () => Siblings,
  { at, read }: Pick<Seen, 'at' | 'read'>,
): readonly [after: Replica, unlike: readonly Compared[], wasCompared: boolean] {
  if (read.length === 0) return [replica, [], false];
  const after = withReading(replica, at, read);
  if (after.over === replica.over) return [after, [], false];
  const beside = besideOthers(after, siblings(), Math.floor(at / slotMs) - 2);
  if (beside === undefined) return [{ ...after, runs: {} }, [], false];
  const runs: Record<string, number> = {};
  const unlike: Compared[] = [];
  let wasCompared = false;
  for (const { quantity } of read) {
    const { name, floor } = quantity;
    const distance = distanceOf(beside, name, floor);
    if (distance === undefined) continue;
    wasCompared = true;
    if (!isUnlike(distance, quantity)) continue;
    const run = (replica.runs[name] ?? 0) + 1;
    runs[name] = run;
    if (run >= slotsUnlike)
      unlike.push({ what: 'level', quantity, distance, minutes: Math.round((run * slotMs) / 60_000) });
  }
  return [{ ...after, runs }, unlike, wasCompared];
}
