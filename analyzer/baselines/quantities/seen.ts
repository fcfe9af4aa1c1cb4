import type { Phase, Requirement } from '../../../shared/baseline-state.ts';
import type { Observation } from '../../../shared/observation.ts';
import type { QuantityProgress } from '../../../shared/quantity-state.ts';
import { cappedRef } from '../../capped.ts';

/** An observation that shows something of a quantity, and what there is to know beside it. */
export interface Seen {
  readonly observation: Observation & { readonly workload: NonNullable<Observation['workload']> };
  /** The workload of the observation is its host: what is of a host is asked, and nothing else. */
  readonly isHost?: boolean;
  /** When it happened, never later than record time. */
  readonly at: number;
  /** Record time. */
  readonly now: number;
  readonly phase: Phase;
  readonly lineage: string;
  /** Its lineage is in trouble: nothing is learned from it. */
  readonly isHeld: boolean;
  readonly needs: Requirement;
  /** So many findings of a kind a week are medium at most. */
  readonly mediumPerWeek: number;
  readonly ruleSet: string;
}

/** What every memory of a quantity begins with. */
export function begun({ observation, now, needs }: Seen) {
  const progress: { startup?: QuantityProgress; steady?: QuantityProgress } = {};
  return {
    host: cappedRef(observation.host),
    workload: cappedRef(observation.workload),
    seen: now,
    needs,
    progress,
  };
}
