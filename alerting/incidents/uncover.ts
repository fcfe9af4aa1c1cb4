import type { Suppression } from '../../shared/suppression.ts';
import type { HiddenConditions } from './hidden.ts';
import { type Means, place } from './place.ts';
import type { Suppressions } from './suppressions.ts';

/** Tells what a suppression that is over hid and what is still so. @returns how many conditions that are */
export type Uncover = (ended: Suppression, logged: number) => number;

export function createUncover(
  means: Means,
  {
    suppressions,
    hidden,
    shrink,
  }: {
    readonly suppressions: Pick<Suppressions, 'hiding'>;
    readonly hidden: HiddenConditions;
    /** Makes room as the limits ask for it. */
    shrink(logged: number): void;
  },
): Uncover {
  return ({ id }, logged) => {
    const freed = hidden.release(id, suppressions.hiding);
    for (const finding of freed) {
      place({ finding, logged, isUncovered: true }, means);
      shrink(logged);
    }
    return freed.length;
  };
}
