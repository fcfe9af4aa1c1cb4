export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
export type CorrelationType = (typeof correlationTypes)[number] | 'value_median';

export interface Bound {
  readonly op: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';
  readonly number: number;
}

/** A correlation as its document writes it: plain data. */
export interface CorrelationSpec {
  readonly type: CorrelationType;
  /** Ids or names of rules or of other correlations, in the order written. */
  readonly rules: readonly string[];
  readonly timespanMs: number;
  readonly groupBy: readonly string[];
  /** Alias → reference of a rule as in `rules` → field of its events. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** All of them hold; for temporal types without a condition: as many as there are rules. */
  readonly bounds: readonly Bound[];
  /** Fields of value_… types; several are one tuple (value_count). */
  readonly fields: readonly string[];
  /** value_percentile: 0–100. */
  readonly percentile?: number;
  readonly generate: boolean;
}
