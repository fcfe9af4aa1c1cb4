/** Bounds of the incident stage. All of them per partition of the findings topic. */
export interface IncidentLimits {
  /** Lines of one incident. */
  readonly lines: number;
  /** Lines of one rule in one incident, so that a noisy rule leaves room for the others; of what nobody can hide more, where there is room. */
  readonly linesPerRule: number;
  /** Conditions that are open although their line did not fit. */
  readonly unlistedConditions: number;
  /** Open incidents. */
  readonly incidents: number;
  /** Closed incidents that a finding opens again. */
  readonly closed: number;
  /** Lines of all of them together. */
  readonly allLines: number;
  /** Groups that merge into one incident, and containers by which it is found. */
  readonly members: number;
  /** Containers that one incident names. */
  readonly containers: number;
  /** What people noted on one incident; the oldest leave. */
  readonly notes: number;
  readonly suppressions: number;
  /** Conditions that began while they were suppressed, and are told when that ends. */
  readonly hiddenConditions: number;
  /** What only counts more of the same is told so long (log time, ms) after an incident was told of last, so that a flood is few messages. */
  readonly pauseMs: number;
  /** Finding ids by which a repeated finding is known; kept in chunks so that a commit rewrites only one. */
  readonly ids: { readonly chunks: number; readonly perChunk: number };
}

export const defaultLimits: IncidentLimits = {
  lines: 200,
  linesPerRule: 50,
  unlistedConditions: 1000,
  incidents: 1000,
  closed: 500,
  allLines: 20_000,
  members: 50,
  containers: 20,
  notes: 10,
  suppressions: 200,
  hiddenConditions: 1000,
  pauseMs: 10_000,
  ids: { chunks: 100, perChunk: 100 },
};
