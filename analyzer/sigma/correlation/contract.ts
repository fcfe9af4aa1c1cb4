import type { Correlation } from '../rule.ts';

/** A rule (or inner correlation) that was true at an event, as the correlations that refer to it hear of it. */
export interface Occurrence {
  /** Id of the rule. */
  readonly rule: string;
  /** When it happened, milliseconds since the epoch. */
  readonly at: number;
  /** All values of a field of the event, by the names that rules use; [] when it is absent. */
  read(field: string): readonly unknown[];
}

/** A correlation whose condition became true with an occurrence. */
export interface Completed {
  readonly correlation: Correlation;
  /** Its group-by fields and their values in this group. */
  readonly group: Readonly<Record<string, string | null>>;
  /** What is counted, summed, …: the number that the condition compared. */
  readonly value: number;
  /** First and last time in the window. */
  readonly from: number;
  readonly to: number;
}

/** State of one group of one correlation: plain JSON, bounded by the options of the correlator. */
export interface GroupState {
  /** When what is kept happened, milliseconds since the epoch, ascending; equal times in the order in which they came. */
  readonly times: readonly number[];
  /** What each of them adds: how many events, a number, a value, or the position of its rule. As many as there are times. */
  readonly values: readonly (number | string)[];
  /** Whether the condition was true at the last of them. */
  readonly open: boolean;
  /** Of windows that end before this time not everything is kept any more. */
  readonly exactFrom?: number;
}

/** Where groups are kept; bounded by whoever makes it, which evicts the stalest and counts. */
export interface GroupStore {
  get(key: string): GroupState | undefined;
  /** `expiresAt`: time (ms, event time) after which nothing in it counts any more. */
  set(key: string, state: GroupState, expiresAt: number): void;
  delete(key: string): void;
}

/** The correlations of one rule set over one store. Pure: all time is that of the occurrences. */
export interface Correlator {
  /**
   * Takes what was true at one event, in the order of the rules; gives what became true with it, inner correlations before those that refer to them.
   * `scope` is put before every group key: groups of different scopes (hosts) never meet.
   */
  take(occurrences: readonly Occurrence[], scope: string): readonly Completed[];
}
