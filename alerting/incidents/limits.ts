/** Bounds of the incident stage. All of them per partition of the findings topic. */
export interface IncidentLimits {
  /** Lines of one incident. */
  readonly lines: number;
  /** Lines of one rule in one incident, so that a noisy rule leaves room for the others. */
  readonly linesPerRule: number;
  /** Conditions that are open although their line did not fit. */
  readonly unlistedConditions: number;
  /** Open incidents. */
  readonly incidents: number;
  /** Lines of all open incidents together. */
  readonly allLines: number;
  /** Finding ids by which a repeated finding is known; kept in chunks so that a commit rewrites only one. */
  readonly ids: { readonly chunks: number; readonly perChunk: number };
}

export const defaultLimits: IncidentLimits = {
  lines: 200,
  linesPerRule: 50,
  unlistedConditions: 1000,
  incidents: 1000,
  allLines: 20_000,
  ids: { chunks: 100, perChunk: 100 },
};
