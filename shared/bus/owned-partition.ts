import type { BusGap, BusRecord, Output, StateChange } from './port.ts';

/** A partition that is ours alone, standing at the group's position with its state restored. What the two buses give the stage runner. */
export interface OwnedPartition {
  readonly restored: ReadonlyMap<string, string>;
  /**
   * The first records that are not done, at most `size`, waiting up to `waitMs` when there are none. The same ones again until `commit` says
   * that they are done.
   */
  take(size: number, waitMs: number): Promise<Taken>;
  /** The first `done` of the records taken are finished; that, outputs and state become visible together. Rejects when fenced. */
  commit(commit: { outputs: readonly Output[]; state: readonly StateChange[]; done: number }): Promise<void>;
}

export interface Taken {
  /** Empty: nothing came within the wait. */
  readonly records: readonly BusRecord[];
  /** What was lost before the first of `records`. */
  readonly gap?: BusGap;
  /** Records of the partition behind the position. */
  readonly lag: number;
}
