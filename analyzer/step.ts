import type { BaselineDecision } from '../shared/decision.ts';
import type { FindingRecord } from '../shared/finding.ts';
import type { Observation, WorkloadRef } from '../shared/observation.ts';

/** One move of record time in a partition, with the observation or decision it brought, if any. The branches see every step, in order. */
export interface Step {
  /** Highest `logged` of the partition so far, ms since the epoch. */
  readonly now: number;
  readonly observation?: Observation;
  /** Never with an observation. */
  readonly decision?: BaselineDecision;
}

/** What the signatures branch concluded at a step, and what the baselines branch must know of it. */
export interface Concluded {
  readonly step: Step;
  readonly records: readonly FindingRecord[];
  /** Lineage of the observation's container. */
  readonly lineage?: string;
  /** Ids of the rules by which event findings of medium or above were made on that lineage at this step. */
  readonly troubles: readonly string[];
  /** Workload of the container on the other side of the observation's connection, when it is one of this host. */
  readonly sibling?: WorkloadRef;
}
